#include "exporter/base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_SIZE ((size_t)256 << 10)

struct arena_block {
    struct arena_block *next;
    _Alignas(16) unsigned char data[];
};

struct arena {
    struct arena_block *blocks;
    unsigned char *at;
    size_t left;
};

_Noreturn void alloc_failed(void)
{
    fputs("nplus1: memory: exhausted; give fewer or smaller recordings\n", stderr);
    exit(2);
}

void *alloc_zeroed(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size);
    if (!p)
        alloc_failed();
    return p;
}

void *alloc_resize(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count ? count : 1, size);
    if (!p)
        alloc_failed();
    return p;
}

char *alloc_format(const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        alloc_failed();
    va_end(args);
    return text;
}

struct arena *arena_create(void)
{
    return alloc_zeroed(1, sizeof(struct arena));
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - BLOCK_SIZE)
        alloc_failed();
    size = (size + 15) & ~(size_t)15;
    if (size > arena->left) {
        size_t room = size > BLOCK_SIZE / 4 ? size : BLOCK_SIZE;
        struct arena_block *block = alloc_resize(NULL, 1, sizeof *block + room);
        block->next = arena->blocks;
        arena->blocks = block;
        if (room == size)
            return block->data; /* a large piece has a block of its own; the current one stays in use */
        arena->at = block->data;
        arena->left = room;
    }
    void *p = arena->at;
    arena->at += size;
    arena->left -= size;
    return p;
}

void arena_destroy(struct arena *arena)
{
    if (!arena)
        return;
    while (arena->blocks) {
        struct arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    free(arena);
}
