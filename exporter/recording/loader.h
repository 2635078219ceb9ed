/* The state of loading one recording, and how its rows are added. For the files that load alone. One thread at a time. */
#ifndef NPLUS1_EXPORTER_RECORDING_LOADER_H
#define NPLUS1_EXPORTER_RECORDING_LOADER_H

#include "exporter/base/alloc.h"
#include "exporter/base/clean_text.h"
#include "exporter/recording/tables.h"

/* A thread's counters of a visit whose stay was not over. */
struct open_stay {
    uint32_t visit;
    uint32_t group; /* as the recording calls it */
    uint32_t shard;
    uint64_t since;
};

/* A transaction that was not over. */
struct unfinished {
    uint32_t opener; /* the group's id; its index when all groups are known */
    uint32_t shard;
    uint64_t since, busy; /* ticks */
};

struct loader {
    struct recording *recording;
    struct text_pool *pool;
    struct open_stay *stays;
    uint32_t stay_count;
    uint32_t stay_capacity;
    struct unfinished *transactions;
    uint32_t transaction_count;
    uint32_t transaction_capacity;
    uint64_t exit_ticks; /* 0: it did not say that it ends */
};

static inline uint64_t add_saturated(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static inline uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Absent (0) is RECORDING_NONE and fine; an id that was never defined is RECORDING_NONE and not. */
static inline bool refer(const struct ids *ids, uint32_t id, uint32_t *ret)
{
    *ret = RECORDING_NONE;
    return id == 0 || ids_find(ids, id, ret);
}

/* Adds a row under an id; false when the id is taken or 0, which happens only in a damaged file. */
#define TABLE_ADD(table, id, ...)                                                                                                \
    ({                                                                                                                           \
        bool added_ = (id) != 0 && ids_add(&(table).ids, (id), (table).count);                                                   \
        if (added_) {                                                                                                            \
            ALLOC_GROW((table).at, (table).count, (table).capacity);                                                             \
            (table).at[(table).count++] = (__VA_ARGS__);                                                                         \
        }                                                                                                                        \
        added_;                                                                                                                  \
    })

#endif
