#include "viewer/check/baseline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "agent/base/byte_order.h"
#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/hex.h"
#include "exporter/formats/escape.h"
#include "exporter/model/kind.h"
#include "viewer/complain.h"
#include "viewer/load.h"

#define WANTED      "give a recording, or the output of nplus1 report --json"
#define PLACE_WIDTH 200 /* columns */

struct baseline_finding {
    uint64_t signature;
    uint64_t question; /* what is asked, and of which parent's column; 0: not known */
    char *place;       /* file:line of the loop, or of the statement; NULL: not known */
};

static uint64_t question_of(const char *kind, uint64_t fingerprint, uint64_t parent, const char *column)
{
    uint64_t source = hash_mix(parent, column ? hash_bytes(column, strlen(column), 0) : 0);
    return fingerprint ? hash_mix(hash_mix(fingerprint, hash_bytes(kind, strlen(kind), 0)), source) : 0;
}

/* Takes the place over. */
static void add(struct baseline *b, uint64_t signature, uint64_t question, char *place)
{
    bool added;
    map_intern(&b->names, signature, b->count, &added);
    if (!added) {
        free(place);
        return;
    }
    ALLOC_GROW(b->findings, b->count, b->capacity);
    b->findings[b->count++] = (struct baseline_finding){signature, question, place};
}

static uint64_t fingerprint_of(const struct model *model, uint32_t group)
{
    return group != MODEL_NONE ? model->statements[model->groups[group].statement].fingerprint : 0;
}

static uint64_t question_in(const struct model *model, const struct model_finding *f)
{
    return question_of(kind_of(f->kind)->name, fingerprint_of(model, f->group), fingerprint_of(model, f->parent),
                       f->edge != MODEL_NONE ? model->edges[f->edge].column_name : NULL);
}

static char *place_in(const struct model *model, const struct model_finding *f)
{
    uint32_t frame = f->loop != MODEL_NONE ? f->loop : model->groups[f->group].location;
    if (frame == MODEL_NONE || !model->frames[frame].file)
        return NULL;
    return alloc_format("%s:%u", model->frames[frame].file, model->frames[frame].line);
}

/* A recording begins with the padded length of a record, and no JSON with such a byte; an editor's mark would be one of a
 * megabyte. */
static bool is_of_recordings(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    if (!S_ISREG(st.st_mode))
        return S_ISDIR(st.st_mode);
    FILE *file = fopen(path, "re");
    char begin[3];
    size_t length = file ? fread(begin, 1, sizeof begin, file) : 0;
    if (file)
        fclose(file);
    return length > 0 && begin[0] & 0x80 && !byte_order_mark(begin, length);
}

static bool load_recordings(struct baseline *b, const char *path)
{
    char *name = alloc_format("%s", path);
    int status = 0;
    struct model *model = load_model(&name, 1, &status);
    for (uint32_t i = 0; model && i < model->finding_count; i++) {
        const struct model_finding *f = &model->findings[i];
        add(b, f->signature, question_in(model, f), place_in(model, f));
    }
    model_destroy(model);
    free(name);
    return status == 0;
}

/* Groups have their places as ids, from 1 on. */
static uint64_t fingerprint_in(const json_t *groups, const json_t *id)
{
    json_int_t number = json_integer_value(id);
    const json_t *group = number > 0 ? json_array_get(groups, (size_t)number - 1) : NULL;
    const char *text = json_integer_value(json_object_get(group, "id")) == number
                           ? json_string_value(json_object_get(json_object_get(group, "statement"), "fingerprint"))
                           : NULL;
    uint64_t fingerprint = 0;
    return text && hex_read_name(text, &fingerprint) ? fingerprint : 0;
}

static char *place_of(const json_t *finding)
{
    const json_t *place = json_object_get(finding, "loop");
    if (!json_is_object(place))
        place = json_object_get(finding, "location");
    const char *file = json_string_value(json_object_get(place, "file"));
    return file ? alloc_format("%s:%lld", file, (long long)json_integer_value(json_object_get(place, "line"))) : NULL;
}

