#include "exporter/build/findings.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/advice/assign.h"
#include "exporter/base/alloc.h"
#include "exporter/base/radix.h"
#include "exporter/build/databases.h"
#include "exporter/build/edges.h"
#include "exporter/build/places/loop.h"
#include "exporter/build/repeats.h"
#include "exporter/build/signature.h"
#include "exporter/model/chain.h"
#include "exporter/model/system.h"
#include "exporter/stream/evidence.h"
#include "exporter/ownership/plumbing.h"

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

/* No mapper between the database and the place asks. */
static bool asks_itself(const struct model *model, const struct model_group *g)
{
    uint32_t node = g->stack;
    for (; node != MODEL_NONE; node = model->nodes[node].parent) {
        const struct model_frame *frame = &model->frames[model->nodes[node].frame];
        const char *path = frame->file ? frame->file : frame->module;
        if (model->nodes[node].frame == g->location)
            return !path || !plumbing_holds(path);
        if (path && plumbing_is_mapper(path))
            return false;
    }
    return false;
}

/* A unit of work that has a name is told apart from others, whoever asks for it. */
static bool has_scopes(const struct model *model, const struct model_group *g)
{
    uint64_t executions = 0;
    for (uint32_t i = 0; i < g->visit_count; i++)
        executions += model->visits[g->visit + i].executions;
    return executions >= g->executions;
}

static bool in_request(const struct model *model, const struct model_group *g)
{
    return g->stack != MODEL_NONE && model->nodes[g->stack].request != MODEL_NONE && !has_scopes(model, g);
}

/* parent_loops: the group that its values come from is one of many in a loop. */
static struct verdict decide(const struct model *model, uint32_t group, struct repeats repeats, uint32_t text, bool parent_loops)
{
    const struct model_group *g = &model->groups[group];
    const struct model_database *d = g->database != MODEL_NONE ? &model->databases[g->database] : NULL;
    const struct system *system = system_of(d ? d->system : 0);
    const struct evidence_subject subject = {
        .verb = model->statements[g->statement].verb,
        .text = text,
        .has_stack = g->has_stack,
        .is_remote = system->is_remote,
        .is_memory = system->memory && d->name && strcmp(d->name, system->memory) == 0,
    };
    struct evidence_edge edge = g->edge != MODEL_NONE ? chain_evidence(&model->edges[g->edge]) : (struct evidence_edge){0};
    edge.parent_loops = parent_loops;
    struct verdict_evidence evidence = evidence_build(&subject, g->counters, g->facts.all, edge, chain_fan_out(model, group));
    evidence.distinct_values = g->handed_out ? g->distinct_values : g->distinct_in_process;
    evidence.repeated = g->repeated_in_process + 1 >= g->threshold ? g->repeated : 0;
    evidence.asks_schema_itself = text & VERDICT_TEXT_SCHEMA && asks_itself(model, g);
    evidence.repeated_elsewhere = repeats.repeated;
    evidence.executions_elsewhere = repeats.executions;
    evidence.handed_out = g->handed_out;
    evidence.in_request = in_request(model, g);
    evidence.parent_in_request = g->edge != MODEL_NONE && !chain_leaves_request(model, &model->edges[g->edge]);
    return verdict_decide(&evidence, g->threshold);
}

/* A recursion's site has several stacks: number them in the order in which they first ran, so that none is the name of another
 * site of the same function (signature_name_sites). The items are by signature; true: they no longer are. */
static bool separate_signatures(struct radix_item *items, uint32_t count)
{
    uint64_t first = 0;
    uint64_t ordinal = 0;
    bool changed = false;
    for (uint32_t i = 0; i < count; i++) {
        ordinal = i > 0 && items[i].key == first ? ordinal + 1 : 0;
        first = items[i].key;
        if (ordinal > 0)
            items[i].key = hash_mix(~first, ordinal);
        changed = changed || ordinal > 0;
    }
    return changed;
}

/* What is allowed comes last, most executions first, then by signature. They stay where they are until the order is known: they
 * are large, and many. */
static void sort_findings(struct model *model)
{
    const uint32_t count = model->finding_count;
    struct radix_item *items = alloc_resize(NULL, count, sizeof *items);
    struct model_finding *sorted = alloc_resize(NULL, count, sizeof *sorted);
    for (uint32_t i = 0; i < count; i++) {
        model->findings[i].first = model->findings[i].signature;
        items[i] = (struct radix_item){model->findings[i].signature, i};
    }
    radix_sort(items, count);
    if (separate_signatures(items, count))
        radix_sort(items, count);
    for (uint32_t i = 0; i < count; i++) {
        struct model_finding *f = &model->findings[items[i].value];
        f->signature = items[i].key;
        items[i].key = ~f->executions_everywhere;
    }
    radix_sort(items, count);
    for (uint32_t i = 0; i < count; i++)
        items[i].key = model->findings[items[i].value].allowed != NULL;
    radix_sort(items, count);
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = model->findings[items[i].value];
        model_set_finding(model, &sorted[i], i);
    }
    free(items);
    free(model->findings);
    model->findings = sorted;
}

