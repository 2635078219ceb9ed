#include "agent/base/memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/base/compiler.h"

#define PAGE ((size_t)4096)

/* Where in its first page a thing begins: in a place of its own, not near the page's begin, in bytes. */
#define COLOUR_FIRST ((size_t)0x540)
#define COLOUR_STEP  ((size_t)0xc0)
#define COLOURS      9

static _Atomic size_t used;
static _Atomic size_t limit = MEMORY_DEFAULT_LIMIT;
static _Atomic uint64_t refusals;
static _Atomic unsigned colour;

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

/* Bytes, no more than are left. The bits of an address below its page say in which places of the processor's first cache its line
 * may stand. Programs, allocators and files begin at the begin of pages, so that those places are wanted by more lines than they
 * have room for; what each statement touches would drive the program's lines out of there, and its own. */
static size_t colour_next(size_t left)
{
    size_t wanted = COLOUR_FIRST + atomic_fetch_add_explicit(&colour, 1, memory_order_relaxed) % COLOURS * COLOUR_STEP;

    return wanted <= left ? wanted : left & ~(size_t)63;
}

static unsigned char *page_of(void *p)
{
    return (unsigned char *)p - ((uintptr_t)p & (PAGE - 1));
}

static void *map(size_t wanted, int flags)
{
    int saved_errno = errno;
    size_t size = whole_pages(wanted);
    unsigned char *p = MAP_FAILED;

    if (atomic_fetch_add(&used, size) + size <= limit)
        p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
    if (p == MAP_FAILED) {
        atomic_fetch_sub(&used, size);
        atomic_fetch_add(&refusals, 1);
        p = NULL;
    } else {
        p += colour_next(size - wanted);
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

    if (p && madvise(page_of(p), whole_pages(size), MADV_WIPEONFORK) != 0) {
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
    munmap(page_of(p), whole_pages(size));
    atomic_fetch_sub(&used, whole_pages(size));
    errno = saved_errno;
}

void memory_discard(void *p, size_t size)
{
    int saved_errno = errno;

    if (madvise(page_of(p), whole_pages(size), MADV_DONTNEED) == 0)
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
        size_t skipped = pool->next ? 0 : colour_next(POOL_CHUNK / 16);
        pool->next = fresh + skipped;
        pool->left = chunk - skipped;
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
