#include "agent/evidence/judge.h"

#include "agent/base/memory.h"
#include "agent/evidence/edges.h"
#include "agent/evidence/finding.h"
#include "agent/process/thread.h"
#include "agent/recording/recording.h"

/* By their ids, from 1 on. */
struct seen_edge {
    struct edge_sums sums;
    uint32_t parent, child;
};

struct seen_group {
    struct group *group; /* NULL: none of its shares fitted */
    struct finding_numbers numbers;
    uint32_t edge; /* the best one; 0: none */
    struct verdict verdict;
};

struct seen {
    struct seen_group *groups;
    struct seen_edge *edges;
    uint32_t last_group, last_edge;
};

static void add_thread(struct thread *thread, void *argument)
{
    struct seen *seen = argument;
    const struct table_slots *slots = table_slots_now(&thread->groups);
    struct group_shard *shard;
    uint64_t key, *words;

    for (size_t at = 0; (shard = table_next(slots, &at, &key));) {
        if (shard->group->id > seen->last_group)
            continue;
        seen->groups[shard->group->id].group = shard->group;
        finding_add(&seen->groups[shard->group->id].numbers, shard);
    }
    slots = table_slots_now(&thread->edges);
    for (size_t at = 0; (words = table_next(slots, &at, &key));) {
        struct edge_sums sums;
        if (key >> 4 > seen->last_edge) /* see edges.c */
            continue;
        sums_read(COUNTERS_EDGE, sums.all, words);
        sums_add(COUNTERS_EDGE, seen->edges[key >> 4].sums.all, sums.all);
    }
}

static struct evidence_edge evidence_of(const struct seen *seen, uint32_t edge)
{
    return (struct evidence_edge){.sums = edge ? &seen->edges[edge].sums : NULL,
                                  .from_itself = seen->edges[edge].parent == seen->edges[edge].child};
}

/* The first of equals, as readers choose where no name tells more. */
static void choose_edges(struct seen *seen)
{
    for (uint32_t i = 1; i <= seen->last_edge; i++) {
        uint32_t *best;
        edges_ends(i, &seen->edges[i].parent, &seen->edges[i].child);
        best = &seen->groups[seen->edges[i].child].edge;
        if (!*best || evidence_compare(evidence_of(seen, i), evidence_of(seen, *best)) > 0)
            *best = i;
    }
}

static bool step(const void *context, uintptr_t *group, struct evidence_level *ret)
{
    const struct seen *seen = context;
    uint32_t edge = seen->groups[*group].edge;
    const struct seen_group *parent;

    if (!edge || !evidence_holds(evidence_of(seen, edge)))
        return false;
    *group = seen->edges[edge].parent;
    parent = &seen->groups[*group];
    *ret = (struct evidence_level){seen->edges[edge].sums, parent->numbers.counters.executions,
                                   parent->numbers.counters.distinct_values,
                                   parent->group && parent->group->statement->has_limit};
    return true;
}

static struct verdict decide(const struct seen *seen, uint32_t id, bool parent_loops)
{
    const struct seen_group *g = &seen->groups[id];
    struct evidence_edge edge = evidence_of(seen, g->edge);

    edge.parent_loops = parent_loops;
    return finding_decide(g->group, &g->numbers, edge, evidence_fan_out(step, seen, id), VERDICT_CONFIDENCE_NONE);
}

/* A verdict may depend on that of the parent. */
static void decide_all(struct seen *seen)
{
    for (uint32_t id = 1; id <= seen->last_group; id++) {
        if (seen->groups[id].group)
            seen->groups[id].verdict = decide(seen, id, false);
    }
    for (uint32_t id = 1; id <= seen->last_group; id++) {
        struct seen_group *g = &seen->groups[id];
        if (g->group && !g->verdict.kind && g->edge &&
            seen->groups[seen->edges[g->edge].parent].verdict.kind == VERDICT_N_PLUS_ONE)
            g->verdict = decide(seen, id, true);
    }
}

static void write_changed(const struct seen *seen)
{
    for (uint32_t id = 1; id <= seen->last_group; id++) {
        const struct seen_group *g = &seen->groups[id];
        if (g->group && GROUP_REPORTED(g->verdict.kind, g->verdict.confidence) != g->group->reported)
            finding_write(g->group, g->verdict, g->edge, g->numbers.counters.executions);
    }
}

void judge_all(void)
{
    struct seen seen = {0};
    size_t groups, edges;

    if (!lock_take_within(&recording_lock, RECORDING_EXIT_WAIT_NS))
        return;
    seen.last_group = group_last();
    seen.last_edge = edges_last();
    groups = (seen.last_group + (size_t)1) * sizeof *seen.groups;
    edges = (seen.last_edge + (size_t)1) * sizeof *seen.edges;
    if (seen.last_group == 0 || recording_is_full() || !(seen.groups = memory_map(groups)) || !(seen.edges = memory_map(edges)))
        goto out;
    thread_each(add_thread, &seen);
    choose_edges(&seen);
    decide_all(&seen);
    write_changed(&seen);
out:
    memory_unmap(seen.edges, edges);
    memory_unmap(seen.groups, groups);
    lock_release(&recording_lock);
}
