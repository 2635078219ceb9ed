#include "viewer/check/suppressions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/byte_order.h"
#include "exporter/base/alloc.h"
#include "viewer/complain.h"

#define TOLD_MAX 20 /* line numbers that are told */

static bool add_line(struct suppressions *s, const char *text, unsigned number)
{
    struct suppression suppression;
    char *wrong = NULL;
    char *where;
    switch (suppression_parse(&suppression, text, number, &wrong)) {
    case SUPPRESSION_RULE:
        ALLOC_GROW(s->at, s->count, s->capacity);
        s->at[s->count++] = suppression;
        return true;
    case SUPPRESSION_WRONG:
        where = alloc_format("%s:%u", s->path, number);
        complain(where, "%s", wrong);
        free(where);
        free(wrong);
        return false;
    case SUPPRESSION_EMPTY:
        break;
    }
    return true;
}

bool suppressions_load(struct suppressions *s, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        complain(path, "%s; give a file of suppressions", strerror(errno));
        return false;
    }
    char *line = NULL;
    size_t size = 0;
    bool ok = true;
    free(s->path);
    s->path = alloc_format("%s", path);
    ssize_t length;
    for (unsigned number = 1; ok && (length = getline(&line, &size, file)) >= 0; number++)
        ok = add_line(s, number == 1 ? line + byte_order_mark(line, (size_t)length) : line, number);
    if (ok && ferror(file)) {
        complain(path, "%s; give a file of suppressions", strerror(errno));
        ok = false;
    }
    free(line);
    fclose(file);
    return ok;
}

bool suppressions_use(struct suppressions *s, const struct model *model, const struct model_finding *f)
{
    bool any = false;
    for (size_t i = 0; i < s->count; i++) {
        if (suppression_matches(&s->at[i], model, f)) {
            s->at[i].used = true;
            any = true;
        }
    }
    return any;
}

static bool is_unused(const struct suppression *s)
{
    return !s->used;
}

static bool is_for_reports_alone(const struct suppression *s)
{
    return s->used && s->by_signature && !s->kind && !s->file && !s->function && !s->statement;
}

/* FILE:LINE, LINE, ... of those, to be freed. NULL: there are none. */
static char *lines_of(const struct suppressions *s, bool (*is_one)(const struct suppression *s))
{
    char *lines = NULL;
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (!is_one(&s->at[i]) || ++count > TOLD_MAX)
            continue;
        char *longer = lines ? alloc_format("%s, %u", lines, s->at[i].line) : alloc_format("%s:%u", s->path, s->at[i].line);
        free(lines);
        lines = longer;
    }
    if (count > TOLD_MAX) {
        char *longer = alloc_format("%s and %zu more", lines, count - TOLD_MAX);
        free(lines);
        lines = longer;
    }
    return lines;
}

/* A file may serve several programs, of which this was one. */
void suppressions_warn_unused(const struct suppressions *s)
{
    char *unused = lines_of(s, is_unused);
    if (unused)
        complain(unused, "this suppression matches nothing here; remove it if nothing else needs it");
    free(unused);
}

void suppressions_tell_suite(struct suppressions *s, const struct model *model)
{
    for (uint32_t i = 0; i < model->finding_count; i++)
        suppressions_use(s, model, &model->findings[i]);
    char *unused = lines_of(s, is_unused);
    char *names = lines_of(s, is_for_reports_alone);
    if (unused)
        complain(unused, "matched nothing in this run; remove if all tests ran");
    if (names)
        complain(names, "tests do not know signatures; write patterns behind, as check --gen-suppressions does");
    free(names);
    free(unused);
}

void suppressions_finish(struct suppressions *s)
{
    for (size_t i = 0; i < s->count; i++)
        suppression_finish(&s->at[i]);
    free(s->at);
    free(s->path);
    *s = (struct suppressions){0};
}
