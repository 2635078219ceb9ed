/* A damaged object in memory, as the agent meets it: its table of call frame information, the expressions in it, and the steps
 * from frame to frame that they lead to. Whatever it says, nothing outside of the object is read that is not known to be mapped.
 *
 * The first bytes are where .eh_frame_hdr is and the offset of a place of the code; the rest is the object. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/loading/real.h"
#include "collectors/languages/native/cfi.h"
#include "collectors/languages/native/expression.h"
#include "collectors/languages/native/step.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The linker lets the code under test call these in place of the loader's (--wrap): the sanitizers need the real one. */
int __wrap__dl_find_object(void *address, struct dl_find_object *ret);

#define HEAD        4
#define WORDS       512 /* of the stack: a page */
#define MOST        32
#define OBJECT_MOST ((size_t)1 << 16)

_Atomic uint32_t real_loader_changes;
static uint8_t *object;
static size_t object_size, table;

int __wrap__dl_find_object(void *address, struct dl_find_object *ret)
{
    if ((uintptr_t)address < (uintptr_t)object || (uintptr_t)address >= (uintptr_t)object + object_size)
        return -1;
    *ret = (struct dl_find_object){
        .dlfo_map_start = object, .dlfo_map_end = object + object_size, .dlfo_eh_frame = object + table};
    return 0;
}

static void require(int ok)
{
    if (!ok)
        abort();
}

static void evaluate(const struct cfi_rule *rule, const struct registers *registers, struct memory memory)
{
    uintptr_t first = registers->sp, result;
    bool dereferenced;
    int64_t offset;

    if (rule->kind != CFI_EXPRESSION && rule->kind != CFI_VALUE_EXPRESSION)
        return;
    require(rule->expression.at >= object && rule->expression.end <= object + object_size);
    expression_evaluate(rule->expression, registers, &memory, &first, &result);
    expression_is_at_rbp(rule->expression, &dereferenced, &offset);
}

static void walk(const uintptr_t *stack, uintptr_t pc)
{
    const struct registers registers = {.pc = pc, .sp = (uintptr_t)&stack[4], .bp = (uintptr_t)&stack[8]};
    struct memory memory = {(uintptr_t)stack, (uintptr_t)(stack + WORDS)};
    uintptr_t addresses[MOST], slots[MOST];
    struct step_trace trace = {.addresses = addresses, .slots = slots, .max = MOST};
    struct step_frame frame = {.registers = registers};
    struct cfi_row row;

    if (cfi_find(pc, &row)) {
        evaluate(&row.cfa, &registers, memory);
        for (unsigned i = 0; i < CFI_REGISTERS; i++)
            evaluate(&row.rule[i], &registers, memory);
    }
    step_outwards(&frame, &memory, &trace);
    require(trace.count <= MOST);
}

/* Pages with one behind them that cannot be read: what the code asks the kernel about before it reads it, the address sanitizer
 * would refuse near memory of its own. Returns their end. */
static uint8_t *pages(size_t size)
{
    uint8_t *at = mmap(NULL, size + MEMORY_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    require(at != MAP_FAILED && mprotect(at + size, MEMORY_PAGE, PROT_NONE) == 0);
    return at + size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t *object_end;
    static uintptr_t *stack;
    size_t place;

    if (!object_end) {
        object_end = pages(OBJECT_MOST);
        stack = (uintptr_t *)(void *)pages(WORDS * sizeof *stack) - WORDS;
    }
    if (size <= HEAD || size - HEAD > OBJECT_MOST)
        return 0;
    real_loader_changes++; /* what was learned of the last object is no more */
    object_size = size - HEAD;
    table = (data[0] | (size_t)data[1] << 8) % object_size;
    place = (data[2] | (size_t)data[3] << 8) % object_size;
    object = object_end - object_size;
    memcpy(object, data + HEAD, object_size);
    for (size_t i = 0; i < WORDS; i++) /* a stack that leads back into the object */
        stack[i] = i % 2 ? (uintptr_t)object + (place + i) % object_size : (uintptr_t)&stack[(i + 4) % WORDS];
    walk(stack, (uintptr_t)object + place);
    return 0;
}
