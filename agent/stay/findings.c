#include "agent/stay/findings.h"

#include "agent/base/memory.h"
#include "agent/stay/baseline.h"
#include "agent/evidence/judge.h"
#include "agent/evidence/lookout.h"
#include "agent/group/group.h"
#include "agent/recording/recording.h"
#include "agent/unit/scope.h"

/* By the ids of groups, from 1 on. */
struct seen {
    const struct group *group; /* NULL: it did not run in the scope */
    const struct group_shard *shard, *parent;
    struct finding_numbers numbers;
    struct edge_sums sums;
    uint32_t edge; /* 0: none */
};

struct look {
    struct seen *seen;
    uint32_t last_group, level, stay;
    const struct thread *but; /* not this one */
};

static void add_edge(struct seen *seen, const struct group_shard *shard, const struct group_shard *parent, uint32_t edge,
                     const struct edge_sums *sums)
{
    if (seen->edge == edge) {
        sums_add(COUNTERS_EDGE, seen->sums.all, sums->all);
    } else if (!seen->edge || sums->matches > seen->sums.matches) {
        seen->edge = edge;
        seen->shard = shard;
        seen->parent = parent;
        seen->sums = *sums;
    }
}

static void add_thread(struct thread *thread, void *argument)
{
    const struct look *look = argument;
    const struct table_slots *slots = table_slots_now(&thread->groups);
    struct group_shard *shard;
    uint64_t key;

    if (thread == look->but)
        return;
    for (size_t at = 0; (shard = table_next(slots, &at, &key));) {
        const struct baseline *baseline = baseline_of(thread, shard, look->level, look->stay);
        const struct group_shard *parent = NULL;
        struct finding_numbers numbers;
        struct edge_sums sums;
        struct seen *seen;
        uint32_t edge;

        if (!baseline || shard->group->id > look->last_group)
            continue;
        baseline_difference(baseline, shard, &numbers, &sums, &edge, &parent);
        if (numbers.counters.executions == 0)
            continue;
        seen = &look->seen[shard->group->id];
        seen->group = shard->group;
        sums_add(COUNTERS_GROUP, seen->numbers.counters.counters, numbers.counters.counters);
        sums_add(COUNTERS_FACTS, seen->numbers.facts.all, numbers.facts.all);
        if (edge)
            add_edge(seen, shard, parent, edge, &sums);
    }
}

/* A scope is one piece of work: what the program's own counters say of others does not count. */
static void be_one_unit(struct counter_sums *counters)
{
    counters->distinct_values = counters->executions - counters->repeated;
    counters->units = 1;
    counters->unit_max = counters->distinct_values;
    counters->unit_executions_max = counters->executions;
    counters->unit_executions_start = counters->unit_repeated_start = 0;
}

static bool decide(struct seen *seen, struct scope_finding *ret)
{
    struct evidence_edge edge = {0};
    struct evidence_fan_out fan_out = {0};

    be_one_unit(&seen->numbers.counters);
    if (seen->edge) {
        if (seen->sums.max_per_episode > seen->sums.matches)
            seen->sums.max_per_episode = seen->sums.matches;
        edge = (struct evidence_edge){&seen->sums, seen->parent->group == seen->group,
                                      seen->parent->group->reported >> 8 == VERDICT_N_PLUS_ONE};
        fan_out = judge_fan_out(seen->shard);
    }
    *ret = (struct scope_finding){.group = seen->group, .numbers = seen->numbers, .matches = seen->sums.matches};
    ret->verdict = finding_decide(seen->group, &seen->numbers, edge, fan_out, VERDICT_CONFIDENCE_NONE);
    if (seen->edge && evidence_holds(edge)) {
        const struct candidate *chosen = seen->shard->lookout->chosen;
        ret->parent = seen->parent->group;
        ret->parent_column = chosen->source->column[chosen->column].name;
        ret->parameter = chosen->slot + 1U;
    }
    return ret->verdict.kind != VERDICT_NONE;
}

static bool comes_before(const struct scope_finding *a, const struct scope_finding *b)
{
    if (a->verdict.confidence != b->verdict.confidence)
        return a->verdict.confidence > b->verdict.confidence;
    return a->numbers.counters.executions > b->numbers.counters.executions;
}

static void put(struct scope_finding *findings, uint32_t count, const struct scope_finding *finding)
{
    uint32_t at = count;

    for (; at > 0 && comes_before(finding, &findings[at - 1]); at--)
        findings[at] = findings[at - 1];
    findings[at] = *finding;
}

static uint32_t decide_all(struct look *look, struct scope_finding **ret)
{
    struct scope_finding finding, *findings;
    uint32_t count = 0, wrong = 0;

    for (uint32_t id = 1; id <= look->last_group; id++) {
        if (look->seen[id].group)
            wrong += decide(&look->seen[id], &finding);
    }
    findings = wrong ? memory_map(wrong * sizeof *findings) : NULL;
    for (uint32_t id = 1; findings && id <= look->last_group; id++) {
        if (look->seen[id].group && decide(&look->seen[id], &finding) && count < wrong)
            put(findings, count++, &finding);
    }
    *ret = findings;
    return count;
}

static bool controls_transactions(enum sql_verb verb)
{
    return verb >= SQL_BEGIN && verb <= SQL_RELEASE;
}

/* False: there is no scope, or no memory. */
static bool look_begin(struct look *look, struct thread *thread)
{
    uint32_t levels = thread->scope_depth < SCOPE_DEPTH ? thread->scope_depth : SCOPE_DEPTH;
    struct look others;

    *look = (struct look){.level = levels - 1};
    if (levels == 0)
        return false;
    lock_take(&recording_lock);
    look->last_group = group_last();
    lock_release(&recording_lock);
    look->seen = memory_map((look->last_group + (size_t)1) * sizeof *look->seen);
    if (!look->seen)
        return false;
    look->stay = scope_stay_at(thread, look->level);
    add_thread(thread, look);
    others = (struct look){look->seen, look->last_group, 0, levels == 1 ? scope_stay_of_others(thread) : 0, thread};
    if (others.stay)
        thread_each(add_thread, &others);
    return true;
}

static void look_end(struct look *look)
{
    memory_unmap(look->seen, (look->last_group + (size_t)1) * sizeof *look->seen);
}

uint32_t scope_findings_now(struct thread *thread, struct scope_finding **ret)
{
    struct look look;
    uint32_t count;

    *ret = NULL;
    if (!look_begin(&look, thread))
        return 0;
    count = decide_all(&look, ret);
    look_end(&look);
    return count;
}

uint64_t scope_executions_now(struct thread *thread)
{
    struct look look;
    uint64_t sum = 0;

    if (!look_begin(&look, thread))
        return 0;
    for (uint32_t id = 1; id <= look.last_group; id++) {
        const struct seen *seen = &look.seen[id];
        if (seen->group && !controls_transactions(seen->group->statement->verb))
            sum += seen->numbers.counters.executions;
    }
    look_end(&look);
    return sum;
}

void scope_findings_free(struct scope_finding *findings, uint32_t count)
{
    memory_unmap(findings, count * sizeof *findings);
}
