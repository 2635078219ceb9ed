#include "agent/group/repeats.h"

#include <stddef.h>

#include "agent/base/hash.h"
#include "agent/base/memory.h"
#include "agent/process/thread.h"

#define WAYS 4 /* places for each question */
#define SETS (REPEATS_KEPT / WAYS)

struct repeats {
    struct question {
        uint64_t hash;     /* 0: none */
        uint32_t sequence; /* of the thread when it was asked last, its low half */
        uint32_t group;    /* that asked */
    } asked[SETS][WAYS];
};

static COLD void note(struct thread *thread, struct group_shard *shard)
{
    uint64_t *facts = group_facts(thread, shard);

    if (facts)
        *counters_word(facts, FACT_REPEATED_ELSEWHERE) += 1;
}

/* Sets keep what was asked last first. */
void repeats_ask(struct thread *thread, struct group_shard *shard, uint64_t values)
{
    const struct group *group = shard->group;
    uint64_t hash = hash_mix(values + shard->transaction * HASH_K1,
                             ((uintptr_t)group->statement + thread->writes * HASH_K2) ^ (uintptr_t)group->database << 20);
    uint32_t sequence = (uint32_t)thread->sequence;
    struct question *asked;

    if (unlikely(!thread->repeats) && !(thread->repeats = memory_map(sizeof *thread->repeats)))
        return;
    asked = thread->repeats->asked[(hash >> 32) % SETS];
    if (asked[0].hash == hash || asked[1].hash == hash || asked[2].hash == hash || asked[3].hash == hash) {
        while (asked->hash != hash)
            asked++;
        if (sequence - asked->sequence <= UNIT_GAP && asked->group != group->id)
            note(thread, shard);
    } else {
        asked[3] = asked[2];
        asked[2] = asked[1];
        asked[1] = asked[0];
    }
    *asked = (struct question){hash, sequence, group->id};
}