static bool take_report(struct baseline *b, const json_t *root)
{
    const json_t *findings = json_object_get(root, "findings");
    const json_t *groups = json_object_get(root, "groups");
    const json_t *finding;
    size_t index;
    bool ok = json_is_array(findings) && json_integer_value(json_object_get(root, "schema")) == 1;
    json_array_foreach(findings, index, finding)
    {
        const char *text = json_string_value(json_object_get(finding, "signature"));
        const char *kind = json_string_value(json_object_get(finding, "kind"));
        uint64_t signature;
        if (json_object_get(finding, "listed_with")) /* the same place on another database */
            continue;
        if (!text || !hex_read_name(text, &signature)) {
            ok = false;
            continue;
        }
        add(b, signature,
            question_of(kind ? kind : "", fingerprint_in(groups, json_object_get(finding, "group")),
                        fingerprint_in(groups, json_object_get(finding, "parent")),
                        json_string_value(json_object_get(finding, "parent_column"))),
            place_of(finding));
    }
    return ok;
}

static json_t *read_json(const char *path, json_error_t *error)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    int first = getc(file); /* it may be a pipe */
    if (first == 0xef && getc(file) == 0xbb)
        getc(file); /* the mark of UTF-8: no JSON begins so */
    else if (first != EOF)
        ungetc(first, file);
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, error);
    fclose(file);
    return root;
}

bool baseline_load(struct baseline *b, const char *path)
{
    if (is_of_recordings(path))
        return load_recordings(b, path);
    struct stat st;
    bool is_there = access(path, R_OK) == 0 && stat(path, &st) == 0;
    if (!is_there || (S_ISREG(st.st_mode) && st.st_size == 0)) {
        complain(path, "%s; " WANTED, is_there ? "is empty" : strerror(errno));
        return false;
    }
    json_error_t error = {.text = "cannot be read"};
    json_t *root = read_json(path, &error);
    if (!root) {
        complain(path, "is no JSON: %s; " WANTED, error.text);
        return false;
    }
    bool ok = take_report(b, root);
    json_decref(root);
    if (!ok)
        complain(path, "is not a report; " WANTED);
    return ok;
}

bool baseline_has(const struct baseline *b, const struct model_finding *f)
{
    uint32_t unused;
    return map_find(&b->names, f->signature, NULL, NULL, &unused) || map_find(&b->names, f->first, NULL, NULL, &unused);
}

/* Findings that ask the same: how many are new, how many are gone, and the last of those. */
struct question {
    uint32_t new_count, gone_count;
    uint32_t gone;
};

static struct question *question_at(struct map *keys, struct question *questions, uint32_t *count, uint64_t key)
{
    bool added;
    uint32_t at = map_intern(keys, key, *count, &added);
    *count += added;
    return &questions[at];
}

static void tell(const struct model_finding *f, const struct baseline_finding *gone)
{
    char *place = gone->place ? escape_printable(gone->place, PLACE_WIDTH) : NULL;
    complain("check",
             "%016" PRIx64 " may be %016" PRIx64
             " of the baseline, which is gone%s%s: same statement and parent, in a file or a function of another name",
             f->signature, gone->signature, place ? " from " : "", place ? place : "");
    free(place);
}

void baseline_tell_moved(const struct baseline *b, const struct model *model, const bool *marked)
{
    struct question *questions = alloc_zeroed((size_t)model->finding_count + b->count + 1, sizeof *questions);
    struct map keys = {0}, names = {0};
    uint32_t count = 0;
    bool added;
    for (uint32_t i = 0; i < model->finding_count; i++) {
        const struct model_finding *f = &model->findings[i];
        map_intern(&names, f->signature, 0, &added);
        if (!baseline_has(b, f))
            question_at(&keys, questions, &count, question_in(model, f))->new_count++;
    }
    for (uint32_t i = 0; i < b->count; i++) {
        if (!b->findings[i].question || map_find(&names, b->findings[i].signature, NULL, NULL, &(uint32_t){0}))
            continue;
        struct question *q = question_at(&keys, questions, &count, b->findings[i].question);
        q->gone_count++;
        q->gone = i;
    }
    for (uint32_t i = 0; i < model->finding_count; i++) {
        if (!marked[i])
            continue;
        const struct question *q = question_at(&keys, questions, &count, question_in(model, &model->findings[i]));
        if (q->new_count == 1 && q->gone_count == 1)
            tell(&model->findings[i], &b->findings[q->gone]);
    }
    map_finish(&names);
    map_finish(&keys);
    free(questions);
}

void baseline_finish(struct baseline *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        free(b->findings[i].place);
    free(b->findings);
    map_finish(&b->names);
    *b = (struct baseline){.count = 0};
}
