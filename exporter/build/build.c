#include "exporter/build/build.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/map.h"
#include "exporter/build/findings.h"
#include "exporter/build/merge/merge.h"
#include "exporter/build/places/places.h"
#include "exporter/build/program_name.h"
#include "exporter/recording/recording.h"
#include "exporter/recording/running.h"

struct model_builder {
    struct model *model;
    struct ownership ownership;
    struct recording **recordings;
    uint32_t count;
    uint32_t capacity;
};

struct model_builder *model_builder_create(void)
{
    struct model_builder *b = alloc_zeroed(1, sizeof *b);
    b->model = model_create();
    return b;
}

static void keep(struct model_builder *b, struct recording *recording)
{
    ALLOC_GROW(b->recordings, b->count, b->capacity);
    b->recordings[b->count++] = recording;
}

bool model_builder_add(struct model_builder *b, const char *path, const char **error)
{
    struct recording *recording = recording_load(path, &b->model->pool, error);
    if (recording)
        keep(b, recording);
    return recording != NULL;
}

bool model_builder_add_memory(struct model_builder *b, const char *path, const void *data, size_t size, const char **error)
{
    struct stream_reader *reader = stream_reader_open_memory(data, size, error);
    if (!reader)
        return false;
    keep(b, recording_load_reader(reader, path, &b->model->pool));
    stream_reader_destroy(reader);
    return true;
}

static int compare_recordings(const void *a, const void *b)
{
    const struct recording *x = *(const struct recording *const *)a;
    const struct recording *y = *(const struct recording *const *)b;
    if (x->started_unix_ns != y->started_unix_ns)
        return x->started_unix_ns < y->started_unix_ns ? -1 : 1;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return strcmp(x->path, y->path);
}

static void note_damage(struct model *model, const struct recording *r)
{
    const char *what = r->end == STREAM_END_CUT       ? "is cut off: what came after is missing"
                       : r->end == STREAM_END_DAMAGED ? "is damaged: some of it could not be read"
                       : r->skipped + r->lost > 0     ? "is damaged: some records could not be used"
                                                      : NULL;
    if (!what)
        return;
    char *note = alloc_format("%s: %s (%llu records read, %llu not)", r->path, what, (unsigned long long)r->records,
                              (unsigned long long)(r->skipped + r->lost));
    model_add_note(model, note);
    free(note);
}

static const char **copy_texts(const char **texts, size_t count)
{
    const char **copy = alloc_zeroed(count, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = texts[i];
    return copy;
}

static void add_process(struct model *model, const struct recording *r)
{
    char *name = program_name(r->program, r->command, r->command_count);
    model->processes[model->process_count++] = (struct model_process){
        .pid = r->pid,
        .program = r->program,
        .name = text_intern_string(&model->pool, name),
        .exe = r->exe,
        .command = copy_texts(r->command, r->command_count),
        .command_count = r->command_count,
        .working_directory = r->working_directory,
        .started_unix_ns = r->started_unix_ns,
        .ended = r->exited                 ? MODEL_ENDED_EXIT
                 : recording_is_running(r) ? MODEL_ENDED_RUNNING
                                           : MODEL_ENDED_KILLED,
        .other_host = recording_other_host(r),
        .recording = r->path,
        .left_out = r->left_out_executions,
        .left_out_groups = r->left_out_groups,
        .left_out_connections = r->left_out_connections,
        .end = r->end,
        .skipped = r->skipped + r->lost,
        .notes = copy_texts(r->notes, r->note_count),
        .note_count = r->note_count,
    };
    free(name);
}

static int compare_visits(const void *a, const void *b)
{
    const struct model_visit *x = a;
    const struct model_visit *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->executions != y->executions)
        return x->executions > y->executions ? -1 : 1;
    return strcmp(x->scope, y->scope);
}

static void sort_visits(struct model *model)
{
    if (model->visit_count == 0)
        return;
    qsort(model->visits, model->visit_count, sizeof *model->visits, compare_visits);
    for (uint32_t i = model->visit_count; i-- > 0;) {
        struct model_group *g = &model->groups[model->visits[i].group];
        g->visit = i;
        g->visit_count++;
    }
}

