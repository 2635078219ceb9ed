#include "exporter/formats/describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/printable.h"
#include "exporter/model/callers.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"

#define DATABASES_NAMED 4
#define PARENT_TEXT     120 /* columns of a parent's statement */

/* The beginning of the statement whose rows are meant, where the reader does not see it beside; to be freed. */
static char *statement_of(const struct model *model, uint32_t group)
{
    char *words = NULL;
    size_t size;
    FILE *out = open_memstream(&words, &size);
    if (!out)
        alloc_failed();
    printable_write(out, model->statements[model->groups[group].statement].text, PARENT_TEXT);
    if (fclose(out) != 0)
        alloc_failed();
    return words;
}

static const struct kind_field *find_field(const struct kind *kind, const char *name, size_t length)
{
    for (const struct kind_field *field = kind->fields; field->name; field++) {
        if (strlen(field->name) == length && memcmp(field->name, name, length) == 0)
            return field;
    }
    return NULL;
}

/* What stands behind a number that is 1, in the singular; *at goes on behind it. */
static void write_one(const char **at, FILE *out)
{
    static const char *const words[][2] = {
        {" executions", " execution"},
        {" different values", " different value"},
        {" rows", " row"},
        {" columns", " column"},
        {" transactions", " transaction"},
        {" elements", " element"},
        {" parents", " parent"},
        {" fetches", " fetch"},
        {" lists", " list"},
        {" times", " time"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i][0]);
        if (strncmp(*at, words[i][0], length) != 0)
            continue;
        fputs(words[i][1], out);
        *at += length;
        return;
    }
}

char *describe_finding(const struct model *model, const struct model_finding *f)
{
    const struct kind *kind = kind_of(f->kind);
    char *words = NULL;
    size_t size;
    FILE *out = open_memstream(&words, &size);
    if (!out)
        alloc_failed();
    for (const char *at = kind_sentence(model, f); *at;) {
        size_t plain = strcspn(at, "{");
        fwrite(at, 1, plain, out);
        at += plain;
        if (!*at)
            break;
        size_t length = strcspn(at + 1, "}");
        const struct kind_field *field = find_field(kind, at + 1, length);
        char digits[PRINTABLE_NUMBER];
        uint64_t value = field ? kind_value(field, model, f) : 0;
        fputs(field && field->unit == KIND_UNIT_NS ? printable_time(value, digits) : printable_number(value, digits), out);
        at += length + 2;
        if (value == 1 && field->unit != KIND_UNIT_NS)
            write_one(&at, out);
    }
    if (fclose(out) != 0)
        alloc_failed();
    return words;
}

static bool is_hint(const struct model_finding *f, const struct model_group *g)
{
    return f->kind == VERDICT_N_PLUS_ONE && f->confidence == VERDICT_LIKELY && g->edge != MODEL_NONE &&
           f->executions < g->threshold;
}

enum describe_why describe_why(const struct model *model, const struct model_finding *f)
{
    const struct model_group *g = &model->groups[f->group];

    if (is_hint(f, g))
        return DESCRIBE_HINT;
    if (f->confidence == VERDICT_POSSIBLE && g->stack != MODEL_NONE && model->nodes[g->stack].request != MODEL_NONE)
        return DESCRIBE_REQUESTS;
    if (f->kind == VERDICT_N_PLUS_ONE && f->confidence == VERDICT_POSSIBLE && g->stack != MODEL_NONE && f->max_per_episode > 1 &&
        f->max_per_episode < g->threshold)
        return DESCRIBE_FEW;
    return DESCRIBE_USUAL;
}

const char *describe_confidence(enum verdict_kind kind, enum verdict_confidence confidence, enum describe_why why)
{
    if (why == DESCRIBE_REQUESTS)
        return "possible: below a test's client, perhaps one for each of its requests";
    if (kind != VERDICT_N_PLUS_ONE)
        return model_confidence_name(confidence);
    if (why == DESCRIBE_HINT)
        return "likely: few executions so far, and their parameters stand in the rows of another statement";
    if (why == DESCRIBE_FEW)
        return "possible: many values, but few of them in each unit of work";
    return confidence == VERDICT_PROVEN   ? "proven: its parameters come from the rows of its parent"
           : confidence == VERDICT_LIKELY ? "likely: many values from one place in one unit of work"
                                          : "possible: many values, but no unit of work or no stack was seen";
}

static char *column_of(const struct model_edge *e)
{
    const char *name = e->column_source ? e->column_source : e->column_name;
    return name ? alloc_format("%s", name) : alloc_format("%u", e->column + 1);
}

/* The column that explains the parameter as well; NULL: none does. */
static char *describe_tie(const struct model *model, const struct model_finding *f)
{
    if (!f->is_tied)
        return NULL;
    const struct model_edge *e = &model->edges[model->groups[f->group].second];
    char *column = column_of(e);
    char *parent = e->parent != f->parent ? statement_of(model, e->parent) : NULL;
    char *words = parent ? alloc_format(", or column %s of %s: both fit equally", column, parent)
                         : alloc_format(", or its column %s: both fit equally", column);
    free(parent);
    free(column);
    return words;
}

