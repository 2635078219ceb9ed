/* Memory of the agent: pages from mmap, counted against one limit, never malloc.
 *
 * memory_map and memory_unmap may be called from any thread. A pool belongs to whoever holds the lock that its owner names.
 * Failure is NULL: the caller does without and counts what it left out (memory_refusals tells how often that happened).
 * errno is preserved.
 */
#ifndef NPLUS1_AGENT_BASE_MEMORY_H
#define NPLUS1_AGENT_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define MEMORY_DEFAULT_LIMIT ((size_t)32 << 20) /* bytes */

void memory_set_limit(size_t bytes);
size_t memory_used(void);
uint64_t memory_refusals(void);

/* Zeroed pages, `size` rounded up to whole pages by both calls. The thing begins somewhere in the first one, at a multiple of 64,
 * as far as rounding leaves room for that. */
void *memory_map(size_t size);
/* The same for what will be written all over at once: one call brings all pages, and not a fault each. */
void *memory_map_present(size_t size);
/* Maps pages that a child of fork, _Fork or clone sees as zeros (Linux 4.14 and later); vfork's child sees them as they
 * are. */
void *memory_map_wiped(size_t size);

void memory_unmap(void *p, size_t size); /* takes NULL */

/* Gives the pages of what memory_map gave back, but not the addresses: they read as zeros. */
void memory_discard(void *p, size_t size);

/* Things that live as long as the process: bump allocation, nothing is given back one by one. */
struct pool {
    unsigned char *next;
    size_t left;
};

#define POOL_CHUNK ((size_t)64 << 10)

void *pool_alloc(struct pool *pool, size_t size); /* zeroed, aligned to 16 */

/* The same for evidence, which can be done without: past half of the limit there is no more of it, so that what many threads know
 * of rows leaves room for what others have yet to count. */
void *pool_alloc_spare(struct pool *pool, size_t size);
void *memory_map_spare(size_t size);

/* Takes back what pool_alloc gave last, when it was of no use: nobody has written to it but who got it. */
void pool_take_back(struct pool *pool, void *p, size_t size);

/* Things of one size that come and go: a free list over a pool. */
struct slab {
    struct pool pool;
    void *free;
    size_t size;
    size_t unset; /* bytes at a thing's end that slab_take leaves as they are: who takes it knows what of them is valid */
};

void *slab_take(struct slab *slab); /* zeroed but for those */
void slab_give(struct slab *slab, void *p);

#endif
