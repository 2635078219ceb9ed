/* The elements of a report in JSON: docs/report.schema.json describes them. Errors stay in the stream. */
#ifndef NPLUS1_EXPORTER_FORMATS_JSON_ELEMENTS_H
#define NPLUS1_EXPORTER_FORMATS_JSON_ELEMENTS_H

#include "exporter/formats/json/frames.h"
#include "exporter/formats/json/writer.h"
#include "exporter/formats/source.h"
#include "exporter/model/model.h"

#define JSON_STACK_MAX 2000 /* frames; the agent records fewer, a made-up recording could ask for terabytes */

void json_process(struct json_writer *json, const struct model_process *process);

/* What stands in stacks for a frame: its number, by frame; without numbers the frame itself, from `frames` where there are some.
 */
void json_group(struct json_writer *json, const struct model *model, uint32_t group, const uint32_t *numbers,
                struct json_frames *frames);

void json_finding(struct json_writer *json, const struct model *model, const struct model_finding *finding,
                  struct source_files *sources);

#endif
