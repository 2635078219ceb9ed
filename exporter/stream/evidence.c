#include "exporter/stream/evidence.h"

#include <string.h>

/* Explanations that are as good as each other: so many bits and such a part of them in between. */
#define ALIKE      1
#define ALIKE_PART 16

bool evidence_holds(struct evidence_edge edge)
{
    const struct edge_sums *e = edge.sums;

    return !edge.from_itself && e->distinct_values >= 2 && verdict_is_most(e->matches, e->judged) &&
           verdict_bits(e) >= VERDICT_PROOF_BITS;
}

/* Better first: one that proves, then one that shows a pagination. */
static int rank(struct evidence_edge edge)
{
    const struct edge_sums *e = edge.sums;

    if (evidence_holds(edge))
        return 2;
    return edge.from_itself && e->matches > 0 && e->matches >= e->judged - e->judged / 2 ? 1 : 0;
}

bool evidence_has_much_more(uint64_t bits, uint64_t than)
{
    return bits > than && bits - than > than / ALIKE_PART + ALIKE;
}

int evidence_compare_coverage(const struct edge_sums *a, const struct edge_sums *b)
{
    unsigned __int128 x = (unsigned __int128)a->matches * b->judged;
    unsigned __int128 y = (unsigned __int128)b->matches * a->judged;

    return x < y ? -1 : x > y;
}

int evidence_compare(struct evidence_edge a, struct evidence_edge b)
{
    int ranks = rank(a) - rank(b);

    if (ranks)
        return ranks;
    if (evidence_has_much_more(a.sums->bits, b.sums->bits))
        return 1;
    if (evidence_has_much_more(b.sums->bits, a.sums->bits))
        return -1;
    if (a.sums->preferred != b.sums->preferred)
        return a.sums->preferred > b.sums->preferred ? 1 : -1;
    return evidence_compare_coverage(a.sums, b.sums);
}

struct evidence_fan_out evidence_fan_out(evidence_step step, const void *context, uintptr_t group)
{
    struct evidence_fan_out ret = {0};
    struct evidence_level at;

    for (int level = 0; level < EVIDENCE_LEVELS && ret.most < 2 && step(context, &group, &at); level++) {
        ret.most = at.sums.max_per_episode;
        ret.is_polled = ret.most == 1 && at.parent_has_limit && at.parent_executions > 1 && at.parent_distinct_values <= 1;
    }
    return ret;
}

struct verdict_evidence evidence_build(const struct evidence_subject *subject, const uint64_t counters[COUNTER_LAST],
                                       const uint64_t facts[FACT_LAST], struct evidence_edge edge,
                                       struct evidence_fan_out fan_out)
{
    struct verdict_evidence e = {
        .edge_from_itself = edge.sums && edge.from_itself,
        .parent_loops = edge.sums && edge.parent_loops,
        .verb = subject->verb,
        .text = subject->text,
        .has_stack = subject->has_stack,
        .is_remote = subject->is_remote,
        .is_memory = subject->is_memory,
    };

    memcpy(e.counters, counters, sizeof e.counters);
    memcpy(e.facts, facts, sizeof e.facts);
    e.repeated_elsewhere = 0;
    if (edge.sums) {
        e.edge = *edge.sums;
        e.parent_is_polled = fan_out.is_polled;
        if (fan_out.most > e.edge.max_per_episode)
            e.edge.max_per_episode = fan_out.most;
    }
    return e;
}
