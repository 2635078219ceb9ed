#include "collectors/languages/v8/addons/handed.h"

#include <string.h>

#include "agent/base/hash.h"
#include "agent/base/lock.h"
#include "agent/base/memory.h"
#include "agent/base/table.h"

#define STACKS_MAX 4096

/* Written under the lock. */
static struct lock lock;
static struct table stacks = TABLE_INIT;
static struct pool pool;
static uint32_t stack_count;

static uint64_t hash_of(const struct vm_frame *frames, size_t count, size_t suspended)
{
    uint64_t hash = hash_mix(count, suspended);

    for (size_t i = 0; i < count; i++)
        hash = hash_mix(hash, frames[i].key);
    return hash <= TABLE_DELETED || hash == TABLE_NOBODY ? TABLE_DELETED + 1 : hash;
}

static struct v8_handed *add(uint64_t hash, const struct vm_frame *frames, size_t count, size_t suspended)
{
    struct v8_handed *handed = stack_count < STACKS_MAX ? pool_alloc(&pool, sizeof *handed + count * sizeof *frames) : NULL;

    if (!handed)
        return NULL;
    handed->hash = hash;
    handed->count = count;
    handed->suspended = suspended;
    memcpy(handed->frames, frames, count * sizeof *frames);
    if (!table_put(&stacks, hash, handed))
        return NULL;
    stack_count++;
    return handed;
}

const struct v8_handed *v8_handed_keep(const struct vm_frame *frames, size_t count, size_t suspended)
{
    uint64_t hash = hash_of(frames, count, suspended);
    struct v8_handed *handed = table_get(&stacks, hash);

    if (handed)
        return handed;
    lock_take(&lock);
    handed = table_get(&stacks, hash);
    if (!handed)
        handed = add(hash, frames, count, suspended);
    lock_release(&lock);
    return handed;
}

void v8_handed_reset_after_fork(void)
{
    lock = (struct lock){0};
}
