#include "agent/api/stored.h"

#include <stdbool.h>
#include <string.h>

#include "agent/base/memory.h"
#include "agent/recording/recording.h"

#define ARENA ((size_t)256 << 10) /* for what is decoded */

enum { FIELD_HEADER = 1, FIELD_MODULE = 3, FIELD_FRAME = 4, FIELD_STACK = 5, FIELDS = 6 };

struct span {
    const unsigned char *body;
    size_t length;
};

struct stored {
    struct span *spans[FIELDS]; /* of frames, stacks and modules: by id, from 1 on */
    uint32_t counts[FIELDS];
    const unsigned char *data; /* the recording as far as it was written: what is looked for in it does not change any more */
    size_t size;
    unsigned char *arena;
    size_t arena_used;
    const Nplus1__Header *header;
    size_t span_bytes[FIELDS];
};

/* protobuf-c allocates from the arena, and gives nothing back. */
static void *arena_alloc(void *context, size_t size)
{
    struct stored *stored = context;
    size_t at = (stored->arena_used + 15) & ~(size_t)15;

    if (size > ARENA || at > ARENA - size)
        return NULL;
    stored->arena_used = at + size;
    return stored->arena + at;
}

static void arena_free(void *context, void *memory)
{
    (void)context;
    (void)memory;
}

static const Nplus1__Record *decode(struct stored *stored, struct span span)
{
    ProtobufCAllocator allocator = {arena_alloc, arena_free, stored};

    return span.body ? nplus1__record__unpack(&allocator, span.length, span.body) : NULL;
}

/* The writer's framing, see exporter/stream/FORMAT.md: lengths are varints of four bytes, or zero. */
static bool next(const unsigned char *data, size_t size, size_t *at, struct span *ret)
{
    while (*at + 8 <= size) {
        const unsigned char *p = data + *at;
        size_t length = (p[0] & 0x7fU) | (p[1] & 0x7fU) << 7 | (p[2] & 0x7fU) << 14 | (size_t)(p[3] & 0x7fU) << 21;
        if (!(p[0] & 0x80)) { /* an empty record: what is not used yet */
            *at += 8;
            continue;
        }
        if (length > size - *at - 4)
            return false;
        *ret = (struct span){p + 4, length};
        *at += 4 + length;
        return true;
    }
    return false;
}

static unsigned field_of(struct span span)
{
    unsigned field = span.length ? span.body[0] >> 3 : 0;

    return span.length && !(span.body[0] & 0x80) && field < FIELDS ? field : 0;
}

/* Ids count from 1 in the order in which they stand. */
static void count_all(struct stored *stored)
{
    struct span span;

    for (size_t at = 0; next(stored->data, stored->size, &at, &span);)
        stored->counts[field_of(span)]++;
}

static void note_all(struct stored *stored)
{
    uint32_t ids[FIELDS] = {0};
    struct span span;

    for (size_t at = 0; next(stored->data, stored->size, &at, &span);) {
        unsigned field = field_of(span);
        if (stored->spans[field])
            stored->spans[field][++ids[field]] = span;
    }
}

static bool make_room(struct stored *stored)
{
    static const unsigned wanted[] = {FIELD_HEADER, FIELD_MODULE, FIELD_FRAME, FIELD_STACK};

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        unsigned field = wanted[i];
        stored->span_bytes[field] = (stored->counts[field] + (size_t)1) * sizeof **stored->spans;
        stored->spans[field] = memory_map(stored->span_bytes[field]);
        if (!stored->spans[field])
            return false;
    }
    stored->arena = memory_map(ARENA);
    return stored->arena != NULL;
}

struct stored *stored_open(void)
{
    struct stored *stored = memory_map(sizeof *stored);
    const Nplus1__Record *record;

    if (!stored)
        return NULL;
    lock_take(&recording_lock);
    stored->data = recording_bytes(&stored->size);
    lock_release(&recording_lock);
    if (!stored->data)
        goto failed;
    count_all(stored);
    if (!make_room(stored))
        goto failed;
    note_all(stored);
    record = stored->counts[FIELD_HEADER] ? decode(stored, stored->spans[FIELD_HEADER][1]) : NULL;
    stored->header = record ? record->header : NULL;
    return stored;
failed:
    stored_close(stored);
    return NULL;
}

static const Nplus1__Record *record_of(struct stored *stored, unsigned field, uint32_t id)
{
    return id > 0 && id <= stored->counts[field] ? decode(stored, stored->spans[field][id]) : NULL;
}

size_t stored_stack(struct stored *stored, uint32_t stack, const Nplus1__Frame *ret[STORED_FRAMES])
{
    size_t count = 0;

    while (stack && count < STORED_FRAMES) {
        const Nplus1__Record *node = record_of(stored, FIELD_STACK, stack), *frame;
        if (!node || !node->stack || node->stack->parent >= stack)
            break;
        frame = record_of(stored, FIELD_FRAME, node->stack->frame);
        if (frame && frame->frame)
            ret[count++] = frame->frame;
        stack = node->stack->parent;
    }
    return count;
}

const char *stored_module(struct stored *stored, const Nplus1__Frame *frame)
{
    const Nplus1__Record *record = record_of(stored, FIELD_MODULE, frame->has_module ? frame->module : 0);

    return record && record->module ? record->module->path : NULL;
}

uintptr_t stored_address(struct stored *stored, const Nplus1__Frame *frame)
{
    const Nplus1__Record *record = record_of(stored, FIELD_MODULE, frame->has_module ? frame->module : 0);

    return record && record->module ? (uintptr_t)(record->module->load_bias + frame->offset) : 0;
}

const char *const *stored_command(const struct stored *stored, size_t *ret_count)
{
    *ret_count = stored->header ? stored->header->n_command : 0;
    return stored->header ? (const char *const *)stored->header->command : NULL;
}

void stored_close(struct stored *stored)
{
    if (!stored)
        return;
    for (unsigned field = 0; field < FIELDS; field++)
        memory_unmap(stored->spans[field], stored->span_bytes[field]);
    memory_unmap(stored->arena, ARENA);
    memory_unmap(stored, sizeof *stored);
}
