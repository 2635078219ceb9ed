#include "agent/stay/baseline.h"

#include "agent/base/hash.h"
#include "agent/base/table.h"
#include "agent/evidence/lookout.h"
#include "agent/unit/scope.h"

static uint64_t key_of(const struct group_shard *shard, uint32_t level)
{
    return hash_mix(shard->group->id, level + 1) | 2; /* 0 and 1 are reserved */
}

static uint32_t levels_of(const struct thread *thread)
{
    return thread->scope_depth < SCOPE_DEPTH ? thread->scope_depth : SCOPE_DEPTH;
}

static void read_now(const struct group_shard *shard, struct baseline *ret, const struct group_shard **ret_parent)
{
    ret->numbers = (struct finding_numbers){0};
    finding_add(&ret->numbers, shard);
    ret->edge = lookout_edge(shard, &ret->sums, ret_parent) ? shard->lookout->edge.id : 0;
    if (!ret->edge)
        ret->sums = (struct edge_sums){0};
}

static void note(struct thread *thread, struct group_shard *shard, uint32_t level, uint32_t stay)
{
    uint64_t key = key_of(shard, level);
    struct baseline *baseline = table_get(&thread->baselines, key);
    const struct group_shard *parent;

    if (baseline && baseline->stay == stay)
        return;
    if (!baseline) {
        baseline = pool_alloc(&thread->pool, sizeof *baseline);
        if (!baseline || !table_put(&thread->baselines, key, baseline))
            return;
    }
    baseline->stay = 0;
    read_now(shard, baseline, &parent);
    __atomic_store_n(&baseline->stay, stay, __ATOMIC_RELEASE);
}

void baseline_note(struct thread *thread, struct group_shard *shard)
{
    uint32_t levels = levels_of(thread);

    if (levels == 0 && thread_stay(thread) & SCOPE_OF_ANOTHER)
        note(thread, shard, 0, thread_stay(thread));
    for (uint32_t level = 0; level < levels; level++)
        note(thread, shard, level, scope_stay_at(thread, level));
}

const struct baseline *baseline_of(const struct thread *thread, const struct group_shard *shard, uint32_t level, uint32_t stay)
{
    const struct baseline *baseline = table_get(&thread->baselines, key_of(shard, level));

    return baseline && __atomic_load_n(&baseline->stay, __ATOMIC_ACQUIRE) == stay ? baseline : NULL;
}

/* By the rules of fields.h: what is summed has a difference, the rest stays what it is. */
enum { IS_SUM = 1, IS_MAX = 0, IS_OR = 0, IS_FIRST = 0, IS_WITH = 0, IS_PRESENT = 0 };
#define LESS(number, NAME, name, adds)               .name = now->name - (IS_##adds ? before->name : 0),
#define LESS_TIME(number, NAME, name, adds, name_ns) .name_ns = now->name_ns - (IS_##adds ? before->name_ns : 0),

static struct counter_sums counters_less(const struct counter_sums *now, const struct counter_sums *before)
{
    return (struct counter_sums){{{COUNTER_FIELDS(LESS, LESS_TIME)}}};
}

static struct fact_sums facts_less(const struct fact_sums *now, const struct fact_sums *before)
{
    return (struct fact_sums){{{FACT_FIELDS(LESS, LESS_TIME)}}};
}

static struct edge_sums edges_less(const struct edge_sums *now, const struct edge_sums *before)
{
    return (struct edge_sums){{{EDGE_FIELDS(LESS, LESS_TIME)}}};
}

void baseline_difference(const struct baseline *baseline, const struct group_shard *shard, struct finding_numbers *ret,
                         struct edge_sums *ret_sums, uint32_t *ret_edge, const struct group_shard **ret_parent)
{
    struct baseline now;

    read_now(shard, &now, ret_parent);
    ret->counters = counters_less(&now.numbers.counters, &baseline->numbers.counters);
    ret->facts = facts_less(&now.numbers.facts, &baseline->numbers.facts);
    *ret_edge = now.edge;
    *ret_sums = now.edge == baseline->edge ? edges_less(&now.sums, &baseline->sums) : now.sums;
    ret_sums->bits = now.sums.bits; /* an order that was met before is known */
}

void baseline_leave_out(struct thread *thread)
{
    const struct table_slots *slots = table_slots_now(&thread->groups);
    uint32_t levels = levels_of(thread);
    struct group_shard *shard;
    uint64_t key;

    for (size_t at = 0; levels > 1 && (shard = table_next(slots, &at, &key));) {
        const struct baseline *inner = baseline_of(thread, shard, levels - 1, thread_stay(thread));
        struct finding_numbers numbers;
        const struct group_shard *parent;
        struct edge_sums sums;
        uint32_t edge;

        if (!inner)
            continue;
        baseline_difference(inner, shard, &numbers, &sums, &edge, &parent);
        for (uint32_t level = 0; level + 1 < levels; level++) {
            struct baseline *outer = table_get(&thread->baselines, key_of(shard, level));
            if (!outer || outer->stay != scope_stay_at(thread, level))
                continue;
            sums_add(COUNTERS_GROUP, outer->numbers.counters.counters, numbers.counters.counters);
            sums_add(COUNTERS_FACTS, outer->numbers.facts.all, numbers.facts.all);
            if (outer->edge == edge)
                sums_add(COUNTERS_EDGE, outer->sums.all, sums.all);
            else if (lookout_edge(shard, &outer->sums, &parent)) /* it was chosen within */
                outer->edge = edge;
        }
    }
}
