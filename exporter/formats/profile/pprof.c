#include "exporter/formats/profile/pprof.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"
#include "exporter/formats/packed.h"
#include "exporter/formats/profile/gzip.h"
#include "exporter/formats/profile/profile.pb-c.h"
#include "exporter/formats/profile/stacks.h"
#include "exporter/formats/profile/strings.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"
#include "exporter/model/system.h"

#define VALUES     3 /* of a sample: executions, time, rows */
#define LABELS_MAX 5

/* A frame has its index + 1 for the id of its function and its location; statements follow, then what was left out. */
struct pprof {
    const struct model *model;
    const struct format_options *options;
    FILE *out;
    struct strings strings;
};

static uint64_t statement_id(const struct pprof *w, uint32_t statement)
{
    return (uint64_t)w->model->frame_count + statement + 1;
}

static uint64_t left_out_id(const struct pprof *w)
{
    return statement_id(w, w->model->statement_count);
}

static void write_types(struct pprof *w)
{
    static const char *const names[VALUES][2] = {{"executions", "count"}, {"time", "nanoseconds"}, {"rows", "count"}};
    Pprof__ValueType types[VALUES];
    Pprof__ValueType *list[VALUES];
    Pprof__Profile profile = PPROF__PROFILE__INIT;
    for (int i = 0; i < VALUES; i++) {
        pprof__value_type__init(&types[i]);
        types[i].type = strings_number(&w->strings, names[i][0]);
        types[i].unit = strings_number(&w->strings, names[i][1]);
        list[i] = &types[i];
    }
    profile.n_sample_type = VALUES;
    profile.sample_type = list;
    profile.default_sample_type = types[w->options->weigh_by_time ? 1 : 0].type;
    packed_write(w->out, &profile.base);
}

static void add_label(struct pprof *w, Pprof__Label *labels, Pprof__Label **list, size_t *count, const char *key,
                      const char *value)
{
    if (!value)
        return;
    Pprof__Label *label = &labels[*count];
    pprof__label__init(label);
    label->key = strings_number(&w->strings, key);
    label->str = strings_number(&w->strings, value);
    list[(*count)++] = label;
}

static void write_sample(struct pprof *w, uint64_t *ids, size_t depth, const uint64_t values[VALUES], Pprof__Label **labels,
                         size_t label_count)
{
    int64_t numbers[VALUES];
    Pprof__Sample sample = PPROF__SAMPLE__INIT;
    Pprof__Sample *list[] = {&sample};
    Pprof__Profile profile = PPROF__PROFILE__INIT;
    for (int i = 0; i < VALUES; i++)
        numbers[i] = values[i] > INT64_MAX ? INT64_MAX : (int64_t)values[i];
    sample.n_location_id = depth;
    sample.location_id = ids;
    sample.n_value = VALUES;
    sample.value = numbers;
    sample.n_label = label_count;
    sample.label = labels;
    profile.n_sample = 1;
    profile.sample = list;
    packed_write(w->out, &profile.base);
}

static void write_group(struct pprof *w, const struct model_group *g)
{
    const struct model *model = w->model;
    const struct model_database *d = g->database != MODEL_NONE ? &model->databases[g->database] : NULL;
    const struct model_finding *f = g->finding != MODEL_NONE ? &model->findings[g->finding] : NULL;
    uint32_t frames[STACKS_DEPTH_MAX];
    uint64_t ids[STACKS_DEPTH_MAX + 1];
    uint32_t depth = stacks_frames(model, g->stack, frames);
    Pprof__Label labels[LABELS_MAX];
    Pprof__Label *list[LABELS_MAX];
    size_t count = 0;
    char fingerprint[24];
    ids[0] = statement_id(w, g->statement);
    for (uint32_t i = 0; i < depth; i++)
        ids[i + 1] = (uint64_t)frames[i] + 1;
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, model->statements[g->statement].fingerprint);
    add_label(w, labels, list, &count, "fingerprint", fingerprint);
    add_label(w, labels, list, &count, "system", d ? system_of(d->system)->name : NULL);
    add_label(w, labels, list, &count, "database", d ? d->name : NULL);
    add_label(w, labels, list, &count, "finding", f ? kind_of(f->kind)->name : NULL);
    add_label(w, labels, list, &count, "confidence", f ? model_confidence_name(f->confidence) : NULL);
    write_sample(w, ids, depth + 1, (uint64_t[]){g->executions, g->time_ns, g->rows}, list, count);
}

