#include "agent/group/tally.h"

#include <string.h>

#include "agent/base/hash.h"
#include "agent/base/table.h"
#include "agent/group/group.h"
#include "agent/recording/recording.h"
#include "agent/process/thread.h"

static struct table tallies = TABLE_INIT; /* hash of group, kind and name -> id; written under recording_lock */
static uint32_t last_tally;

/* Locked; 0: it does not fit. */
static uint32_t tally_record(uint64_t key, uint32_t group, enum tally_kind kind, const char *name, size_t length)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Tally message = NPLUS1__TALLY__INIT;
    uint32_t id = (uint32_t)(uintptr_t)table_get(&tallies, key);
    char text[TALLY_NAME + 1] = "";

    if (id)
        return id;
    for (size_t i = 0; i < length; i++) /* a field of type string is UTF-8 */
        text[i] = (unsigned char)name[i] < 0x80 ? name[i] : '?';
    message.has_id = message.has_group = message.has_kind = true;
    message.id = last_tally + 1;
    message.group = group;
    message.kind = (Nplus1__TallyKind)kind;
    message.name = length ? text : NULL;
    record.tally = &message;
    if (!table_reserve(&tallies) || !recording_append(&record))
        return 0;
    id = ++last_tally;
    table_put(&tallies, key, (void *)(uintptr_t)id);
    return id;
}

void tally_add(struct thread *thread, struct group_shard *shard, enum tally_kind kind, const char *name, size_t length,
               uint64_t amount)
{
    uint64_t key, *counters;
    uint32_t id;

    if (!shard)
        return;
    if (length > TALLY_NAME)
        length = TALLY_NAME;
    key = hash_bytes(name, length, hash_mix(shard->group->id, kind)) | 2; /* 0 and 1 are reserved */
    counters = table_get(&thread->tallies, key);
    if (unlikely(!counters)) {
        lock_take(&recording_lock);
        id = table_reserve(&thread->tallies) ? tally_record(key, shard->group->id, kind, name, length) : 0;
        counters = id ? recording_append_counters(COUNTERS_TALLY, id, thread->shard) : NULL;
        lock_release(&recording_lock);
        if (!counters || !table_put(&thread->tallies, key, counters)) {
            recording_left_out(STATUS_LEFT_OUT_GROUPS, 1);
            return;
        }
    }
    *counters_word(counters, TALLY_COUNT) += amount;
}

void tally_reset_after_fork(void)
{
    tallies = (struct table)TABLE_INIT;
    last_tally = 0;
}
