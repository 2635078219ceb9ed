#include "exporter/formats/review/gitlab.h"

#include <inttypes.h>
#include <stdlib.h>

#include "exporter/base/alloc.h"
#include "exporter/base/map.h"
#include "exporter/base/path.h"
#include "exporter/formats/escape.h"
#include "exporter/formats/json/writer.h"
#include "exporter/formats/review/finding.h"
#include "exporter/model/kind.h"

#define WIDTH 200 /* columns of a statement */

struct gitlab {
    const struct model *model;
    const struct format_options *options;
    struct json_writer json;
    struct map seen; /* signature -> index into counts */
    uint32_t *counts;
    uint32_t count, capacity;
};

static void write_text(struct gitlab *w, const char *name, const char *text)
{
    char *copy = escape_printable(text, 0);
    json_text(&w->json, name, copy);
    free(copy);
}

/* Of findings with one fingerprint GitLab shows one: places of several databases can share a signature. */
static void write_fingerprint(struct gitlab *w, uint64_t signature)
{
    bool added;
    uint32_t at = map_intern(&w->seen, signature, w->count, &added);
    if (added) {
        ALLOC_GROW(w->counts, w->count, w->capacity);
        w->counts[w->count++] = 0;
    }
    uint32_t number = w->counts[at]++;
    char *text = number > 0 ? alloc_format("%016" PRIx64 "-%u", signature, number + 1) : alloc_format("%016" PRIx64, signature);
    json_text(&w->json, "fingerprint", text);
    free(text);
}

/* A path is asked for: without a file it is the module's name, or the program's. */
static const char *path_of(const struct gitlab *w, const struct model_finding *f, struct review_place place)
{
    const struct model *model = w->model;
    uint32_t frame = model->groups[f->group].location;
    if (place.path)
        return place.path;
    if (frame != MODEL_NONE && model->frames[frame].module)
        return path_shown(model->frames[frame].module, w->options->root);
    return model->process_count > 0 && model->processes[0].name ? model->processes[0].name : "unknown";
}

static void write_finding(struct gitlab *w, const struct model_finding *f)
{
    static const char *const severities[REVIEW_LEVELS] = {"major", "minor", "info"};
    struct review_place place = review_line(w->model, f, w->options);
    uint32_t line = place.line > 0 ? place.line : 1;
    char *headline = review_headline(w->model, f, WIDTH);
    char *details = review_details_at_line(w->model, f, w->options);
    char *description = alloc_format("%s. %s", headline, details);
    json_object_begin(&w->json, NULL);
    json_text(&w->json, "type", "issue");
    write_text(w, "description", description);
    json_text(&w->json, "check_name", kind_of(f->kind)->name);
    json_flat_array(&w->json, "categories");
    json_text(&w->json, NULL, "Performance");
    json_array_end(&w->json);
    write_fingerprint(w, f->signature);
    json_text(&w->json, "severity", severities[review_level(f)]);
    json_flat_object(&w->json, "location");
    write_text(w, "path", path_of(w, f, place));
    json_object_begin(&w->json, "lines");
    json_number(&w->json, "begin", line);
    json_number(&w->json, "end", line);
    json_object_end(&w->json);
    json_object_end(&w->json);
    json_object_end(&w->json);
    free(description);
    free(details);
    free(headline);
}

void gitlab_write(const struct model *model, const struct format_options *options, FILE *out)
{
    struct gitlab w = {.model = model, .options = options};
    json_begin(&w.json, out);
    json_array_begin(&w.json, NULL);
    for (uint32_t i = 0; i < model->finding_count; i++)
        write_finding(&w, &model->findings[i]);
    json_array_end(&w.json);
    json_end(&w.json);
    map_finish(&w.seen);
    free(w.counts);
}
