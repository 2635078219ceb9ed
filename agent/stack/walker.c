#include "agent/stack/walker.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "agent/base/calm.h"
#include "agent/base/compiler.h"
#include "agent/base/lock.h"
#include "agent/base/log.h"
#include "agent/base/system.h"
#include "agent/process/lanes.h"
#include "agent/recording/recording.h"

#define LANGUAGES_MAX 10
#define LOOKS_MAX     64 /* connections at whose opening a VM is looked for */

/* A second at the least: on a machine with many times more threads than processors starting takes some 100 ms. */
#define WAIT_NS    50000
#define WAIT_TIMES 20000

enum state { UNSEEN, STARTING, WORKS, FAILED };

const struct language_walker *_Atomic walkers_first;
_Atomic bool walkers_wander;

static _Atomic int native_state;
static _Atomic int language_state[LANGUAGES_MAX];
static _Atomic uint32_t looks;

static void note(const char *why)
{
    lock_take(&recording_lock);
    recording_note(why);
    lock_release(&recording_lock);
    log_line(LOG_WARN, "%s", why);
}

static void note_use(const char *name)
{
    lock_take(&recording_lock);
    recording_note_walker(name);
    lock_release(&recording_lock);
}

/* Whether it is the caller's to start this walker, or to look for its VM again. While another thread is at it the caller waits: a
 * statement that ran now would have no stack, or one without the VM's functions. Starting takes the loader's lock, which the
 * calling thread may hold, in a constructor that opens a connection: so it does not wait for ever. Starting is a calm section, up
 * to settle: a handler that interrupted it and ran a statement would wait for its own thread. */
static bool claim(_Atomic int *state)
{
    const struct timespec moment = {.tv_nsec = WAIT_NS};

    for (unsigned i = 0; i < WAIT_TIMES; i++) {
        int found = UNSEEN;

        if (atomic_load_explicit(state, memory_order_acquire) == UNSEEN) {
            calm_begin();
            if (atomic_compare_exchange_strong(state, &found, STARTING))
                return true;
            calm_end();
        }
        if (atomic_load(state) != STARTING)
            return false;
        system_call(SYS_nanosleep, (long)(uintptr_t)&moment, 0, 0, 0,
                    0); /* not the interposed one: this is no wait of the program's */
    }
    return false;
}

static void settle(_Atomic int *state, enum state found)
{
    atomic_store(state, (int)found);
    calm_end();
}

/* It is the first, unless one before it works. */
static void note_works(size_t index)
{
    const struct language_walker *first = atomic_load(&walkers_first);
    bool later;

    do {
        later = false;
        for (size_t i = 0; i < index && first; i++)
            later = later || language_walkers[i] == first;
    } while (!later && !atomic_compare_exchange_weak(&walkers_first, &first, language_walkers[index]));
    first = atomic_load(&walkers_first);
    atomic_store(&walkers_wander, first->wanderer != NULL);
}

static enum state start_language(const struct language_walker *walker)
{
    const char *why = "";

    if (!walker->present())
        return UNSEEN;
    if (!walker->start(&why)) {
        note(why);
        return FAILED;
    }
    note_use(walker->name);
    return WORKS;
}

static void start_languages(void)
{
    for (size_t i = 0; i < language_walker_count; i++) {
        enum state state;

        if (!claim(&language_state[i]))
            continue;
        state = start_language(language_walkers[i]);
        if (state == WORKS)
            note_works(i); /* before anybody who waits goes on */
        settle(&language_state[i], state);
        if (state == WORKS)
            thread_forget_all(); /* what is remembered of native stacks does not tell the VM's functions apart */
    }
}

void walkers_start(void)
{
    const char *why = "";

    if (claim(&native_state)) {
        bool works = native_walker->start(&why);
        if (works)
            note_use(native_walker->name);
        else
            note(why);
        settle(&native_state, works ? WORKS : FAILED);
    }
    if (atomic_load_explicit(&looks, memory_order_relaxed) < LOOKS_MAX && atomic_fetch_add(&looks, 1) < LOOKS_MAX)
        start_languages();
}

/* In a fork's child no thread is starting anything. */
static void restart(_Atomic int *state)
{
    if (atomic_load(state) == STARTING)
        atomic_store(state, UNSEEN);
}

void walkers_reset_after_fork(void)
{
    restart(&native_state);
    for (size_t i = 0; i < LANGUAGES_MAX; i++)
        restart(&language_state[i]);
}

bool walkers_have_native(void)
{
    return atomic_load_explicit(&native_state, memory_order_relaxed) == WORKS;
}

size_t walkers_walk_vm(struct vm_frame *frames, size_t max, const struct language_walker **ret)
{
    int saved_errno = errno;
    size_t count = 0;

    for (size_t i = 0; i < language_walker_count && count == 0; i++) {
        if (atomic_load_explicit(&language_state[i], memory_order_relaxed) != WORKS)
            continue;
        count = language_walkers[i]->walk(frames, max);
        *ret = language_walkers[i];
    }
    errno = saved_errno;
    return count;
}

size_t walker_no_frames(struct vm_frame *frames, size_t max)
{
    (void)frames;
    (void)max;
    return 0;
}

void walker_no_description(const struct vm_frame *frame, struct vm_description *ret)
{
    (void)frame;
    (void)ret;
}

/* A call inside of another one is its task's, too. One that never came back (a panic that goes through C) is somebody else's. */
struct thread *walkers_enter_task(struct thread **own, bool begins)
{
    const struct language_walker *first = atomic_load(&walkers_first);
    struct lane_task task;

    if (!*own)
        return NULL;
    task = first->wanderer();
    if ((*own)->lane) {
        if (lanes_is_in(*own, task.number))
            return *own;
        thread_leave_lane_now(*own);
        *own = thread_current();
    }
    return *own && task.number ? lanes_enter_or_join(*own, &task, begins) : *own;
}

void walkers_leave_task(struct thread *own)
{
    struct thread *thread = thread_self;

    if (own && thread != own && thread->carrier == own)
        thread_leave_lane_now(thread);
}