static void write_left_out(struct pprof *w)
{
    uint64_t ns = stacks_left_out_ns(w->model);
    uint64_t id = left_out_id(w);
    if (w->model->totals.left_out > 0 || ns > 0)
        write_sample(w, &id, 1, (uint64_t[]){w->model->totals.left_out, ns, 0}, NULL, 0);
}

static void write_place(struct pprof *w, uint64_t id, const char *name, const char *file, uint32_t line_number)
{
    Pprof__Function function = PPROF__FUNCTION__INIT;
    Pprof__Function *functions[] = {&function};
    Pprof__Line line = PPROF__LINE__INIT;
    Pprof__Line *lines[] = {&line};
    Pprof__Location location = PPROF__LOCATION__INIT;
    Pprof__Location *locations[] = {&location};
    Pprof__Profile profile = PPROF__PROFILE__INIT;
    function.id = location.id = line.function_id = id;
    function.name = function.system_name = strings_number(&w->strings, name);
    function.filename = strings_number(&w->strings, file ? path_shown(file, w->options->root) : NULL);
    line.line = line_number;
    location.mapping_id = 1;
    location.n_line = 1;
    location.line = lines;
    profile.n_function = profile.n_location = 1;
    profile.function = functions;
    profile.location = locations;
    packed_write(w->out, &profile.base);
}

static void write_places(struct pprof *w)
{
    const struct model *model = w->model;
    for (uint32_t i = 0; i < model->frame_count; i++) {
        const struct model_frame *f = &model->frames[i];
        write_place(w, (uint64_t)i + 1, f->function, f->file ? f->file : f->module, f->line);
    }
    for (uint32_t i = 0; i < model->statement_count; i++)
        write_place(w, statement_id(w, i), model->statements[i].text, NULL, 0);
    write_place(w, left_out_id(w), STACKS_LEFT_OUT, NULL, 0);
}

/* One mapping whose names are all known, or pprof would look for them. */
static void write_head(struct pprof *w)
{
    const struct model *model = w->model;
    Pprof__Mapping mapping = PPROF__MAPPING__INIT;
    Pprof__Mapping *mappings[] = {&mapping};
    Pprof__Profile profile = PPROF__PROFILE__INIT;
    int64_t *comments = alloc_zeroed(model->note_count + 1, sizeof *comments);
    uint64_t started = 0;
    for (uint32_t i = 0; i < model->process_count; i++) {
        uint64_t ns = model->processes[i].started_unix_ns;
        started = ns > 0 && (started == 0 || ns < started) ? ns : started;
    }
    mapping.id = 1;
    mapping.filename = strings_number(&w->strings, model->process_count > 0 ? model->processes[0].program : NULL);
    mapping.has_functions = mapping.has_filenames = mapping.has_line_numbers = true;
    profile.n_mapping = 1;
    profile.mapping = mappings;
    profile.time_nanos = started > INT64_MAX ? 0 : (int64_t)started;
    for (uint32_t i = 0; i < model->note_count; i++)
        comments[i] = strings_number(&w->strings, model->notes[i]);
    profile.n_comment = model->note_count;
    profile.comment = comments;
    packed_write(w->out, &profile.base);
    free(comments);
}

static void write_strings(struct pprof *w)
{
    for (uint32_t i = 0; i < w->strings.count; i++) {
        Pprof__Profile profile = PPROF__PROFILE__INIT;
        char *text[] = {(char *)w->strings.texts[i]};
        profile.n_string_table = 1;
        profile.string_table = text;
        packed_write(w->out, &profile.base);
    }
}

void pprof_write(const struct model *model, const struct format_options *options, FILE *out)
{
    FILE *gzip = gzip_open(out);
    struct pprof w = {.model = model, .options = options, .out = gzip ? gzip : out};
    strings_begin(&w.strings);
    write_types(&w);
    write_head(&w);
    for (uint32_t i = 0; i < model->group_count; i++)
        write_group(&w, &model->groups[i]);
    write_left_out(&w);
    write_places(&w);
    write_strings(&w);
    strings_finish(&w.strings);
    if (gzip)
        fclose(gzip);
}
