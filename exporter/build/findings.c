#include <stdlib.h>
#include <string.h>

#include "exporter/advice/advise.h"
#include "agent/base/hash.h"
#include "exporter/build/build.h"
#include "exporter/build/places.h"

#define CHAIN_MAX 64 /* levels of nesting that are followed */

static bool holds(const struct model_edge *e)
{
    return e->parent != e->child && e->distinct_values >= 2 && e->judged > 0 && e->matches >= e->judged - e->judged / 10 &&
           e->bits >= VERDICT_PROOF_BITS;
}

/* Best first: one that proves, then one that shows a pagination, then the one that covers most; the later of equals. */
static int rank(const struct model_edge *e)
{
    if (holds(e))
        return e->max_per_episode >= 2 ? 3 : 2;
    return e->parent == e->child && e->matches > 0 && e->matches >= e->judged - e->judged / 2 ? 1 : 0;
}

static bool is_no_worse(const struct model_edge *e, const struct model_edge *than)
{
    int a = rank(e);
    int b = rank(than);
    if (a != b)
        return a > b;
    if (e->bits != than->bits)
        return e->bits > than->bits;
    return (unsigned __int128)e->matches * than->judged >= (unsigned __int128)than->matches * e->judged;
}

static void choose_edges(struct model *model)
{
    for (uint32_t i = 0; i < model->edge_count; i++) {
        uint32_t *best = &model->groups[model->edges[i].child].edge;
        if (*best == MODEL_NONE || is_no_worse(&model->edges[i], &model->edges[*best]))
            *best = i;
    }
}

/* The edge that names the group's parent, NULL when none is sure enough. */
static const struct model_edge *parent_edge(const struct model *model, uint32_t group)
{
    uint32_t edge = model->groups[group].edge;
    return edge != MODEL_NONE && holds(&model->edges[edge]) ? &model->edges[edge] : NULL;
}

uint32_t model_parent(const struct model *model, uint32_t group)
{
    const struct model_edge *edge = parent_edge(model, group);
    return edge ? edge->parent : MODEL_NONE;
}

/* The parent's parent and so on, up to one that has none; cycles end where they began. */
static uint32_t root_of(const struct model *model, uint32_t group)
{
    uint32_t root = group;
    for (int level = 0; level < CHAIN_MAX; level++) {
        const struct model_edge *edge = parent_edge(model, root);
        if (!edge || edge->parent == group)
            break;
        root = edge->parent;
    }
    return root;
}

/* A parent that has one row causes one child; but when it is itself one of many, so is the child. */
static uint64_t fan_out(const struct model *model, uint32_t group)
{
    uint64_t most = 0;
    const struct model_edge *edge;
    for (int level = 0; level < CHAIN_MAX && most < 2 && (edge = parent_edge(model, group)); level++) {
        most = edge->max_per_episode;
        group = edge->parent;
    }
    return most;
}

