#include "stub_walker.h"

#include "agent/loading/loader.h"
#include "agent/probe/collectors.h"
#include "agent/loading/copies.h"
#include "agent/stack/walker.h"

static __thread uintptr_t innermost, stack[64];
static __thread size_t depth;

void stub_walker_set(const uintptr_t *frames, size_t count)
{
    depth = count;
    for (size_t i = 0; i < count; i++)
        stack[i] = frames[i];
}

void stub_walker_enter(uintptr_t return_address)
{
    innermost = return_address;
}

static bool fails;

void stub_walker_fail(void)
{
    fails = true;
}

static bool start(const char **why)
{
    *why = fails ? "there is no walker" : "";
    return !fails;
}

/* Without the slots, so that every stack is walked anew. */
static size_t walk(uintptr_t slot, uintptr_t high, uintptr_t *addresses, uintptr_t *slots, size_t max)
{
    size_t count = 0;

    addresses[count] = innermost;
    slots[count++] = 0;
    for (size_t i = 0; i < depth && count < max; i++) {
        addresses[count] = stack[i];
        slots[count++] = 0;
    }
    return count;
}

/* The program of the tests has no functions. */
static uintptr_t function(uintptr_t address)
{
    return 0;
}

static const struct native_walker stub = {.name = "stub", .start = start, .walk = walk, .function = function};
const struct native_walker *const native_walker = &stub;

const struct language_walker *const language_walkers[] = {NULL};
const size_t language_walker_count = 0;

struct client_library *const copies_kinds[] = {NULL};
const size_t copies_kind_count = 0;

void collectors_reset_after_fork(void)
{
}

void collectors_thread_entered(struct thread *thread)
{
    (void)thread;
}

void collectors_thread_forgot(struct thread *thread)
{
    (void)thread;
}

const struct loader_claim *const loader_claims[] = {NULL};
const size_t loader_claim_count = 0;

/* loader.c, which interposes functions of libc, stays out of the tests. */
void loader_start(void)
{
}

void loader_watch(const struct loader_watcher *watcher)
{
}