/* The edge to the parent, which is the place itself where a tree is walked node by node. */
static const struct model_edge *edge_of_finding(const struct model *model, uint32_t group, struct verdict verdict)
{
    uint32_t edge = model->groups[group].edge;
    bool is_proven_loop = verdict.kind == VERDICT_N_PLUS_ONE && verdict.confidence == VERDICT_PROVEN;
    if (is_proven_loop && edge != MODEL_NONE && model->edges[edge].parent == group)
        return &model->edges[edge];
    return chain_edge(model, group);
}

/* Migrations and the like, of which no function is the program's own: nobody who gets this finding can change it. */
static bool is_setup(const struct model *model, uint32_t group)
{
    bool any = false;
    for (uint32_t node = model->groups[group].stack; node != MODEL_NONE; node = model->nodes[node].parent) {
        const struct model_frame *frame = &model->frames[model->nodes[node].frame];
        if (frame->in_app || frame->is_main)
            return false;
        any = any || frame->is_setup;
    }
    return any;
}

/* Executions outside of what the program allows make a finding. */
static void note_allowances(struct model *model)
{
    uint64_t *meant = alloc_zeroed(model->group_count, sizeof *meant);
    const char **reasons = alloc_zeroed(model->group_count, sizeof *reasons);
    for (uint32_t i = 0; i < model->visit_count; i++) {
        const struct model_visit *v = &model->visits[i];
        if (!v->allows)
            continue;
        meant[v->group] += v->executions;
        reasons[v->group] = v->scope;
    }
    for (uint32_t i = 0; i < model->finding_count; i++) {
        struct model_finding *f = &model->findings[i];
        if (reasons[f->group] && meant[f->group] >= f->executions)
            f->allowed = reasons[f->group];
        f->is_setup = !f->allowed && is_setup(model, f->group);
        if (f->is_setup)
            f->allowed = "a package sets the database up, and no line of the program's own has part in it";
    }
    free(reasons);
    free(meant);
}

void findings_decide(struct model *model, struct sql_statements *parsed)
{
    uint32_t capacity = 0;
    signature_name_sites(model);
    edges_choose(model, parsed);
    uint32_t *texts = search_texts(model);
    struct verdict *verdicts = alloc_zeroed(model->group_count, sizeof *verdicts);
    for (uint32_t i = 0; i < model->group_count; i++)
        verdicts[i] = decide(model, i, (struct repeats){0}, texts[model->groups[i].statement], false);
    for (uint32_t i = 0; i < model->group_count; i++) {
        uint32_t edge = model->groups[i].edge;
        if (verdicts[i].kind == VERDICT_NONE && edge != MODEL_NONE &&
            verdicts[model->edges[edge].parent].kind == VERDICT_N_PLUS_ONE &&
            verdicts[model->edges[edge].parent].confidence > VERDICT_POSSIBLE)
            verdicts[i] = decide(model, i, (struct repeats){0}, texts[model->groups[i].statement], true);
    }
    struct repeats *repeats = repeats_find(model, verdicts);
    for (uint32_t i = 0; i < model->group_count; i++) {
        struct verdict verdict = verdicts[i];
        if (verdict.kind == VERDICT_NONE && repeats[i].repeated > 0)
            verdict = decide(model, i, repeats[i], texts[model->groups[i].statement], false);
        if (verdict.kind == VERDICT_NONE)
            continue;
        const struct model_group *g = &model->groups[i];
        const struct model_edge *e = edge_of_finding(model, i, verdict);
        uint64_t time_ns = g->time_ns + (verdict.kind == VERDICT_WRITE_LOOP ? g->facts.commit_ns : 0);
        ALLOC_GROW(model->findings, model->finding_count, capacity);
        model->findings[model->finding_count++] = (struct model_finding){
            .kind = verdict.kind,
            .confidence = verdict.confidence,
            .signature = signature_compute(model, verdict.kind, i),
            .group = i,
            .parent = e ? e->parent : MODEL_NONE,
            .edge = e ? g->edge : MODEL_NONE,
            .root = verdict.kind == VERDICT_N_PLUS_ONE ? chain_root(model, i) : i,
            .loop = MODEL_NONE,
            .is_tied = e && edges_are_tied(model, i, parsed),
            .executions = g->executions,
            .distinct_values = g->distinct_values,
            .episodes = e ? e->episodes : g->units,
            .max_per_episode = e ? e->max_per_episode : g->unit_executions_max,
            .time_ns = time_ns,
            .databases = 1,
            .executions_everywhere = g->executions,
            .time_ns_everywhere = time_ns,
            .repeated_elsewhere = verdicts[i].kind == VERDICT_NONE ? repeats[i].repeated : 0,
        };
    }
    free(repeats);
    free(verdicts);
    free(texts);
    if (model->finding_count == 0)
        return;
    /* In the order of their groups, whose stacks are next to each other as a rule. */
    note_allowances(model);
    loops_locate(model);
    advice_assign(model, parsed);
    databases_fold(model);
    sort_findings(model);
    databases_name(model);
}
