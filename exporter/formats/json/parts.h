/* Objects that several documents have. Errors stay in the stream. */
#ifndef NPLUS1_EXPORTER_FORMATS_JSON_PARTS_H
#define NPLUS1_EXPORTER_FORMATS_JSON_PARTS_H

#include "exporter/formats/json/writer.h"
#include "exporter/model/model.h"

/* The id of a group or the like, which is its index + 1; MODEL_NONE is null. */
void json_id(struct json_writer *json, const char *name, uint32_t index);

void json_totals(struct json_writer *json, const struct model_totals *totals);
void json_statement(struct json_writer *json, const struct model_statement *statement);
void json_location(struct json_writer *json, const struct model *model, uint32_t frame); /* MODEL_NONE: all null */
void json_loop(struct json_writer *json, const struct model *model, uint32_t frame);     /* MODEL_NONE: null */
void json_advice(struct json_writer *json, const struct model_advice *advice);

/* An array of texts, a line each. */
void json_texts(struct json_writer *json, const char *name, const char *const *texts, size_t count);

/* Whether the recording holds all that the process did. */
void json_complete(struct json_writer *json, const struct model_process *process);

#endif
