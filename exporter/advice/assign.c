#include "exporter/advice/assign.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/advice/advice.h"
#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/map.h"

/* Many groups run one statement, each from a stack of its own: they share the advice. */
struct given {
    struct advice_input input;
    uint32_t finding; /* that got the advice first */
};

struct advised {
    struct map map; /* of indices of `given` */
    struct given *given;
    uint32_t count, capacity;
};

struct wanted {
    const struct advised *advised;
    const struct advice_input *input;
};

/* Texts of a model that are equal have the same address. */
static bool same_input(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    const struct advice_input *a = &w->advised->given[value].input;
    const struct advice_input *b = w->input;
    return a->kind == b->kind && a->statement == b->statement && a->statement_cut == b->statement_cut && a->system == b->system &&
           a->shape.has_rows == b->shape.has_rows && a->shape.has_one_row == b->shape.has_one_row &&
           a->shape.has_many == b->shape.has_many && a->shape.repeats_values == b->shape.repeats_values &&
           a->parameter == b->parameter && a->parent_column == b->parent_column && a->parent_statement == b->parent_statement &&
           a->parent_is_elsewhere == b->parent_is_elsewhere && a->parent_is_tied == b->parent_is_tied &&
           a->parent_is_itself == b->parent_is_itself && a->orm.orm == b->orm.orm && a->orm.is_lazy == b->orm.is_lazy;
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

static struct advice_input input_of(const struct model *model, const struct model_finding *f)
{
    const struct model_group *g = &model->groups[f->group];
    const struct model_statement *s = &model->statements[g->statement];
    const struct model_edge *e = f->edge != MODEL_NONE ? &model->edges[f->edge] : NULL;
    bool elsewhere = f->parent != MODEL_NONE && model->groups[f->parent].database != g->database;
    return (struct advice_input){
        .kind = f->kind,
        .statement = s->text,
        .statement_cut = s->length > strlen(s->text),
        .system = system_of(g->database != MODEL_NONE ? model->databases[g->database].system : 0),
        .shape = advice_shape_of(g->executions, g->rows, g->distinct_values),
        .parameter = e && e->parameter_is_shown ? e->parameter : 0,
        .parent_column = e && !f->is_tied ? e->column_name : NULL,
        .parent_is_tied = f->is_tied,
        .parent_is_itself = f->parent == f->group,
        .parent_is_elsewhere = elsewhere,
        .parent_statement = f->parent == MODEL_NONE || f->parent == f->group || elsewhere ? NULL : whole_text(model, f->parent),
        .orm = orm_recognise(model, g->stack),
    };
}

static void assign(struct advised *advised, struct model *model, struct sql_statements *statements, uint32_t finding)
{
    struct model_finding *f = &model->findings[finding];
    struct advice_input input = input_of(model, f);
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
    orm_mark(model->frames, model->frame_count);
    for (uint32_t i = 0; i < model->finding_count; i++) {
        sql_statements_trim(statements);
        assign(&advised, model, statements, i);
    }
    map_finish(&advised.map);
    free(advised.given);
}
