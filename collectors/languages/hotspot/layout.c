#include "collectors/languages/hotspot/layout.h"

#include <emmintrin.h>
#include <stddef.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "agent/base/readable.h"
#include "agent/loading/exports.h"
#include "collectors/languages/hotspot/memo.h"

#define ENTRIES_MAX     4096
#define ENVIRONMENT_MAX 1024                  /* bytes from a thread's anchor to its JNI environment */
#define STACK_MAX       (UINT64_C(64) << 20)  /* bytes */
#define SCANNED_MAX     (UINT64_C(128) << 10) /* bytes of a stack; deeper ones are asked each time */

/* Memory in parts of 256 MiB: the machine's code is 240 MiB, in one or two of them. */
#define PART_BITS 28
#define PART      (UINT64_C(1) << PART_BITS)

/* An entry of the table, read by the places that the table itself tells. */
struct table {
    const char *entries;
    uint64_t type, field, is_static, offset, address, stride;
};

static bool word_of(const char *name, uint64_t *ret)
{
    const uint64_t *at = exports_find(name);

    if (at)
        *ret = *at;
    return at != NULL;
}

static bool open_table(struct table *ret)
{
    const char *const *entries = exports_find("gHotSpotVMStructs");

    if (!entries || !*entries)
        return false;
    ret->entries = *entries;
    return word_of("gHotSpotVMStructEntryTypeNameOffset", &ret->type) &&
           word_of("gHotSpotVMStructEntryFieldNameOffset", &ret->field) &&
           word_of("gHotSpotVMStructEntryIsStaticOffset", &ret->is_static) &&
           word_of("gHotSpotVMStructEntryOffsetOffset", &ret->offset) &&
           word_of("gHotSpotVMStructEntryAddressOffset", &ret->address) &&
           word_of("gHotSpotVMStructEntryArrayStride", &ret->stride);
}

static const char *text_at(const char *entry, uint64_t offset)
{
    const char *text;

    memcpy(&text, entry + offset, sizeof text);
    return text;
}

static const char *find(const struct table *table, const char *type, const char *field)
{
    const char *entry = table->entries;

    for (int i = 0; i < ENTRIES_MAX && text_at(entry, table->type); i++, entry += table->stride) {
        if (strcmp(text_at(entry, table->type), type) == 0 && strcmp(text_at(entry, table->field), field) == 0)
            return entry;
    }
    return NULL;
}

/* Of a static field the address, of a member the offset. */
static const void *static_of(const struct table *table, const char *type, const char *field)
{
    const char *entry = find(table, type, field);

    return entry ? text_at(entry, table->address) : NULL;
}

static int64_t offset_of(const struct table *table, const char *type, const char *field)
{
    const char *entry = find(table, type, field);
    uint64_t offset = 0;

    if (entry)
        memcpy(&offset, entry + table->offset, sizeof offset);
    return entry ? (int64_t)offset : -1;
}

static uintptr_t word_at(const void *object, int64_t offset)
{
    uintptr_t word;

    memcpy(&word, (const char *)object + offset, sizeof word);
    return word;
}

static bool is_code(const struct hotspot_layout *layout, uintptr_t address)
{
    return address >= *layout->code_low && address < *layout->code_high;
}

/* Whether this is the calling thread, by its stack and by the Java code that called out of the machine. */
static bool is_thread(const struct hotspot_layout *layout, const char *thread)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0), base, sp, pc;

    if (!readable_word(thread + layout->stack_base) || !readable_word(thread + layout->anchor + layout->anchor_sp))
        return false;
    base = word_at(thread, layout->stack_base);
    sp = word_at(thread, layout->anchor + layout->anchor_sp);
    pc = word_at(thread, layout->anchor + layout->anchor_pc);
    return base > here && base - here < STACK_MAX && sp > here && sp < base && (pc == 0 || is_code(layout, pc)) &&
           is_code(layout, word_at((const void *)sp, -8));
}

static bool find_thread(struct hotspot_layout *layout, const char *environment)
{
    for (int64_t back = layout->anchor; back < layout->anchor + ENVIRONMENT_MAX; back += 8) {
        if (is_thread(layout, environment - back)) {
            layout->thread_in_environment = back;
            return true;
        }
    }
    return false;
}

bool hotspot_layout_find(const void *environment, struct hotspot_layout *ret)
{
    struct table table;
    const char *const *interpreter;
    int64_t buffer, limit;
    uint32_t size;

    if (!open_table(&table))
        return false;
    ret->code_low = static_of(&table, "CodeCache", "_low_bound");
    ret->code_high = static_of(&table, "CodeCache", "_high_bound");
    ret->heap = static_of(&table, "Universe", "_collectedHeap");
    interpreter = static_of(&table, "AbstractInterpreter", "_code");
    buffer = offset_of(&table, "StubQueue", "_stub_buffer");
    limit = offset_of(&table, "StubQueue", "_buffer_limit");
    ret->collections = offset_of(&table, "CollectedHeap", "_total_collections");
    ret->anchor = offset_of(&table, "JavaThread", "_anchor");
    ret->anchor_sp = offset_of(&table, "JavaFrameAnchor", "_last_Java_sp");
    ret->anchor_pc = offset_of(&table, "JavaFrameAnchor", "_last_Java_pc");
    ret->stack_base = offset_of(&table, "JavaThread", "_stack_base");
    ret->thread_object = offset_of(&table, "JavaThread", "_threadObj");
    ret->virtual_object = offset_of(&table, "JavaThread", "_vthread");
    if (!ret->code_low || !ret->code_high || !ret->heap || !interpreter || !*interpreter || buffer < 0 || limit < 0 ||
        ret->collections < 0 || ret->anchor < 0 || ret->anchor_sp < 0 || ret->anchor_pc < 0 || ret->stack_base < 0 ||
        ret->thread_object < 0)
        return false;
    memcpy(&size, *interpreter + limit, sizeof size);
    ret->interpreter_low = word_at(*interpreter, buffer);
    ret->interpreter_high = ret->interpreter_low + size;
    return find_thread(ret, environment);
}