static int compare_tallies(const void *a, const void *b)
{
    const struct model_tally *x = a;
    const struct model_tally *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void sort_tallies(struct model *model)
{
    if (model->tally_count == 0)
        return;
    qsort(model->tallies, model->tally_count, sizeof *model->tallies, compare_tallies);
    for (uint32_t i = model->tally_count; i-- > 0;) {
        struct model_group *g = &model->groups[model->tallies[i].group];
        g->tally = i;
        g->tally_count++;
    }
}

static void add_up(struct model *model)
{
    struct model_totals *t = &model->totals;
    struct map fingerprints = {0};
    for (uint32_t i = 0; i < model->group_count; i++) {
        const struct model_group *g = &model->groups[i];
        t->executions += g->executions;
        t->rows += g->rows;
        t->time_ns += g->time_ns;
        t->errors += g->errors;
    }
    for (uint32_t i = 0; i < model->statement_count; i++) {
        bool added;
        map_intern(&fingerprints, model->statements[i].fingerprint, i, &added);
    }
    t->groups = model->group_count;
    t->statements = fingerprints.count;
    map_finish(&fingerprints);
}

static bool has_note_of(const struct model *model, const char *path)
{
    size_t length = strlen(path);
    for (uint32_t i = 0; i < model->note_count; i++) {
        if (strncmp(model->notes[i], path, length) == 0 && model->notes[i][length] == ':')
            return true;
    }
    return false;
}

/* A place in the program's own code that is an address, or a function without a line: whoever built it can tell more. */
static void note_place(struct model *model, uint32_t frame)
{
    const struct model_frame *f = frame != MODEL_NONE ? &model->frames[frame] : NULL;
    if (!f || !f->in_app || f->file || !f->module || f->module[0] != '/' || has_note_of(model, f->module))
        return;
    const char *how = strcmp(f->language, "rust") == 0 ? "set debug = true in its profile" : "build it with -g";
    char *note = alloc_format("%s: has no debug information: lines and inlined functions are not known; %s", f->module, how);
    model_add_note(model, note);
    free(note);
}

static void note_places(struct model *model)
{
    for (uint32_t i = 0; i < model->finding_count; i++) {
        const struct model_finding *f = &model->findings[i];
        note_place(model, model->groups[f->group].location);
        note_place(model, f->loop);
    }
}

struct model *model_builder_finish(struct model_builder *b)
{
    struct model *model = b->model;
    if (b->count > 0)
        qsort(b->recordings, b->count, sizeof *b->recordings, compare_recordings);
    model->processes = alloc_zeroed(b->count, sizeof *model->processes);

    struct sql_statements *parsed = sql_statements_create();
    struct workers *workers = b->count > 1 ? workers_create() : NULL; /* one process hands nothing out */
    struct merge *merge = merge_create(model, &b->ownership, parsed, workers);
    for (uint32_t i = 0; i < b->count; i++) {
        const struct recording *r = b->recordings[i];
        add_process(model, r);
        merge_recording(merge, r);
        note_damage(model, r);
        model->totals.executions += r->left_out_executions;
        model->totals.left_out += r->left_out_executions;
        model->totals.rows += r->left_out_rows;
        model->totals.errors += r->left_out_errors;
        model->totals.time_ns += recording_ns(r, r->left_out_ticks);
        recording_destroy(b->recordings[i]); /* what follows wants its memory */
        b->recordings[i] = NULL;
    }
    merge_destroy(merge);
    if (workers)
        workers_mark(workers, model);
    workers_destroy(workers);
    places_locate(model);
    sort_visits(model);
    sort_tallies(model);
    add_up(model);
    findings_decide(model, parsed);
    note_places(model);
    sql_statements_destroy(parsed);

    b->model = NULL;
    model_builder_destroy(b);
    return model;
}

void model_builder_set_owners(struct model_builder *b, const char *app, const char *library)
{
    b->ownership = (struct ownership){.app = app, .library = library};
}

void model_builder_destroy(struct model_builder *b)
{
    if (!b)
        return;
    for (uint32_t i = 0; i < b->count; i++)
        recording_destroy(b->recordings[i]);
    free(b->recordings);
    model_destroy(b->model);
    free(b);
}
