#include "exporter/formats/text/places.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/describe.h"
#include "exporter/formats/printable.h"
#include "exporter/formats/text/source.h"
#include "exporter/model/callers.h"

#define CALLERS_SHOWN 4
#define CALLERS_MAX   64
#define PATHS_SHOWN   4
#define PLACE_WIDTH   60 /* columns */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool text_same_place(const struct model *model, uint32_t a, uint32_t b)
{
    if (a == b || a == MODEL_NONE || b == MODEL_NONE)
        return a == b;
    const struct model_frame *x = &model->frames[a];
    const struct model_frame *y = &model->frames[b];
    return x->line == y->line && x->offset == y->offset && same_text(x->function, y->function) && same_text(x->file, y->file) &&
           same_text(x->module, y->module);
}

/* The functions that led to the place, innermost first; NULL: none is known. To be freed. */
static char *describe_callers(const struct text *t, const struct model_finding *f)
{
    const struct model *model = t->model;
    uint32_t frames[CALLERS_SHOWN];
    uint32_t count = callers_of(model, f->group, frames, CALLERS_SHOWN);
    char *words = NULL;
    size_t size;
    FILE *out = open_memstream(&words, &size);
    if (!out)
        alloc_failed();
    for (uint32_t i = 0; i < count; i++) {
        fputs(i > 0 ? " < " : "", out);
        text_write_place(model, frames[i], t->options, out, PLACE_WIDTH);
    }
    if (fclose(out) != 0)
        alloc_failed();
    if (count > 0)
        return words;
    free(words);
    return NULL;
}

static void write_place(const struct text *t, const char *label, uint32_t frame)
{
    text_label(t, label, TEXT_INDENT, TEXT_LABEL);
    text_style(t, TEXT_BOLD);
    text_write_location(t->model, frame, t->options, t->out, 0);
    text_style(t, TEXT_PLAIN);
    putc('\n', t->out);
}

void text_write_lines(const struct text *t, const struct model_finding *f, bool with_source)
{
    const struct model *model = t->model;
    uint32_t location = model->groups[f->group].location;
    uint32_t where = f->loop != MODEL_NONE ? f->loop : location;
    write_place(t, "where", where);
    if (where != MODEL_NONE && with_source)
        text_write_source(t, model->frames[where].file, model->frames[where].line, TEXT_INDENT + TEXT_LABEL);
    if (where != location)
        write_place(t, "query", location);
}

void text_write_places(const struct text *t, const struct model_finding *f)
{
    const struct model *model = t->model;
    text_write_lines(t, f, true);
    char *callers = describe_callers(t, f);
    if (callers) {
        text_field(t, "from", TEXT_INDENT, TEXT_LABEL, callers, 4);
        free(callers);
    }
    const char *await = describe_await(model, f);
    if (await)
        text_field(t, "await", TEXT_INDENT, TEXT_LABEL, await, 0);
}

bool text_are_paths(const struct model *model, const struct model_finding *a, const struct model_finding *b)
{
    const struct model_group *x = &model->groups[a->group];
    const struct model_group *y = &model->groups[b->group];
    if (a->kind != b->kind || a->confidence != b->confidence || x->statement != y->statement ||
        model_system(model, a->group) != model_system(model, b->group) || !text_same_place(model, x->location, y->location) ||
        (a->parent == MODEL_NONE) != (b->parent == MODEL_NONE) || !same_text(a->advice.sql, b->advice.sql))
        return false;
    return a->parent == MODEL_NONE || (model->groups[a->parent].statement == model->groups[b->parent].statement &&
                                       model->edges[a->edge].column == model->edges[b->edge].column);
}

uint32_t text_where_paths_part(const struct model *model, uint32_t group, uint32_t other)
{
    uint32_t own[CALLERS_MAX];
    uint32_t others[CALLERS_MAX];
    uint32_t count = callers_of(model, group, own, CALLERS_MAX);
    uint32_t count_of_other = callers_of(model, other, others, CALLERS_MAX);
    for (uint32_t i = 0; i < count_of_other; i++) {
        bool is_shared = false;
        for (uint32_t j = 0; j < count && !is_shared; j++)
            is_shared = text_same_place(model, own[j], others[i]);
        if (!is_shared)
            return others[i];
    }
    return MODEL_NONE;
}

void text_write_paths(const struct text *t, const struct model_finding *f, const uint32_t *paths, uint32_t count)
{
    const struct model *model = t->model;
    uint64_t executions = f->executions;
    char number[PRINTABLE_NUMBER];
    char *words = NULL;
    size_t size;
    uint32_t shown[PATHS_SHOWN];
    uint32_t shown_count = 0;
    if (count == 0)
        return;
    for (uint32_t i = 0; i < count; i++)
        executions += model->findings[paths[i]].executions;
    FILE *out = open_memstream(&words, &size);
    if (!out)
        alloc_failed();
    fprintf(out, "%u paths lead here, with %s executions in all", count + 1, printable_number(executions, number));
    for (uint32_t i = 0; i < count && shown_count < PATHS_SHOWN; i++) {
        uint32_t caller = text_where_paths_part(model, f->group, model->findings[paths[i]].group);
        bool known = caller == MODEL_NONE;
        for (uint32_t j = 0; j < shown_count && !known; j++)
            known = text_same_place(model, shown[j], caller);
        if (known)
            continue;
        fputs(shown_count ? ", " : "; also from ", out);
        text_write_place(model, caller, t->options, out, PLACE_WIDTH);
        shown[shown_count++] = caller;
    }
    if (shown_count && count > shown_count)
        fprintf(out, ", ...");
    if (fclose(out) != 0)
        alloc_failed();
    text_field(t, "paths", TEXT_INDENT, TEXT_LABEL, words, 4);
    free(words);
}