static struct verdict decide(const struct model *model, uint32_t group, struct places places)
{
    const struct model_group *g = &model->groups[group];
    const struct model_database *d = g->database != MODEL_NONE ? &model->databases[g->database] : NULL;
    struct verdict_evidence evidence = {
        .verb = model->statements[g->statement].verb,
        .has_stack = g->has_stack,
        .executions = g->executions,
        .distinct_values = g->distinct_values,
        .batched = g->batched,
        .repeated = g->repeated,
        .repeated_elsewhere = places.repeated,
        .executions_elsewhere = places.executions,
        .unit_max = g->unit_max,
        .text = model->statements[g->statement].text,
        .is_cut = model->statements[g->statement].length > strlen(model->statements[g->statement].text),
        .is_remote = d && d->system == NPLUS1__SYSTEM__SYSTEM_POSTGRESQL,
        .is_memory = d && d->name && strcmp(d->name, ":memory:") == 0,
        .unit_executions_max = g->unit_executions_max,
        .units_seen = g->facts.units_seen,
        .prepared = g->prepared,
        .transactions = g->facts.transactions,
        .large_lists = g->facts.large_lists,
        .fanout_rows = g->facts.fanout_rows,
        .fanout_parents = g->facts.fanout_parents,
        .fanout_columns = g->facts.fanout_columns,
        .watched_rows = g->facts.watched_rows,
        .unread_rows = g->facts.unread_rows,
        .watched_columns = g->facts.watched_columns,
        .read_columns = g->facts.read_columns,
        .transaction_ns = g->facts.transaction_ns,
        .transaction_busy_ns = g->facts.transaction_busy_ns,
    };
    if (g->edge != MODEL_NONE) {
        const struct model_edge *e = &model->edges[g->edge];
        uint64_t chained = fan_out(model, group);
        evidence.edge_matches = e->matches;
        evidence.edge_judged = e->judged;
        evidence.edge_distinct = e->distinct_values;
        evidence.edge_max_per_episode = chained > e->max_per_episode ? chained : e->max_per_episode;
        evidence.edge_bits = e->bits;
        evidence.edge_from_itself = e->parent == e->child;
    }
    return verdict_decide(&evidence, g->threshold);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_signatures(const void *a, const void *b)
{
    const struct model_finding *x = a;
    const struct model_finding *y = b;
    int order = compare_numbers(x->signature, y->signature);
    return order ? order : compare_numbers(x->group, y->group);
}

static int compare_cost(const void *a, const void *b)
{
    const struct model_finding *x = a;
    const struct model_finding *y = b;
    int order = compare_numbers(y->executions, x->executions);
    return order ? order : compare_numbers(x->signature, y->signature);
}

/* One place can use several databases, and a recursion several stacks: number them in the order in which they first ran, so that
 * none is the name of another place of the same function (signatures_place). */
static void separate_signatures(struct model_finding *findings, uint32_t count)
{
    qsort(findings, count, sizeof *findings, compare_signatures);
    uint64_t first = 0;
    uint64_t ordinal = 0;
    for (uint32_t i = 0; i < count; i++) {
        ordinal = i > 0 && findings[i].signature == first ? ordinal + 1 : 0;
        first = findings[i].signature;
        if (ordinal > 0)
            findings[i].signature = hash_mix(~first, ordinal);
    }
}

void findings_decide(struct model_data *data)
{
    struct model *model = &data->model;
    uint32_t capacity = 0;
    signatures_place(model);
    choose_edges(model);
    struct verdict *verdicts = alloc_zeroed(model->group_count, sizeof *verdicts);
    for (uint32_t i = 0; i < model->group_count; i++)
        verdicts[i] = decide(model, i, (struct places){0});
    struct places *places = places_compare(model, verdicts);
    for (uint32_t i = 0; i < model->group_count; i++) {
        struct verdict verdict = verdicts[i];
        if (verdict.kind == VERDICT_NONE && places[i].repeated > 0)
            verdict = decide(model, i, places[i]);
        if (verdict.kind == VERDICT_NONE)
            continue;
        const struct model_group *g = &model->groups[i];
        const struct model_edge *e = parent_edge(model, i);
        ALLOC_GROW(model->findings, model->finding_count, capacity);
        model->findings[model->finding_count++] = (struct model_finding){
            .kind = verdict.kind,
            .confidence = verdict.confidence,
            .signature = signature_compute(model, verdict.kind, i),
            .group = i,
            .parent = e ? e->parent : MODEL_NONE,
            .edge = e ? g->edge : MODEL_NONE,
            .root = verdict.kind == VERDICT_N_PLUS_ONE ? root_of(model, i) : i,
            .executions = g->executions,
            .distinct_values = g->distinct_values,
            .episodes = e ? e->episodes : g->units,
            .max_per_episode = e ? e->max_per_episode : g->unit_executions_max,
            .time_ns = g->time_ns,
            .repeated_elsewhere = verdicts[i].kind == VERDICT_NONE ? places[i].repeated : 0,
        };
    }
    free(places);
    free(verdicts);
    if (model->finding_count == 0)
        return;
    separate_signatures(model->findings, model->finding_count);
    qsort(model->findings, model->finding_count, sizeof *model->findings, compare_cost);
    for (uint32_t i = 0; i < model->finding_count; i++)
        model->groups[model->findings[i].group].finding = i;
    advise_findings(data);
}
