#include "exporter/advice/assign.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "exporter/advice/advice.h"
#include "exporter/advice/company.h"
#include "exporter/advice/source.h"
#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/map.h"

#define EDGE_DISTINCT_KNOWN 32 /* of so many values an edge counts nearly all, see candidate.seen */

/* Many groups run one statement, each from a stack of its own: they share the advice. */
struct given {
    struct advice_input input;
    uint32_t finding; /* that got the advice first */
};

/* What the name of a column of a statement's result stands for. */
struct named {
    const char *text, *column; /* of the pool */
    const char *source;        /* NULL: itself */
};

struct advised {
    struct map map; /* of indices of `given` */
    struct given *given;
    uint32_t count, capacity;
    struct map names; /* of indices of `named` */
    struct named *named;
    uint32_t named_count, named_capacity;
    struct orm_marks marks;
};

struct wanted {
    const struct advised *advised;
    const struct advice_input *input;
};

/* Of those without savepoints, only one bit is told. */
static bool same_company(const struct advice_company *a, const struct advice_company *b)
{
    return a->savepoints == b->savepoints && a->savepoints_open == b->savepoints_open && a->inserts == b->inserts &&
           a->inserts_absent == b->inserts_absent && (a->savepoints == 0 || a->executions == b->executions);
}

static bool same_others(const struct advice_others *a, const struct advice_others *b)
{
    for (uint32_t i = 0; i < a->count && i < b->count; i++) {
        if (a->of[i].parameter != b->of[i].parameter || a->of[i].column != b->of[i].column)
            return false;
    }
    return a->count == b->count;
}

/* Texts of a model that are equal have the same address. */
static bool same_input(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    const struct advice_input *a = &w->advised->given[value].input;
    const struct advice_input *b = w->input;
    return a->kind == b->kind && a->statement == b->statement && a->statement_cut == b->statement_cut && a->system == b->system &&
           a->shape.has_rows == b->shape.has_rows && a->shape.has_one_row == b->shape.has_one_row &&
           a->shape.has_many == b->shape.has_many && a->shape.is_mostly_none == b->shape.is_mostly_none &&
           a->shape.repeats_values == b->shape.repeats_values && a->parameter == b->parameter &&
           a->parent_column == b->parent_column && a->parent_statement == b->parent_statement &&
           a->column_source == b->column_source && a->parent_is_elsewhere == b->parent_is_elsewhere &&
           a->parent_is_itself == b->parent_is_itself && a->parent_is_tied == b->parent_is_tied &&
           a->others_vary == b->others_vary && same_others(&a->others, &b->others) && same_company(&a->company, &b->company) &&
           a->orm.orm == b->orm.orm && a->orm.clues == b->orm.clues && a->orm.permissions == b->orm.permissions;
}

static uint64_t key_of(const struct advice_input *in)
{
    uint64_t texts = hash_mix((uintptr_t)in->statement, (uintptr_t)in->parent_statement);
    uint64_t names = hash_mix((uintptr_t)in->parent_column, (uintptr_t)in->orm.orm);
    return hash_mix(hash_mix(texts, names), (uint64_t)in->parameter << 32 | (uint32_t)in->kind);
}

/* NULL when it was cut. */
static const char *whole_text(const struct model *model, uint32_t group)
{
    const struct model_statement *s = &model->statements[model->groups[group].statement];
    return s->length > strlen(s->text) ? NULL : s->text;
}

/* The executions have more different values together than the one parameter. */
static bool others_vary(const struct model_group *g, const struct model_edge *e)
{
    return e && e->sums.matches >= g->executions / 2 && e->sums.distinct_values <= EDGE_DISTINCT_KNOWN &&
           g->distinct_values / 2 > e->sums.distinct_values;
}

static struct advice_others others_of(const struct model *model, const struct model_group *g)
{
    struct advice_others others = {.count = 0};
    for (uint32_t i = g->companion; i != MODEL_NONE && others.count < ADVICE_OTHERS_MAX; i = model->edges[i].next_companion)
        others.of[others.count++] = (struct rewrite_other){model->edges[i].parameter, model->edges[i].column_name};
    return others;
}

