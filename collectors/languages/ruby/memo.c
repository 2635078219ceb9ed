#include "collectors/languages/ruby/memo.h"

#include <stdatomic.h>

#include "agent/base/compiler.h"

#define PLACES 128 /* a power of two; 1 MiB, of which a stack touches 8 bytes a frame */

/* Every word is atomic, since it may be read while it is written: the version tells whether that happened. */
struct place {
    _Atomic uint64_t version; /* odd: it is being written */
    _Atomic uint64_t hash, life;
    _Atomic uint64_t count;
    _Atomic uint64_t key[RUBY_FRAMES];
};

static struct place places[PLACES];

#define LOAD(from)      atomic_load_explicit(&(from), memory_order_relaxed)
#define STORE(to, what) atomic_store_explicit(&(to), (what), memory_order_relaxed)

static struct place *first_place(uint64_t hash)
{
    return &places[hash % PLACES];
}

static struct place *second_place(uint64_t hash)
{
    return &places[(hash % PLACES) ^ (1 + (hash >> 32) % (PLACES - 1))];
}

static size_t get(const struct place *place, uint64_t hash, uint64_t life, struct vm_frame *frames, size_t max)
{
    uint64_t version = atomic_load_explicit(&place->version, memory_order_acquire);
    size_t count;

    if (LOAD(place->hash) != hash || LOAD(place->life) != life || version & 1)
        return 0;
    count = LOAD(place->count);
    if (unlikely(count > max || count > RUBY_FRAMES))
        return 0;
    for (size_t i = 0; i < count; i++) {
        frames[i].key = LOAD(place->key[i]);
        frames[i].code = RUBY_MEMO_CODE(i);
    }
    atomic_thread_fence(memory_order_acquire);
    return likely(LOAD(place->version) == version) ? count : 0;
}

size_t ruby_memo_get(uint64_t hash, uint64_t life, struct vm_frame *frames, size_t max)
{
    size_t count = get(first_place(hash), hash, life, frames, max);

    return likely(count) ? count : get(second_place(hash), hash, life, frames, max);
}

void ruby_memo_put(uint64_t hash, uint64_t life, const struct vm_frame *frames, size_t count)
{
    struct place *place = first_place(hash);
    uint64_t version = LOAD(place->version);

    if (version & 1 || LOAD(place->life) == life) { /* taken: what is of another life is of no use to anybody */
        place = second_place(hash);
        version = LOAD(place->version);
    }
    if (count > RUBY_FRAMES || version & 1 || !atomic_compare_exchange_strong(&place->version, &version, version + 1))
        return;
    atomic_thread_fence(memory_order_release);
    STORE(place->hash, hash);
    STORE(place->life, life);
    STORE(place->count, count);
    for (size_t i = 0; i < count; i++)
        STORE(place->key[i], frames[i].key);
    atomic_store_explicit(&place->version, version + 2, memory_order_release);
}
