#include "verdict.h"

#define VERB_SELECT 1 /* of enum Verb in nplus1.proto; the generated header is not needed for one number */

static bool at_least_90_percent(uint64_t part, uint64_t whole)
{
    return whole > 0 && part >= whole - whole / 10;
}

/* The children's values stand in one column of an earlier result set, several of them for one execution of the parent. That may
 * be the statement itself: a tree that is walked node by node. */
static bool is_proven(const struct verdict_evidence *e)
{
    return at_least_90_percent(e->edge_matches, e->edge_judged) && e->edge_distinct >= 2 && e->edge_max_per_episode >= 2;
}

/* Each execution takes its parameter from the one before, one for each: the next page. The first page has no source, so half is
 * enough. */
static bool is_pagination(const struct verdict_evidence *e)
{
    return e->edge_from_itself && e->edge_matches > 0 && e->edge_matches >= e->edge_judged - e->edge_judged / 2;
}

struct verdict verdict_decide(const struct verdict_evidence *e, uint64_t threshold)
{
    const struct verdict none = {VERDICT_NONE, VERDICT_CONFIDENCE_NONE};

    if (threshold < 2)
        threshold = 2;
    if (e->verb != VERB_SELECT || e->executions < 2 || e->distinct_values < 2)
        return none;
    if (e->batched >= e->executions - e->executions / 2)
        return none;
    if (is_proven(e))
        return (struct verdict){VERDICT_N_PLUS_ONE, VERDICT_PROVEN};
    if (is_pagination(e))
        return none;
    if (e->unit_max >= threshold)
        return (struct verdict){VERDICT_N_PLUS_ONE, e->has_stack ? VERDICT_LIKELY : VERDICT_POSSIBLE};
    if (e->executions >= threshold && e->distinct_values >= threshold)
        return (struct verdict){VERDICT_N_PLUS_ONE, VERDICT_POSSIBLE};
    return none;
}
