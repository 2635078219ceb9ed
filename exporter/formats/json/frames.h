/* Frames of a model as JSON, made once: nearly all of them stand in many stacks. One thread at a time. */
#ifndef NPLUS1_EXPORTER_FORMATS_JSON_FRAMES_H
#define NPLUS1_EXPORTER_FORMATS_JSON_FRAMES_H

#include "exporter/formats/json/writer.h"
#include "exporter/model/model.h"

void json_frame(struct json_writer *json, const struct model_frame *frame); /* one alone */

struct json_frames;

struct json_frames *json_frames_create(const struct model *model); /* of the model, which must outlive it */
void json_frames_destroy(struct json_frames *frames);              /* takes NULL */

/* An element of an array, what json_frame writes. */
void json_frames_write(struct json_frames *frames, struct json_writer *json, uint32_t frame);

#endif
