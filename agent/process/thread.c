#include "agent/process/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "agent/base/calm.h"
#include "agent/base/clock.h"
#include "agent/base/compiler.h"
#include "agent/base/lock.h"
#include "agent/base/sandbox/sandbox.h"

#define PAGE            4096
#define THREADS_WAIT_NS UINT64_C(200000000) /* at exit: see recording.h */

struct thread thread_nobody;
__thread struct thread *thread_self = &thread_nobody;
__thread bool thread_was_asked;
bool thread_disabled WRITTEN_AT_START;

static const struct thread_hooks *hooks WRITTEN_AT_START;
static _Atomic bool ready WRITTEN_AT_START;
static _Atomic bool was_forked WRITTEN_AT_START; /* before the first thread entered */
/* In a page that fork wipes: 1 in the process that the agent's state belongs to. NULL: no thread has entered. */
static volatile uint32_t *_Atomic process_mark WRITTEN_AT_START;
static pid_t process WRITTEN_AT_START; /* that the agent's state belongs to, as far as is known */
static pthread_key_t key WRITTEN_AT_START;
static struct lock threads_lock; /* guards the two below */
static struct thread *free_threads, *all_threads;
static uint32_t shard_count;
static struct lock fork_lock; /* of the child: the first thread of it to arrive resets, others wait */

/* The thread ends: its state goes to the next new one. Statements that it runs afterwards, in destructors that come later, make
 * it enter anew. */
static void thread_leave(void *argument)
{
    struct thread *thread = argument;

    thread_self = &thread_nobody;
    if (!thread->shard || !sandbox_lets_work()) /* of the parent; nobody else will have it */
        return;
    hooks->left(thread);
    lock_take(&threads_lock);
    thread->next_free = free_threads;
    free_threads = thread;
    lock_release(&threads_lock);
}

/* What is still on the stack of the thread that forked must not take the parent's state for its own: that is wiped, but for what
 * it points to. */
static void begin_child(void)
{
    process = getpid();
    thread_self = &thread_nobody;
    if (!process_mark)
        was_forked = true;
}

bool thread_start(const struct thread_hooks *the_hooks)
{
    if (pthread_atfork(NULL, NULL, begin_child) != 0 || pthread_key_create(&key, thread_leave) != 0)
        return false;
    hooks = the_hooks;
    process = getpid();
    ready = true;
    return true;
}

bool thread_process_is_ours(void)
{
    return ready && process_mark && *process_mark != 0;
}

bool thread_runs_in_a_child(void)
{
    return process != getpid();
}

void thread_forget_all(void)
{
    if (!thread_process_is_ours())
        return;
    lock_take(&threads_lock);
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        thread->plain = thread->alive = false; /* only its own thread says true; whoever comes late forgets once more */
    lock_release(&threads_lock);
}

void thread_each(void (*each)(struct thread *thread, void *argument), void *argument)
{
    if (!lock_take_within(&threads_lock, THREADS_WAIT_NS))
        return;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        each(thread, argument);
    lock_release(&threads_lock);
}

void thread_stop(void)
{
    ready = false;
    thread_self->plain = thread_self->alive = false; /* other threads count what they know into nothing */
}

static void forget_parent(void)
{
    process = getpid();
    threads_lock = (struct lock){0};
    free_threads = all_threads = NULL;
    shard_count = 0;
    hooks->after_fork();
}

/* The child of a fork: the parent's file is not ours, its other threads do not exist, what was counted is the parent's. Memory of
 * the parent's threads and groups stays where it is: shared, untouched pages cost nothing, and handles may point to them. */
static void reset_after_fork(void)
{
    lock_take(&fork_lock);
    if (*process_mark == 0) {
        forget_parent();
        atomic_thread_fence(memory_order_seq_cst);
        *process_mark = 1;
    }
    lock_release(&fork_lock);
}

/* No thread has entered. False: there is no memory. */
static COLD bool begin(void)
{
    uint32_t *page;

    hooks->begin();
    lock_take(&fork_lock);
    if (was_forked) {
        forget_parent();
        was_forked = false;
    }
    lock_release(&fork_lock);
    lock_take(&threads_lock);
    page = process_mark ? NULL : memory_map_wiped(PAGE);
    if (page) {
        *page = 1;
        process_mark = page;
    }
    lock_release(&threads_lock);
    return process_mark != NULL;
}

struct thread *thread_take(void)
{
    struct thread *thread;

    lock_take(&threads_lock);
    thread = free_threads;
    if (thread) {
        free_threads = thread->next_free;
    } else {
        thread = memory_map_wiped(sizeof *thread);
        if (thread) {
            thread->shard = ++shard_count;
            thread->groups = thread->edges = thread->visits = thread->tallies = (struct table)TABLE_INIT_DISCARDING;
            thread->baselines = (struct table)TABLE_INIT_DISCARDING;
            thread->next = all_threads;
            all_threads = thread;
        }
    }
    lock_release(&threads_lock);
    return thread;
}

void thread_begin(struct thread *thread)
{
    thread->alive = true;
    thread->plain = clock_has_tsc;
    thread->next_free = NULL;
    thread->unusual = false;
    thread->carries = !thread->lane;
    thread->stack_low = thread->stack_high = 0;
    thread->stack_tries = 0;
    thread->read_descriptor = 0;
    thread->connects = 0;
    thread->at_work = 0;
    thread->works_for = 0;
    thread->done_elsewhere = 0;
    thread->crowded = thread->was_crowded = thread->serves = thread->takes_turns = thread->hears = thread->has_waked = false;
    thread->visitor = 0;
    thread->idle_at = UINT64_MAX;
    hooks->entered(thread); /* may find that it is unusual */
    thread->plain = thread->plain && !thread->unusual;
}

void thread_end(struct thread *thread)
{
    hooks->left(thread);
}

void thread_change_stack(struct thread *thread)
{
    thread->stack_low = thread->stack_high = 0;
    thread->stack_tries = 0;
    hooks->forget(thread);
}

struct thread *thread_enter(void)
{
    static __thread bool entering __attribute__((tls_model("initial-exec")));
    struct thread *thread;
    int saved_errno;

    if (!ready || entering)
        return NULL;
    if (!sandbox_lets_work()) {
        entering = true; /* for good */
        hooks->shut_out();
        return NULL;
    }
    saved_errno = errno;
    if (unlikely(!process_mark)) {
        bool has_begun;
        calm_begin();
        has_begun = begin();
        calm_end();
        errno = saved_errno;
        if (!has_begun)
            return NULL;
    }
    if (*process_mark == 0)
        reset_after_fork();
    if (thread_self->shard) {       /* something is to be forgotten, no more */
        hooks->forget(thread_self); /* may find that it is unusual */
        thread_self->alive = true;
        thread_self->carries = !thread_self->lane;
        thread_self->plain = !thread_self->unusual && clock_has_tsc;
        return thread_self;
    }
    if (!sandbox_permits(SYS_brk, 0, 0, 0, 0)) { /* pthread_setspecific may allocate */
        hooks->shut_out();
        return NULL;
    }
    sandbox_enter();
    calm_begin();
    entering = true; /* pthread_setspecific may call calloc, and the program's calloc may do anything */
    thread = thread_take();
    if (thread) {
        thread_begin(thread);
        pthread_setspecific(key, thread);
        thread_self = thread;
    }
    entering = false;
    calm_end();
    errno = saved_errno;
    return thread;
}