/* A parent that is not sure is as good as none: a JOIN with it would be a guess. */
static struct advice_input input_of(const struct company *company, struct orm_marks marks, struct sql_statements *statements,
                                    const struct model *model, const struct model_finding *f)
{
    const struct model_group *g = &model->groups[f->group];
    const struct model_statement *s = &model->statements[g->statement];
    bool is_sure = f->confidence == VERDICT_PROVEN;
    const struct model_edge *e = f->edge != MODEL_NONE && is_sure ? &model->edges[f->edge] : NULL;
    uint32_t parent = is_sure ? f->parent : MODEL_NONE;
    bool elsewhere = parent != MODEL_NONE && model->groups[parent].database != g->database;
    return (struct advice_input){
        .kind = f->kind,
        .statement = s->text,
        .statement_cut = s->length > strlen(s->text),
        .system = system_of(g->database != MODEL_NONE ? model->databases[g->database].system : 0),
        .shape = advice_shape_of(g->executions, g->rows, g->distinct_values),
        .parameter = e && e->parameter_is_shown ? e->parameter : 0,
        .parent_column = e && !f->is_tied ? e->column_name : NULL,
        .column_source = e ? e->column_source : NULL,
        .parent_is_elsewhere = elsewhere,
        .parent_statement = parent == MODEL_NONE || parent == f->group || elsewhere ? NULL : whole_text(model, parent),
        .others_vary = others_vary(g, e),
        .parent_is_tied = f->is_tied,
        .parent_is_itself = f->parent == f->group || (g->edge != MODEL_NONE && model->edges[g->edge].parent == f->group),
        .others = e && !f->is_tied && f->edge == g->edge ? others_of(model, g) : (struct advice_others){.count = 0},
        .company = company_find(company, statements, f->group),
        .orm = orm_recognise(model, marks, g->stack),
    };
}

static const char *find_source(struct model *model, struct sql_statements *statements, const char *text, const char *column)
{
    struct source source;
    if (!source_of_result(sql_statements_get(statements, text), column, &source) || strcasecmp(source.column, column) == 0)
        return NULL;
    char *name = alloc_format("%s%s%s", source.table, source.table[0] ? "." : "", source.column);
    const char *interned = text_intern_string(&model->pool, name);
    free(name);
    return interned;
}

static bool same_name(uint32_t value, const void *data)
{
    const struct named *const *w = data;
    const struct named *a = &w[0][value];
    return a->text == w[1]->text && a->column == w[1]->column;
}

/* What the name of the parent's column stands for, where that is another one: a mapper's alias says nothing to a reader. */
static void name_source(struct advised *advised, struct model *model, struct sql_statements *statements,
                        const struct model_finding *f)
{
    struct model_edge *e = f->edge != MODEL_NONE ? &model->edges[f->edge] : NULL;
    struct named named = {.text = e ? whole_text(model, e->parent) : NULL, .column = e ? e->column_name : NULL};
    const struct named *wanted[] = {advised->named, &named};
    uint32_t index;
    if (!named.text || !named.column || e->column_source)
        return;
    uint64_t key = hash_mix((uintptr_t)named.text, (uintptr_t)named.column);
    if (!map_find(&advised->names, key, same_name, wanted, &index)) {
        named.source = find_source(model, statements, named.text, named.column);
        ALLOC_GROW(advised->named, advised->named_count, advised->named_capacity);
        advised->named[index = advised->named_count++] = named;
        map_add(&advised->names, key, index);
    }
    e->column_source = advised->named[index].source;
}

static void assign(struct advised *advised, const struct company *company, struct model *model, struct sql_statements *statements,
                   uint32_t finding)
{
    struct model_finding *f = &model->findings[finding];
    struct advice_input input = input_of(company, advised->marks, statements, model, f);
    struct wanted wanted = {advised, &input};
    uint64_t key = key_of(&input);
    uint32_t index;
    if (map_find(&advised->map, key, same_input, &wanted, &index)) {
        f->advice = model->findings[advised->given[index].finding].advice;
        return;
    }
    struct advice advice = advice_give(&input, statements);
    f->advice.strategy = advice.strategy;
    f->advice.joins = advice.joins;
    f->advice.text = text_intern_string(&model->pool, advice.text);
    f->advice.sql = text_intern_string(&model->pool, advice.sql);
    free(advice.text);
    free(advice.sql);
    ALLOC_GROW(advised->given, advised->count, advised->capacity);
    advised->given[advised->count] = (struct given){.input = input, .finding = finding};
    map_add(&advised->map, key, advised->count++);
}

void advice_assign(struct model *model, struct sql_statements *statements)
{
    struct advised advised = {.count = 0};
    struct company *company = company_create(model);
    advised.marks = orm_mark(model->frames, model->frame_count);
    for (uint32_t i = 0; i < model->finding_count; i++) {
        sql_statements_trim(statements);
        name_source(&advised, model, statements, &model->findings[i]);
        assign(&advised, company, model, statements, i);
    }
    company_destroy(company);
    map_finish(&advised.map);
    map_finish(&advised.names);
    free(advised.named);
    free(advised.given);
}
