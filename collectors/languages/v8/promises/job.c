#include "collectors/languages/v8/promises/job.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/base/compiler.h"
#include "agent/base/readable.h"
#include "collectors/languages/v8/promises/chain.h"
#include "collectors/languages/v8/objects.h"

#define ISOLATE_ROOM ((size_t)32 << 10) /* its roots are in there */
#define TRIES_MAX    32
#define PAGES        64

/* Bytes from an isolate's beginning; 0: not found yet. */
static _Atomic uint32_t job_offset;
static _Atomic uint32_t tries;

static uintptr_t word_at(const void *isolate, uint32_t offset)
{
    return *(const uintptr_t *)(const void *)((const char *)isolate + offset);
}

HOT uintptr_t v8_job(const void *isolate)
{
    uint32_t offset = atomic_load_explicit(&job_offset, memory_order_relaxed);

    return likely(offset) ? v8_chain_job(word_at(isolate, offset)) : 0;
}

/* Whether a word that may be anything is an object that can be read. pages: those that could be. */
static bool is_mapped(uintptr_t word, uintptr_t *pages)
{
    for (unsigned i = 0; i < 2; i++) {
        uintptr_t at = word - 1, *page = &pages[(at >> 12) % PAGES];
        if (!v8_may_be_object(word) || at % sizeof at != 0 || (*page != at >> 12 && !readable_word((const void *)at)))
            return false;
        *page = at >> 12;
        word = *(const uintptr_t *)at; /* its map */
    }
    return true;
}

void v8_job_learn(const void *isolate)
{
    uintptr_t pages[PAGES] = {0};
    uint32_t found = 0;

    if (atomic_load_explicit(&job_offset, memory_order_relaxed) ||
        atomic_load_explicit(&tries, memory_order_relaxed) >= TRIES_MAX ||
        atomic_fetch_add_explicit(&tries, 1, memory_order_relaxed) >= TRIES_MAX)
        return;
    for (uint32_t at = 8; at < ISOLATE_ROOM; at += sizeof(uintptr_t)) {
        uintptr_t word = word_at(isolate, at);
        if (!is_mapped(word, pages) || !v8_chain_is_job(word))
            continue;
        if (found)
            return;
        found = at;
    }
    if (found)
        atomic_store_explicit(&job_offset, found, memory_order_relaxed);
}
