#include "agent/evidence/edges.h"

#include <string.h>

#include "agent/base/hash.h"
#include "agent/base/table.h"
#include "agent/group/shard.h"
#include "agent/process/thread.h"
#include "agent/recording/recording.h"

static struct table edges = TABLE_INIT; /* hash of the four -> id; written under recording_lock */
static struct table ends = TABLE_INIT;  /* id -> groups of the parent and the child; written under recording_lock */
static uint32_t last_edge;

static uint64_t id_key(uint32_t edge)
{
    return (uint64_t)edge << 4; /* tables look at bits 4 and up */
}

/* Locked; 0: it does not fit. */
static uint32_t edge_record(uint64_t key, const struct group *parent, const struct group *child,
                            const struct candidate *candidate, uint32_t slots)
{
    const char *name = candidate->source->column[candidate->column].name;
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Edge message = NPLUS1__EDGE__INIT;
    uint32_t id = (uint32_t)(uintptr_t)table_get(&edges, key);

    if (id)
        return id;
    message.has_id = message.has_parent = message.has_column = message.has_column_name = true;
    message.has_child = message.has_parameter = message.has_slots = true;
    message.id = last_edge + 1;
    message.parent = parent->id;
    message.column = candidate->column;
    message.column_name.data = (uint8_t *)(uintptr_t)name;
    message.column_name.len = strlen(name);
    message.child = child->id;
    message.parameter = candidate->slot + 1U;
    message.slots = slots;
    record.edge = &message;
    if (!table_reserve(&edges) || !table_reserve(&ends) || !recording_append(&record))
        return 0;
    id = ++last_edge;
    table_put(&edges, key, (void *)(uintptr_t)id);
    table_put(&ends, id_key(id), (void *)((uintptr_t)parent->id << 32 | child->id));
    return id;
}

/* The counters of the thread's share. */
static uint64_t *counters_of(struct thread *thread, uint32_t edge)
{
    uint64_t key = id_key(edge);
    uint64_t *counters = table_get(&thread->edges, key);

    if (!counters && edge && table_reserve(&thread->edges)) {
        counters = recording_append_counters(COUNTERS_EDGE, edge, thread->shard);
        if (counters)
            table_put(&thread->edges, key, counters);
    }
    return counters;
}

void edge_open(struct thread *thread, const struct group *child, const struct candidate *candidate, uint32_t slots,
               bool is_second, struct lookout_edge *ret)
{
    const struct group *parent = candidate->source->shard->group;
    uint64_t key = hash_mix((uint64_t)parent->id << 32 | child->id, (uint64_t)candidate->column << 8 | candidate->slot) | 2;

    lock_take(&recording_lock);
    ret->id = edge_record(key, parent, child, candidate, slots);
    ret->counters = counters_of(thread, ret->id);
    lock_release(&recording_lock);
    if (!ret->counters) {
        _Static_assert(sizeof thread->unrecorded[0] >= 2 * EDGE_LAST * sizeof(uint64_t), "the counters of an edge");
        ret->counters = thread->unrecorded[is_second];
        memset(ret->counters, 0, sizeof thread->unrecorded[0]);
    }
}

uint32_t edges_last(void)
{
    return last_edge;
}

void edges_ends(uint32_t edge, uint32_t *ret_parent, uint32_t *ret_child)
{
    uint64_t both = (uintptr_t)table_get(&ends, id_key(edge));

    *ret_parent = (uint32_t)(both >> 32);
    *ret_child = (uint32_t)both;
}

void edges_reset_after_fork(void)
{
    edges = ends = (struct table)TABLE_INIT;
    last_edge = 0;
}