uint64_t hotspot_life(const struct hotspot_layout *layout)
{
    const char *heap = (const char *)*layout->heap;
    uint32_t collections;

    memcpy(&collections, heap + layout->collections, sizeof collections);
    return collections;
}

/* The frames of a virtual thread that has waited are on its carrier's stack only as far as it came back to them. */
static bool is_virtual(const struct hotspot_layout *layout, const char *thread)
{
    const uintptr_t *carrier = (const uintptr_t *)word_at(thread, layout->thread_object), *now;

    if (layout->virtual_object < 0)
        return false;
    now = (const uintptr_t *)word_at(thread, layout->virtual_object);
    return !carrier || !now || *carrier != *now;
}

/* What is looked for on a stack. */
struct scan {
    uintptr_t code, code_size, interpreter, interpreter_size; /* code of the machine */
    uintptr_t base;                                           /* of the stack */
    uint64_t hash;
    struct hotspot_memo *memo; /* where it is noted; NULL: nowhere */
};

/* Every word of the stack that leads into the machine's code is a return address, or was one: what lies there where the same
 * frames called the same way is the same. Of the interpreter's frames, which all return to the same places, the method and the
 * place in it stand below their base (src/hotspot/cpu/x86/frame_x86.hpp: interpreter_frame_method_offset to _bcp_offset, -3 to
 * -9), which their callee has kept beside the return address. */
static inline void take_word(struct scan *scan, const uintptr_t *at)
{
    uintptr_t word = *at, frame;

    if (word - scan->code >= scan->code_size)
        return;
    scan->hash = hash_mix(scan->hash, word + (uintptr_t)at);
    hotspot_memo_note(scan->memo, at);
    if (word - scan->interpreter >= scan->interpreter_size)
        return;
    frame = at[-1];
    hotspot_memo_note(scan->memo, at - 1);
    if ((frame & 7) || frame <= (uintptr_t)at + 72 || frame >= scan->base)
        return;
    for (int i = 3; i <= 9; i++) {
        scan->hash = hash_mix(scan->hash, ((const uintptr_t *)frame)[-i]);
        hotspot_memo_note(scan->memo, (const uintptr_t *)frame - i);
    }
}

static inline __m128i parts_of(const uintptr_t *at)
{
    return _mm_srli_epi64(_mm_loadu_si128((const __m128i *)(const void *)at), PART_BITS);
}

/* The stack has hundreds of words of which few are code: four at a time are compared with the parts of memory that it is in. */
static void scan_stack(struct scan *scan, const uintptr_t *at)
{
    const uintptr_t *end = (const uintptr_t *)scan->base;
    __m128i first = _mm_set1_epi32((int)(uint32_t)(scan->code >> PART_BITS));
    __m128i last = _mm_set1_epi32((int)(uint32_t)((scan->code + scan->code_size - 1) >> PART_BITS));

    for (; scan->code_size <= PART && end - at >= 4; at += 4) {
        __m128i parts = _mm_castps_si128(
            _mm_shuffle_ps(_mm_castsi128_ps(parts_of(at)), _mm_castsi128_ps(parts_of(at + 2)), _MM_SHUFFLE(2, 0, 2, 0)));
        if (likely(_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi32(parts, first), _mm_cmpeq_epi32(parts, last))) == 0))
            continue;
        for (int i = 0; i < 4; i++)
            take_word(scan, at + i);
    }
    for (; at < end; at++)
        take_word(scan, at);
}

HOT bool hotspot_identify(const struct hotspot_layout *layout, const void *environment, uint64_t *ret)
{
    const char *thread = (const char *)environment - layout->thread_in_environment;
    struct hotspot_ends ends = {word_at(thread, layout->anchor + layout->anchor_sp), word_at(thread, layout->stack_base),
                                hotspot_life(layout)};
    uintptr_t sp = ends.top;
    struct hotspot_memos *memos;
    struct scan scan = {
        .code = *layout->code_low,
        .code_size = *layout->code_high - *layout->code_low,
        .interpreter = layout->interpreter_low,
        .interpreter_size = layout->interpreter_high - layout->interpreter_low,
        .base = ends.base,
        .hash = hash_mix(sp, ends.life),
    };

    if (sp <= (uintptr_t)__builtin_frame_address(0) || sp >= scan.base || scan.base - sp > SCANNED_MAX || (sp & 7) ||
        is_virtual(layout, thread))
        return false;
    memos = hotspot_memos();
    if (likely(hotspot_memo_holds(memos, &ends, ret)))
        return true;
    scan.memo = hotspot_memo_begin(memos);
    scan_stack(&scan, (const uintptr_t *)sp - 1);
    hotspot_memo_end(memos, &ends, scan.hash | 1);
    *ret = scan.hash | 1;
    return true;
}
