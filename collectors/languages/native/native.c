/* Native frames, by the call frame information that compilers write for exceptions and debuggers. Our own reading of it, as
 * libraries that do it want what a guest must not have: descriptors that stay open, 13 KiB of the thread's stack, malloc and
 * destructors at the end of threads, a file to be loaded from where the program may no longer reach it. The tests compare it with
 * libunwind. */
#include "collectors/languages/native/native.h"

#include "agent/base/compiler.h"
#include "collectors/languages/native/cfi.h"
#include "collectors/languages/native/step.h"

static NOINLINE size_t walk(uintptr_t slot, uintptr_t high, uintptr_t *addresses, uintptr_t *slots, size_t max)
{
    const uintptr_t *here = __builtin_frame_address(0); /* the caller's rbp, then the return address: System V ABI, 3.2.2 */
    struct step_frame frame = {{.pc = here[1], .sp = (uintptr_t)(here + 2), .bp = here[0]}, false};
    struct memory memory = {(uintptr_t)here, high > (uintptr_t)here ? high : (uintptr_t)(here + 2)};
    struct step_trace trace = {slot, addresses, slots, 0, max};

    step_outwards(&frame, &memory, &trace);
    return trace.count;
}

/* Does a walk end, and does it see who called? */
static NOINLINE bool self_test(void)
{
    uintptr_t addresses[64], slots[64];
    const uintptr_t *here = __builtin_frame_address(0);

    return walk((uintptr_t)(here + 1), 0, addresses, slots, ARRAY_LENGTH(addresses)) > 1 && addresses[0] == here[1] &&
           slots[0] == (uintptr_t)(here + 1);
}

static bool start(const char **why)
{
    *why = "no way through the stack of this program: stacks have one frame only";
    return self_test();
}

/* A call may be the last instruction of its function: the address behind it is the next one's. */
static uintptr_t function(uintptr_t address)
{
    return cfi_function(address - 1);
}

const struct native_walker native_frames = {
    .name = "native",
    .start = start,
    .walk = walk,
    .function = function,
};
