#include "exporter/build/merge/merge.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/advice/parameter.h"
#include "exporter/base/alloc.h"
#include "exporter/base/map.h"
#include "exporter/build/merge/same.h"
#include "exporter/build/merge/stacks.h"
#include "exporter/build/places/queued.h"
#include "exporter/recording/recording.h"

/* What a place did in the present recording. */
struct here {
    uint32_t recording; /* its number, from 1 */
    uint64_t distinct_values;
    uint64_t unit_max, unit_executions_max; /* all copies of the place together */
    bool loops;                             /* one of them does by itself */
};

struct merge {
    struct model *model;
    struct sql_statements *parsed;
    struct workers *workers;
    struct stacks *stacks;
    struct map statements;
    struct map databases;
    struct map groups;
    struct map edges;
    struct map visits;
    struct map tallies;
    uint32_t recordings;
    struct here *here; /* by group */
    uint32_t here_capacity;
    uint32_t statement_capacity;
    uint32_t database_capacity;
    uint32_t group_capacity;
    uint32_t edge_capacity;
    uint32_t visit_capacity;
    uint32_t tally_capacity;
};

struct merge *merge_create(struct model *model, const struct ownership *ownership, struct sql_statements *parsed,
                           struct workers *workers)
{
    struct merge *m = alloc_zeroed(1, sizeof *m);
    m->model = model;
    m->parsed = parsed;
    m->workers = workers;
    m->stacks = stacks_create(model, ownership);
    return m;
}

void merge_destroy(struct merge *m)
{
    if (!m)
        return;
    stacks_destroy(m->stacks);
    map_finish(&m->statements);
    map_finish(&m->databases);
    map_finish(&m->groups);
    map_finish(&m->edges);
    map_finish(&m->visits);
    map_finish(&m->tallies);
    free(m->here);
    free(m);
}

/* The text is part of the identity: fingerprints from a damaged file may be anything. */
static bool same_statement(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    const struct model_statement *a = &w->model->statements[value];
    const struct model_statement *b = w->element;
    return a->fingerprint == b->fingerprint && a->verb == b->verb && same_text(a->text, b->text);
}

static uint32_t add_statement(struct merge *m, const struct recording_statement *s)
{
    struct model *model = m->model;
    struct model_statement statement = {s->fingerprint, s->text, s->length, s->verb, s->facts};
    struct wanted wanted = {model, &statement};
    uint64_t key = mix_text(s->fingerprint, s->text);
    uint32_t index;
    if (map_find(&m->statements, key, same_statement, &wanted, &index))
        return index;
    ALLOC_GROW(model->statements, model->statement_count, m->statement_capacity);
    model->statements[model->statement_count] = statement;
    map_add(&m->statements, key, model->statement_count);
    return model->statement_count++;
}

static bool same_database(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    const struct model_database *a = &w->model->databases[value];
    const struct model_database *b = w->element;
    return a->system == b->system && same_text(a->name, b->name) && same_text(a->host, b->host);
}

static uint32_t add_database(struct merge *m, const struct recording_database *d)
{
    struct model *model = m->model;
    struct model_database database = {d->system, d->name, d->host};
    struct wanted wanted = {model, &database};
    uint64_t key = mix_text(mix_text(d->system, d->name), d->host);
    uint32_t index;
    if (map_find(&m->databases, key, same_database, &wanted, &index))
        return index;
    ALLOC_GROW(model->databases, model->database_count, m->database_capacity);
    model->databases[model->database_count] = database;
    map_add(&m->databases, key, model->database_count);
    return model->database_count++;
}

