#include "exporter/stream/decoding/scratch.h"

#include <stdlib.h>

#define BLOCK_SIZE ((size_t)64 << 10)
#define ALIGNMENT  ((size_t)16)

struct scratch_block {
    struct scratch_block *next;
    size_t size;
    _Alignas(16) unsigned char data[];
};

static void *scratch_alloc(void *data, size_t size)
{
    struct scratch *s = data;
    size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    if (!s->block || size > s->block->size - s->used) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        struct scratch_block *block = malloc(sizeof *block + room);
        if (!block)
            return NULL;
        block->size = room;
        block->next = s->block;
        s->block = block;
        s->used = 0;
    }
    void *p = s->block->data + s->used;
    s->used += size;
    return p;
}

static void scratch_free(void *data, void *p)
{
}

void scratch_init(struct scratch *s)
{
    *s = (struct scratch){.allocator = {.alloc = scratch_alloc, .free = scratch_free, .allocator_data = s}};
}

void scratch_reset(struct scratch *s)
{
    while (s->block && (s->block->next || s->block->size > BLOCK_SIZE)) {
        struct scratch_block *next = s->block->next;
        free(s->block);
        s->block = next;
    }
    s->used = 0;
}

void scratch_finish(struct scratch *s)
{
    while (s->block) {
        struct scratch_block *next = s->block->next;
        free(s->block);
        s->block = next;
    }
}
