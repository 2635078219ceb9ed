#include "agent/base/memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/base/compiler.h"

#define PAGE ((size_t)4096)

static _Atomic size_t used;
static _Atomic size_t limit = MEMORY_DEFAULT_LIMIT;
static _Atomic uint64_t refusals;

static size_t whole_pages(size_t size)
{
    return (size + PAGE - 1) & ~(PAGE - 1);
}

void memory_set_limit(size_t bytes)
{
    limit = bytes;
}

size_t memory_used(void)
{
    return used;
}

uint64_t memory_refusals(void)
{
    return refusals;
}

static void *map(size_t size, int flags)
{
    int saved_errno = errno;
    void *p = MAP_FAILED;

    size = whole_pages(size);
    if (atomic_fetch_add(&used, size) + size <= limit)
        p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
    if (p == MAP_FAILED) {
        atomic_fetch_sub(&used, size);
        atomic_fetch_add(&refusals, 1);
        p = NULL;
    }
    errno = saved_errno;
    return p;
}

void *memory_map(size_t size)
{
    return map(size, size <= PAGE ? MAP_POPULATE : 0); /* a single page is written soon */
}

void *memory_map_present(size_t size)
{
    return map(size, MAP_POPULATE);
}

void *memory_map_wiped(size_t size)
{
    int saved_errno = errno;
    void *p = memory_map(size);

    if (p && madvise(p, whole_pages(size), MADV_WIPEONFORK) != 0) {
        memory_unmap(p, size);
        p = NULL;
    }
    errno = saved_errno;
    return p;
}

void memory_unmap(void *p, size_t size)
{
    int saved_errno = errno;

    if (!p)
        return;
    munmap(p, whole_pages(size));
    atomic_fetch_sub(&used, whole_pages(size));
    errno = saved_errno;
}

void memory_discard(void *p, size_t size)
{
    int saved_errno = errno;

    if (madvise(p, whole_pages(size), MADV_DONTNEED) == 0)
        atomic_fetch_sub(&used, whole_pages(size));
    errno = saved_errno;
}

void *pool_alloc(struct pool *pool, size_t size)
{
    void *p;

    size = (size + 15) & ~(size_t)15;
    if (unlikely(size > pool->left)) {
        size_t chunk = size > POOL_CHUNK / 4 ? whole_pages(size) : POOL_CHUNK;
        /* Who has used up a chunk will use the next one, too: one system call has its pages at a third of what faults take. */
        unsigned char *fresh = chunk == POOL_CHUNK && pool->next ? memory_map_present(chunk) : memory_map(chunk);
        if (!fresh)
            return NULL;
        if (chunk != POOL_CHUNK)
            return fresh; /* large things get pages of their own, and the rest of the chunk stays in use */
        pool->next = fresh;
        pool->left = chunk;
    }
    p = pool->next;
    pool->next += size;
    pool->left -= size;
    return p;
}

static bool is_scarce(void)
{
    if (likely(used <= limit / 2))
        return false;
    atomic_fetch_add(&refusals, 1);
    return true;
}

void *pool_alloc_spare(struct pool *pool, size_t size)
{
    return size > pool->left && is_scarce() ? NULL : pool_alloc(pool, size);
}

void *memory_map_spare(size_t size)
{
    return is_scarce() ? NULL : memory_map_present(size);
}

void pool_take_back(struct pool *pool, void *p, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if ((unsigned char *)p + size != pool->next)
        return; /* pages of its own */
    memset(p, 0, size);
    pool->next = p;
    pool->left += size;
}

void *slab_take(struct slab *slab)
{
    void *p = slab->free;

    if (!p)
        return pool_alloc(&slab->pool, slab->size);
    memcpy(&slab->free, p, sizeof slab->free);
    memset(p, 0, slab->size - slab->unset);
    return p;
}

void slab_give(struct slab *slab, void *p)
{
    memcpy(p, &slab->free, sizeof slab->free);
    slab->free = p;
}