static bool same_group(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    const struct model_group *a = &w->model->groups[value];
    const struct model_group *b = w->element;
    return a->statement == b->statement && a->stack == b->stack && a->database == b->database;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* A compiler unrolls a loop, peels its first turn, or writes a recursion out: then one place has several addresses, and is
 * several groups of the agent's. What each did is added up within one recording, and in a unit of work where one of them loops:
 * the same line in several branches, or several calls in one line, need not be a loop. Values that another copy had asked for are
 * not counted again.
 */
static void add_here(struct merge *m, uint32_t group, const struct model_group *g)
{
    struct model_group *all = &m->model->groups[group];
    struct here *here = &m->here[group];
    if (here->recording != m->recordings)
        *here = (struct here){.recording = m->recordings};
    here->distinct_values = sum(here->distinct_values, less(g->distinct_values, g->facts.repeated_elsewhere));
    here->unit_max = sum(here->unit_max, less(g->unit_max, g->facts.repeated_elsewhere));
    here->unit_executions_max = sum(here->unit_executions_max, g->unit_executions_max);
    /* The same question after each write (the next job) is asked by copies, too: then no more is known than that it is the same.
     */
    here->loops = here->loops || (g->unit_max > 1 && g->distinct_values > 1);
    all->distinct_in_process = larger(all->distinct_in_process, g->distinct_values);
    if (!here->loops)
        return;
    all->distinct_in_process = larger(all->distinct_in_process, here->distinct_values);
    all->unit_max = larger(all->unit_max, here->unit_max);
    all->unit_executions_max = larger(all->unit_executions_max, here->unit_executions_max);
}

static uint32_t add_group(struct merge *m, const struct model_group *g)
{
    struct model *model = m->model;
    struct wanted wanted = {model, g};
    uint64_t key = hash_mix((uint64_t)g->statement << 32 | g->stack, g->database);
    uint32_t index;
    if (!map_find(&m->groups, key, same_group, &wanted, &index)) {
        ALLOC_GROW(model->groups, model->group_count, m->group_capacity);
        ALLOC_GROW(m->here, model->group_count, m->here_capacity);
        m->here[model->group_count] = (struct here){0};
        model->groups[model->group_count] = *g;
        map_add(&m->groups, key, model->group_count);
        add_here(m, model->group_count, g);
        return model->group_count++;
    }
    struct model_group *old = &model->groups[index];
    old->threshold = larger(old->threshold, g->threshold);
    sums_add(COUNTERS_GROUP, old->counters, g->counters);
    sums_add(COUNTERS_FACTS, old->facts.all, g->facts.all);
    old->repeated_in_process = larger(old->repeated_in_process, g->repeated_in_process);
    old->has_stack = old->has_stack || g->has_stack;
    add_here(m, index, g);
    return index;
}

static bool same_edge(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    const struct model_edge *a = &w->model->edges[value];
    const struct model_edge *b = w->element;
    return a->parent == b->parent && a->child == b->child && a->column == b->column && a->parameter == b->parameter &&
           a->parameter_is_shown == b->parameter_is_shown;
}

static void add_edge(struct merge *m, const struct model_edge *e)
{
    struct model *model = m->model;
    struct wanted wanted = {model, e};
    uint64_t key = hash_mix((uint64_t)e->parent << 32 | e->child, (uint64_t)e->column << 32 | e->parameter);
    uint32_t index;
    if (!map_find(&m->edges, key, same_edge, &wanted, &index)) {
        ALLOC_GROW(model->edges, model->edge_count, m->edge_capacity);
        model->edges[model->edge_count] = *e;
        map_add(&m->edges, key, model->edge_count++);
        return;
    }
    struct model_edge *old = &model->edges[index];
    old->column_name = old->column_name ? old->column_name : e->column_name;
    /* A proof holds in one process: matches by chance in each of several are none. */
    uint64_t distinct = larger(old->distinct_values, e->distinct_values);
    uint64_t bits = larger(old->bits, e->bits);
    sums_add(COUNTERS_EDGE, old->counters, e->counters);
    old->distinct_values = distinct;
    old->bits = bits;
}

static bool same_visit(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    const struct model_visit *a = &w->model->visits[value];
    const struct model_visit *b = w->element;
    return a->group == b->group && a->allows == b->allows && same_text(a->scope, b->scope);
}

static void add_visit(struct merge *m, const struct model_visit *v)
{
    struct model *model = m->model;
    struct wanted wanted = {model, v};
    uint64_t key = mix_text(v->group, v->scope);
    uint32_t index;
    if (!map_find(&m->visits, key, same_visit, &wanted, &index)) {
        ALLOC_GROW(model->visits, model->visit_count, m->visit_capacity);
        model->visits[model->visit_count] = *v;
        map_add(&m->visits, key, model->visit_count++);
        return;
    }
    sums_add(COUNTERS_VISIT, model->visits[index].counters, v->counters);
}

static bool same_tally(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    const struct model_tally *a = &w->model->tallies[value];
    const struct model_tally *b = w->element;
    return a->group == b->group && a->name == b->name;
}

static void add_tally(struct merge *m, uint32_t group, const struct recording_tally *t)
{
    struct model *model = m->model;
    struct model_tally tally = {.group = group, .name = t->name, .count = t->count};
    struct wanted wanted = {model, &tally};
    uint64_t key = hash_mix(group, (uintptr_t)t->name);
    uint32_t index;
    if (t->kind == NPLUS1__TALLY_KIND__TALLY_BYTES_IN)
        model->groups[group].bytes_in = sum(model->groups[group].bytes_in, t->count);
    if (t->kind == NPLUS1__TALLY_KIND__TALLY_BYTES_OUT)
        model->groups[group].bytes_out = sum(model->groups[group].bytes_out, t->count);
    if (t->kind != NPLUS1__TALLY_KIND__TALLY_ERRORS)
        return;
    if (map_find(&m->tallies, key, same_tally, &wanted, &index)) {
        sums_add(COUNTERS_TALLY, model->tallies[index].counters, t->counters);
        return;
    }
    ALLOC_GROW(model->tallies, model->tally_count, m->tally_capacity);
    model->tallies[model->tally_count] = tally;
    map_add(&m->tallies, key, model->tally_count++);
}

/* A native walk that fails leaves the caller of the library alone: that may be a helper which everything goes through. */
static bool has_stack(const struct recording *r, uint32_t stack)
{
    const struct recording_stack *s = stack != RECORDING_NONE ? &r->stacks.at[stack] : NULL;
    if (!s)
        return false;
    return s->parent != RECORDING_NONE || s->truncated || s->frame == RECORDING_NONE ||
           r->frames.at[s->frame].language != NPLUS1__LANGUAGE__LANGUAGE_NATIVE;
}

static uint32_t *merge_groups(struct merge *m, const struct recording *r, const uint32_t *nodes)
{
    static const struct fact_sums no_facts;
    static const struct recording_statement lost = {0, "(the statement is missing from the recording)", 0, 0, 0};
    uint32_t *statements = alloc_resize(NULL, r->statements.count, sizeof *statements);
    uint32_t *databases = alloc_resize(NULL, r->databases.count, sizeof *databases);
    uint32_t *groups = alloc_resize(NULL, r->groups.count, sizeof *groups);
    uint32_t *stacks = queued_stacks(m->model, r, nodes);
    for (uint32_t i = 0; i < r->statements.count; i++)
        statements[i] = add_statement(m, &r->statements.at[i]);
    for (uint32_t i = 0; i < r->databases.count; i++)
        databases[i] = add_database(m, &r->databases.at[i]);
    for (uint32_t i = 0; i < r->groups.count; i++) {
        const struct recording_group *g = &r->groups.at[i];
        struct model_group group = {
            .statement = g->statement != RECORDING_NONE ? statements[g->statement] : add_statement(m, &lost),
            .database = g->database != RECORDING_NONE ? databases[g->database] : MODEL_NONE,
            .stack = stacks[i],
            .has_stack = has_stack(r, g->stack),
            .location = MODEL_NONE,
            .edge = MODEL_NONE,
            .second = MODEL_NONE,
            .also = MODEL_NONE,
            .companion = MODEL_NONE,
            .finding = MODEL_NONE,
            .next_of_finding = MODEL_NONE,
            .threshold = r->threshold ? r->threshold : VERDICT_DEFAULT_THRESHOLD,
            .facts = g->facts ? r->facts.at[g->facts - 1] : no_facts,
        };
        memcpy(group.counters, g->counters.counters, sizeof group.counters);
        group.repeated_in_process = group.repeated + group.facts.repeated_elsewhere;
        groups[i] = add_group(m, &group);
        if (m->workers)
            workers_add(m->workers,
                        &(struct share){groups[i], r->pid, r->parent_pid, r->grandparent_pid, group.executions, group.rows});
    }
    free(stacks);
    free(databases);
    free(statements);
    return groups;
}

/* The number of the edge's parameter in the text that is shown, 0: not known. */
static uint32_t shown_parameter(const struct merge *m, uint32_t child, const struct recording_edge *e)
{
    const struct model_statement *s = &m->model->statements[m->model->groups[child].statement];
    sql_statements_trim(m->parsed);
    return parameter_shown(sql_statements_get(m->parsed, s->text), e->parameter, s->length > strlen(s->text) ? 0 : e->sent_count);
}

void merge_recording(struct merge *m, const struct recording *r)
{
    m->recordings++;
    uint32_t *nodes = stacks_merge(m->stacks, r);
    uint32_t *groups = merge_groups(m, r, nodes);
    for (uint32_t i = 0; i < r->edges.count; i++) {
        const struct recording_edge *e = &r->edges.at[i];
        uint32_t shown = shown_parameter(m, groups[e->child], e);
        add_edge(m, &(struct model_edge){
                        .parent = groups[e->parent],
                        .child = groups[e->child],
                        .column = e->column,
                        .parameter = shown ? shown : e->parameter,
                        .parameter_is_shown = shown != 0,
                        .column_name = e->column_name && e->column_name[0] ? e->column_name : NULL,
                        .next_companion = MODEL_NONE,
                        .sums = e->sums,
                    });
    }
    for (uint32_t i = 0; i < r->tallies.count; i++)
        add_tally(m, groups[r->tallies.at[i].group], &r->tallies.at[i]);
    for (uint32_t i = 0; i < r->visits.count; i++) {
        const struct recording_visit *v = &r->visits.at[i];
        m->model->is_suite = m->model->is_suite || r->scopes.at[v->scope].judged;
        add_visit(m, &(struct model_visit){.group = groups[v->group],
                                           .scope = r->scopes.at[v->scope].name,
                                           .allows = r->scopes.at[v->scope].allows,
                                           .executions = v->executions,
                                           .stays = v->stays});
    }
    free(groups);
    free(nodes);
}
