#include "collectors/languages/hotspot/layout.h"

#include "agent/base/compiler.h"
#include "agent/base/readable.h"
#include "collectors/languages/hotspot/fields.h"

#define ENVIRONMENT_MAX 1024                 /* bytes from a thread's anchor to its JNI environment */
#define STACK_MAX       (UINT64_C(64) << 20) /* bytes */
#define SEGMENT_FREE    0xff
#define STEPS_MAX       65536 /* back to where a piece begins, of 254 segments each */

/* Where a static word of the machine's is; NULL: it has none. */
static const uintptr_t *static_word(const char *type, const char *field)
{
    uintptr_t at;

    return hotspot_field(type, field, &at) ? (const uintptr_t *)at : NULL;
}

static bool find_interpreter(struct hotspot_layout *ret)
{
    const uintptr_t *code = static_word("AbstractInterpreter", "_code");
    uintptr_t buffer, limit;

    if (!code || !*code || !hotspot_field("StubQueue", "_stub_buffer", &buffer) ||
        !hotspot_field("StubQueue", "_buffer_limit", &limit))
        return false;
    ret->interpreter_low = hotspot_word((const void *)*code, buffer);
    ret->interpreter_size = hotspot_half((const void *)*code, limit);
    return true;
}

/* The list of the parts is made at the start and stays; they grow. */
static bool find_heaps(struct hotspot_layout *ret)
{
    const uintptr_t *list = static_word("CodeCache", "_heaps");
    uintptr_t count_at, data_at, memory, segments, bits, low, high;

    if (!list || !*list ||
        (!hotspot_field("GrowableArrayBase", "_len", &count_at) && !hotspot_field("GenericGrowableArray", "_len", &count_at)) ||
        !hotspot_field("GrowableArray<int>", "_data", &data_at) || !hotspot_field("CodeHeap", "_memory", &memory) ||
        !hotspot_field("CodeHeap", "_segmap", &segments) || !hotspot_field("CodeHeap", "_log2_segment_size", &bits) ||
        !hotspot_field("VirtualSpace", "_low", &low) || !hotspot_field("VirtualSpace", "_high", &high))
        return false;
    ret->heap_count = hotspot_half((const void *)*list, count_at);
    if (ret->heap_count == 0 || ret->heap_count > HOTSPOT_HEAPS)
        return false;
    for (size_t i = 0; i < ret->heap_count; i++) {
        const char *heap = (const char *)hotspot_word((const void *)hotspot_word((const void *)*list, data_at), i * sizeof(heap));

        ret->heaps[i] = (struct hotspot_heap){
            .low = hotspot_word(heap, memory + low),
            .high = (const uintptr_t *)(const void *)(heap + memory + high),
            .segments = (const uint8_t *)hotspot_word(heap, segments + low),
            .segment_bits = hotspot_half(heap, bits),
        };
        if (!ret->heaps[i].segments || ret->heaps[i].segment_bits > 16)
            return false;
    }
    return true;
}

static bool find_code(struct hotspot_layout *ret)
{
    const uintptr_t *entry = static_word("StubRoutines", "_call_stub_return_address");
    uintptr_t header;

    if (!entry || !hotspot_field("HeapBlock", "_header", &header) ||
        !hotspot_field("HeapBlock::Header", "_used", &ret->block_used) || !hotspot_size("HeapBlock", &ret->block_size) ||
        !hotspot_field("CodeBlob", "_size", &ret->piece_size) || !hotspot_field("CodeBlob", "_frame_size", &ret->frame_size) ||
        !hotspot_field("Method", "_constMethod", &ret->const_method))
        return false;
    ret->entry = *entry;
    ret->block_used += header;
    return find_interpreter(ret) && find_heaps(ret);
}

static bool find_members(struct hotspot_layout *ret)
{
    ret->collected_heap = static_word("Universe", "_collectedHeap");
    if (!hotspot_field("JavaThread", "_vthread", &ret->virtual_object))
        ret->virtual_object = 0;
    return ret->collected_heap && hotspot_field("CollectedHeap", "_total_collections", &ret->collections) &&
           hotspot_field("JavaCallWrapper", "_anchor", &ret->wrapper_anchor) &&
           hotspot_field("JavaThread", "_anchor", &ret->anchor) &&
           hotspot_field("JavaFrameAnchor", "_last_Java_sp", &ret->anchor_sp) &&
           hotspot_field("JavaFrameAnchor", "_last_Java_pc", &ret->anchor_pc) &&
           hotspot_field("JavaFrameAnchor", "_last_Java_fp", &ret->anchor_fp) &&
           hotspot_field("JavaThread", "_stack_base", &ret->stack_base) &&
           hotspot_field("JavaThread", "_threadObj", &ret->thread_object);
}

static bool is_code(const struct hotspot_layout *layout, uintptr_t address)
{
    return hotspot_is_interpreter(layout, address) || hotspot_code_at(layout, address);
}

/* Whether this is the calling thread, by its stack and by the Java code that called out of the machine. */
static bool is_thread(const struct hotspot_layout *layout, const char *thread)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0), base, sp, pc;

    if (!readable_word(thread + layout->stack_base) || !readable_word(thread + layout->anchor + layout->anchor_sp))
        return false;
    base = hotspot_word(thread, layout->stack_base);
    sp = hotspot_word(thread, layout->anchor + layout->anchor_sp);
    pc = hotspot_word(thread, layout->anchor + layout->anchor_pc);
    return base > here && base - here < STACK_MAX && sp > here && sp < base && (pc == 0 || is_code(layout, pc)) &&
           is_code(layout, hotspot_word((const void *)(sp - 8), 0));
}

static bool find_thread(struct hotspot_layout *layout, const char *environment)
{
    for (uintptr_t back = layout->anchor; back < layout->anchor + ENVIRONMENT_MAX; back += 8) {
        if (is_thread(layout, environment - back)) {
            layout->thread_in_environment = back;
            return true;
        }
    }
    return false;
}

COLD bool hotspot_layout_find(const void *environment, struct hotspot_layout *ret)
{
    return find_code(ret) && find_members(ret) && find_thread(ret, environment);
}

/* Others are made and freed meanwhile, and free ones joined: what was found is looked at. */
const char *hotspot_code_at(const struct hotspot_layout *layout, uintptr_t address)
{
    for (size_t i = 0; i < layout->heap_count; i++) {
        const struct hotspot_heap *heap = &layout->heaps[i];
        uintptr_t offset = address - heap->low, segment = offset >> heap->segment_bits;
        const char *block, *piece;
        uint8_t back;

        if (offset >= *heap->high - heap->low)
            continue;
        for (int steps = 0; (back = heap->segments[segment]) != 0; steps++) {
            if (back == SEGMENT_FREE || back > segment || steps == STEPS_MAX)
                return NULL;
            segment -= back;
        }
        block = (const char *)(heap->low + (segment << heap->segment_bits));
        piece = block + layout->block_size;
        return block[layout->block_used] && address - (uintptr_t)piece < hotspot_half(piece, layout->piece_size) ? piece : NULL;
    }
    return NULL;
}
