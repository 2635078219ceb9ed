#include "exporter/formats/profile/speedscope.h"

#include <stdlib.h>

#include "exporter/base/path.h"
#include "exporter/formats/escape.h"
#include "exporter/formats/json/writer.h"
#include "exporter/formats/profile/stacks.h"

/* Frames stand in the order of the model, then statements, then what was left out. */
struct speedscope {
    const struct model *model;
    const struct format_options *options;
    struct json_writer json;
};

static void write_text(struct speedscope *w, const char *name, const char *text)
{
    char *copy = escape_printable(text, 0);
    json_text(&w->json, name, copy);
    free(copy);
}

static void write_frame(struct speedscope *w, const char *name, const char *file, uint32_t line)
{
    json_flat_object(&w->json, NULL);
    write_text(w, "name", name);
    if (file)
        write_text(w, "file", path_shown(file, w->options->root));
    if (file && line > 0)
        json_number(&w->json, "line", line);
    json_object_end(&w->json);
}

static void write_frames(struct speedscope *w)
{
    const struct model *model = w->model;
    json_array(&w->json, "frames");
    for (uint32_t i = 0; i < model->frame_count; i++) {
        const struct model_frame *f = &model->frames[i];
        write_frame(w, f->function, f->file ? f->file : f->module, f->file ? f->line : 0);
    }
    for (uint32_t i = 0; i < model->statement_count; i++)
        write_frame(w, model->statements[i].text, NULL, 0);
    write_frame(w, STACKS_LEFT_OUT, NULL, 0);
    json_array_end(&w->json);
}

static uint64_t weight_of(const struct model_group *g, bool by_time)
{
    return by_time ? g->time_ns : g->executions;
}

static void write_samples(struct speedscope *w, bool by_time, uint64_t left_out)
{
    const struct model *model = w->model;
    uint32_t frames[STACKS_DEPTH_MAX];
    json_array(&w->json, "samples");
    for (uint32_t i = 0; i < model->group_count; i++) {
        const struct model_group *g = &model->groups[i];
        if (weight_of(g, by_time) == 0)
            continue;
        json_flat_array(&w->json, NULL);
        for (uint32_t depth = stacks_frames(model, g->stack, frames); depth > 0; depth--)
            json_number(&w->json, NULL, frames[depth - 1]);
        json_number(&w->json, NULL, (uint64_t)model->frame_count + g->statement);
        json_array_end(&w->json);
    }
    if (left_out > 0) {
        json_flat_array(&w->json, NULL);
        json_number(&w->json, NULL, (uint64_t)model->frame_count + model->statement_count);
        json_array_end(&w->json);
    }
    json_array_end(&w->json);
}

static void write_profile(struct speedscope *w, bool by_time)
{
    const struct model *model = w->model;
    uint64_t left_out = by_time ? stacks_left_out_ns(model) : model->totals.left_out;
    uint64_t sum = left_out;
    json_object(&w->json, NULL);
    json_text(&w->json, "type", "sampled");
    json_text(&w->json, "name", by_time ? "time in the database" : "executions");
    json_text(&w->json, "unit", by_time ? "nanoseconds" : "none");
    write_samples(w, by_time, left_out);
    json_flat_array(&w->json, "weights");
    for (uint32_t i = 0; i < model->group_count; i++) {
        uint64_t weight = weight_of(&model->groups[i], by_time);
        sum += weight;
        if (weight > 0)
            json_number(&w->json, NULL, weight);
    }
    if (left_out > 0)
        json_number(&w->json, NULL, left_out);
    json_array_end(&w->json);
    json_number(&w->json, "startValue", 0);
    json_number(&w->json, "endValue", sum);
    json_object_end(&w->json);
}

void speedscope_write(const struct model *model, const struct format_options *options, FILE *out)
{
    struct speedscope w = {.model = model, .options = options};
    json_begin(&w.json, out);
    json_object(&w.json, NULL);
    json_text(&w.json, "$schema", "https://www.speedscope.app/file-format-schema.json");
    json_text(&w.json, "exporter", "nplus1 " NPLUS1_VERSION);
    write_text(&w, "name", model->process_count > 0 ? model->processes[0].name : "nplus1");
    json_number(&w.json, "activeProfileIndex", options->weigh_by_time ? 1 : 0);
    json_object(&w.json, "shared");
    write_frames(&w);
    json_object_end(&w.json);
    json_array(&w.json, "profiles");
    write_profile(&w, false);
    write_profile(&w, true);
    json_array_end(&w.json);
    json_object_end(&w.json);
    json_end(&w.json);
}