static char *describe_parent(const struct model *model, const struct model_finding *f, bool parent_is_shown)
{
    if (f->parent == f->group)
        return alloc_format("its own rows");
    if (parent_is_shown)
        return alloc_format("the parent");
    char *statement = statement_of(model, f->parent);
    char *words = alloc_format("the rows of %s", statement);
    free(statement);
    return words;
}

/* ", and column region -> parameter 2 in the same rows"; NULL: it has no other parameters of the parent's rows. */
static char *describe_companions(const struct model *model, const struct model_finding *f)
{
    char *words = NULL;
    size_t size;
    uint32_t i = f->is_tied || f->edge != model->groups[f->group].edge ? MODEL_NONE : model->groups[f->group].companion;
    if (i == MODEL_NONE)
        return NULL;
    FILE *out = open_memstream(&words, &size);
    if (!out)
        alloc_failed();
    fputs(", in the same rows", out);
    for (bool more = false; i != MODEL_NONE; i = model->edges[i].next_companion, more = true) {
        char *column = column_of(&model->edges[i]);
        fprintf(out, "%s %s -> parameter %u", more ? "," : "", column, model->edges[i].parameter);
        free(column);
    }
    if (fclose(out) != 0)
        alloc_failed();
    return words;
}

char *describe_join(const struct model *model, const struct model_finding *f, bool parent_is_shown)
{
    const struct model_edge *e = f->edge != MODEL_NONE ? &model->edges[f->edge] : NULL;
    char matches[PRINTABLE_NUMBER];
    char judged[PRINTABLE_NUMBER];
    if (!e)
        return NULL;
    char *column = column_of(e);
    char *parent = describe_parent(model, f, parent_is_shown);
    char *other = describe_tie(model, f);
    char *companions = describe_companions(model, f);
    char *words = alloc_format("column %s of %s%s -> parameter %u (%s of %s executions)%s", column, parent, other ? other : "",
                               e->parameter, printable_number(e->matches, matches), printable_number(e->judged, judged),
                               companions ? companions : "");
    free(companions);
    free(other);
    free(parent);
    free(column);
    return words;
}

char *describe_also(const struct model *model, const struct model_finding *f)
{
    const struct model_group *g = &model->groups[f->group];
    char matches[PRINTABLE_NUMBER];
    char more[PRINTABLE_NUMBER];
    if (f->edge == MODEL_NONE || g->also == MODEL_NONE)
        return NULL;
    const struct model_edge *e = &model->edges[g->also];
    char *column = column_of(e);
    char *others = g->also_count > 1 ? alloc_format(", and those of %s more", printable_number(g->also_count - 1, more)) : NULL;
    char *parent = statement_of(model, e->parent);
    char *words = alloc_format("%s executions have the values of column %s of the rows of %s%s",
                               printable_number(e->matches, matches), column, parent, others ? others : "");
    free(parent);
    free(others);
    free(column);
    return words;
}

static const char *database_of(const struct model *model, uint32_t group)
{
    uint32_t database = model->groups[group].database;
    const char *name = database != MODEL_NONE ? model->databases[database].name : NULL;
    return name ? name : "?";
}

/* How long the folder is that all databases of a finding lie in. */
static size_t common_folder(const struct model *model, const struct model_finding *f)
{
    const char *name = database_of(model, f->group);
    size_t same = strlen(name);
    for (uint32_t i = model->groups[f->group].next_of_finding; i != MODEL_NONE; i = model->groups[i].next_of_finding) {
        const char *other = database_of(model, i);
        for (size_t at = 0; at < same; at++)
            same = name[at] == other[at] ? same : at;
    }
    while (same > 0 && name[same - 1] != '/')
        same--;
    return same;
}

char *describe_databases(const struct model *model, const struct model_finding *f)
{
    char more[PRINTABLE_NUMBER];
    char all[PRINTABLE_NUMBER];
    char *words = NULL;
    size_t size;
    uint32_t named = 0;
    if (f->databases < 2)
        return NULL;
    FILE *out = open_memstream(&words, &size);
    if (!out)
        alloc_failed();
    fprintf(out, "%s more %s, %s executions in all", printable_number(f->databases - 1, more),
            f->databases == 2 ? "database" : "databases", printable_number(f->executions_everywhere, all));
    size_t folder = common_folder(model, f);
    uint32_t group = model->groups[f->group].next_of_finding;
    for (; group != MODEL_NONE && named < DATABASES_NAMED; group = model->groups[group].next_of_finding)
        fprintf(out, "%s%s", named++ > 0 ? ", " : ": ", database_of(model, group) + folder);
    if (named < f->databases - 1)
        fputs(", ...", out);
    if (fclose(out) != 0)
        alloc_failed();
    return words;
}

const char *describe_await(const struct model *model, const struct model_finding *f)
{
    switch (callers_way(model, f->group)) {
    case CALLERS_AWAIT:
        return "found by the promise or the callback that waits for it: on the stack is the driver alone";
    case CALLERS_UNKNOWN:
        return "who waits for it was not found: it is told from others by its statement and the driver's stack";
    case CALLERS_ON_STACK:
        break;
    }
    return NULL;
}
