#include "exporter/formats/json/parts.h"

void json_id(struct json_writer *json, const char *name, uint32_t index)
{
    json_number_or_null(json, name, index != MODEL_NONE ? (uint64_t)index + 1 : 0);
}

void json_totals(struct json_writer *json, const struct model_totals *t)
{
    json_flat_object(json, "totals");
    json_number(json, "executions", t->executions);
    json_number(json, "statements", t->statements);
    json_number(json, "groups", t->groups);
    json_number(json, "rows", t->rows);
    json_number(json, "time_ns", t->time_ns);
    json_number(json, "errors", t->errors);
    json_object_end(json);
}

void json_statement(struct json_writer *json, const struct model_statement *s)
{
    json_flat_object(json, "statement");
    json_hex(json, "fingerprint", s->fingerprint);
    json_text(json, "text", s->text);
    json_object_end(json);
}

static void write_place(struct json_writer *json, const char *name, const struct model_frame *f)
{
    json_flat_object(json, name);
    json_text(json, "file", f ? f->file : NULL);
    json_number_or_null(json, "line", f ? f->line : 0);
    json_text(json, "function", f ? f->function : NULL);
    json_object_end(json);
}

void json_location(struct json_writer *json, const struct model *model, uint32_t frame)
{
    write_place(json, "location", frame != MODEL_NONE ? &model->frames[frame] : NULL);
}

void json_loop(struct json_writer *json, const struct model *model, uint32_t frame)
{
    if (frame != MODEL_NONE)
        write_place(json, "loop", &model->frames[frame]);
    else
        json_none(json, "loop");
}

void json_advice(struct json_writer *json, const struct model_advice *advice)
{
    json_object_begin(json, "advice");
    json_text(json, "strategy", advice->strategy);
    json_text(json, "text", advice->text);
    json_text(json, "sql", advice->sql);
    json_object_end(json);
}

void json_texts(struct json_writer *json, const char *name, const char *const *texts, size_t count)
{
    json_array_begin(json, name);
    for (size_t i = 0; i < count; i++)
        json_text(json, NULL, texts[i]);
    json_array_end(json);
}

void json_complete(struct json_writer *json, const struct model_process *p)
{
    json_bool(json, "complete", model_is_complete(p));
}
