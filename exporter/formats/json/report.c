#include "exporter/formats/json/report.h"

#include "exporter/formats/json/elements.h"
#include "exporter/formats/json/parts.h"

void json_write(const struct model *model, FILE *out)
{
    struct json_frames *frames = json_frames_create(model);
    struct source_files *sources = source_files_create(true);
    struct json_writer json;
    json_begin(&json, out);
    json_object_begin(&json, NULL);
    json_number(&json, "schema", 1);
    json_array_begin(&json, "processes");
    for (uint32_t i = 0; i < model->process_count; i++)
        json_process(&json, &model->processes[i]);
    json_array_end(&json);
    json_totals(&json, &model->totals);
    json_array_begin(&json, "groups");
    for (uint32_t i = 0; i < model->group_count; i++)
        json_group(&json, model, i, NULL, frames);
    json_array_end(&json);
    json_array_begin(&json, "findings");
    for (uint32_t i = 0; i < model->finding_count; i++)
        json_finding(&json, model, &model->findings[i], sources);
    for (uint32_t i = 0; i < model->elsewhere_count; i++) {
        if (model->groups[model->elsewhere[i].group].finding != MODEL_NONE) /* what it is listed with is shown */
            json_finding(&json, model, &model->elsewhere[i], sources);
    }
    json_array_end(&json);
    json_texts(&json, "notes", model->notes, model->note_count);
    json_object_end(&json);
    json_end(&json);
    source_files_destroy(sources);
    json_frames_destroy(frames);
}

void json_export(const struct model *model, const struct format_options *options, FILE *out)
{
    json_write(model, out);
}
