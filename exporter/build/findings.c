#include "exporter/build/findings.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/advice/assign.h"
#include "exporter/base/alloc.h"
#include "exporter/build/repeats.h"
#include "exporter/build/signature.h"
#include "exporter/model/chain.h"
#include "exporter/model/system.h"

/* Best first: one that proves, then one that shows a pagination, then the one that covers most; the later of equals. */
static int rank(const struct model_edge *e)
{
    if (chain_holds(e))
        return 2;
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

/* The facts about each statement's text, which its groups share. */
static uint32_t *search_texts(const struct model *model)
{
    uint32_t *texts = alloc_zeroed(model->statement_count, sizeof *texts);
    for (uint32_t i = 0; i < model->statement_count; i++) {
        const struct model_statement *s = &model->statements[i];
        texts[i] = verdict_text(s->text, s->length > strlen(s->text)) | s->facts << VERDICT_FACTS;
    }
    return texts;
}

static struct verdict decide(const struct model *model, uint32_t group, struct repeats repeats, uint32_t text)
{
    const struct model_group *g = &model->groups[group];
    const struct model_database *d = g->database != MODEL_NONE ? &model->databases[g->database] : NULL;
    const struct system *system = system_of(d ? d->system : 0);
    struct verdict_evidence evidence = {
        .verb = model->statements[g->statement].verb,
        .has_stack = g->has_stack,
        .executions = g->executions,
        .distinct_values = g->distinct_values,
        .batched = g->batched,
        .repeated = g->repeated,
        .repeated_elsewhere = repeats.repeated,
        .executions_elsewhere = repeats.executions,
        .unit_max = g->unit_max,
        .text = text,
        .is_remote = system->is_remote,
        .is_memory = system->memory && d->name && strcmp(d->name, system->memory) == 0,
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
        uint64_t chained = chain_fan_out(model, group);
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

/* One site can use several databases, and a recursion several stacks: number them in the order in which they first ran, so that
 * none is the name of another site of the same function (signature_name_sites). */
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

void findings_decide(struct model *model, struct sql_statements *parsed)
{
    uint32_t capacity = 0;
    signature_name_sites(model);
    choose_edges(model);
    uint32_t *texts = search_texts(model);
    struct verdict *verdicts = alloc_zeroed(model->group_count, sizeof *verdicts);
    for (uint32_t i = 0; i < model->group_count; i++)
        verdicts[i] = decide(model, i, (struct repeats){0}, texts[model->groups[i].statement]);
    struct repeats *repeats = repeats_find(model, verdicts);
    for (uint32_t i = 0; i < model->group_count; i++) {
        struct verdict verdict = verdicts[i];
        if (verdict.kind == VERDICT_NONE && repeats[i].repeated > 0)
            verdict = decide(model, i, repeats[i], texts[model->groups[i].statement]);
        if (verdict.kind == VERDICT_NONE)
            continue;
        const struct model_group *g = &model->groups[i];
        const struct model_edge *e = chain_edge(model, i);
        ALLOC_GROW(model->findings, model->finding_count, capacity);
        model->findings[model->finding_count++] = (struct model_finding){
            .kind = verdict.kind,
            .confidence = verdict.confidence,
            .signature = signature_compute(model, verdict.kind, i),
            .group = i,
            .parent = e ? e->parent : MODEL_NONE,
            .edge = e ? g->edge : MODEL_NONE,
            .root = verdict.kind == VERDICT_N_PLUS_ONE ? chain_root(model, i) : i,
            .executions = g->executions,
            .distinct_values = g->distinct_values,
            .episodes = e ? e->episodes : g->units,
            .max_per_episode = e ? e->max_per_episode : g->unit_executions_max,
            .time_ns = g->time_ns,
            .repeated_elsewhere = verdicts[i].kind == VERDICT_NONE ? repeats[i].repeated : 0,
        };
    }
    free(repeats);
    free(verdicts);
    free(texts);
    if (model->finding_count == 0)
        return;
    separate_signatures(model->findings, model->finding_count);
    qsort(model->findings, model->finding_count, sizeof *model->findings, compare_cost);
    for (uint32_t i = 0; i < model->finding_count; i++)
        model->groups[model->findings[i].group].finding = i;
    advice_assign(model, parsed);
}
