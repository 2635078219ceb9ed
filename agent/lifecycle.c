#include "agent/lifecycle.h"

#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/libc.h"
#include "agent/base/lock.h"
#include "agent/base/log.h"
#include "agent/base/table.h"
#include "agent/base/sandbox/sandbox.h"
#include "agent/value/value.h"
#include "agent/stay/baseline.h"
#include "agent/evidence/judge.h"
#include "agent/evidence/open_transaction.h"
#include "agent/evidence/provenance.h"
#include "agent/group/group.h"
#include "agent/group/tally.h"
#include "agent/group/visit.h"
#include "agent/loading/exports.h"
#include "agent/loading/loader.h"
#include "agent/patching/lookout.h"
#include "agent/probe/collectors.h"
#include "agent/process/lanes.h"
#include "agent/process/settings.h"
#include "agent/process/thread.h"
#include "agent/recording/database.h"
#include "agent/recording/recording.h"
#include "agent/stack/stack.h"
#include "agent/stack/walker.h"
#include "agent/statement/statement.h"
#include "agent/unit/called.h"
#include "agent/unit/descriptors.h"
#include "agent/unit/scope.h"
#include "agent/unit/unit.h"

/* In the order of the stairs. */
static void after_fork(void)
{
    table_reset_after_fork();
    lanes_reset_after_fork();
    lookout_reset_after_fork();
    recording_reset_after_fork();
    database_reset_after_fork();
    stack_reset_after_fork();
    walkers_reset_after_fork();
    scope_reset_after_fork();
    called_reset_after_fork();
    statement_reset_after_fork();
    group_reset_after_fork();
    tally_reset_after_fork();
    visit_reset_after_fork();
    open_transaction_reset_after_fork();
    provenance_reset_after_fork();
    collectors_reset_after_fork();
}

/* Threads that a server starts for its visitors, and those of its pool that read what one of them asked for, do that; others do
 * the work of the thread that started them: what that one read explains what they ask for, and one execution in each of them is a
 * loop. */
static void begin_work(struct thread *thread)
{
    static _Atomic uint64_t last_seen;
    uint64_t visit = descriptors_last_visit();
    bool was_asked = thread->lane ? lanes_was_asked(thread->lane) : thread_was_asked;
    bool visited = atomic_exchange_explicit(&last_seen, visit, memory_order_relaxed) != visit || was_asked;

    if (thread->sequence || visited) /* its state may be that of a thread which has ended */
        unit_end(thread);
    if (!visited)
        thread->boundary = 0;
    thread->serves = thread->hears = was_asked;
    called_begin(thread);
    thread->work_waits = thread->waits;
    thread->work_began = visit;
}

static void choose_salt(void)
{
    uint64_t none = 1, salt; /* as it is until one is chosen */

    /* Before the random pool is ready there is the clock: the salt hides values from readers of a core dump, no more. */
    if (getrandom(&salt, sizeof salt, GRND_NONBLOCK) != (ssize_t)sizeof salt)
        salt = clock_monotonic_ns() * HASH_K1;
    __atomic_compare_exchange_n(&value_salt, &none, salt | 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* Most programs never come here. */
static void begin(void)
{
    libc_start(exports_of_libc);
    clock_look();
    choose_salt();
    visit_start(baseline_note);
}

static void entered(struct thread *thread)
{
    begin_work(thread);
    scope_enter_thread(thread);
    stack_forget_memos(thread);
    collectors_thread_entered(thread);
}

static void forget(struct thread *thread)
{
    stack_forget_memos(thread);
    collectors_thread_forgot(thread);
}

/* What it executes from now on is not counted. */
static void shut_out(void)
{
    recording_left_out(STATUS_LEFT_OUT_GROUPS, 1);
}

const struct thread_hooks lifecycle_hooks = {
    .begin = begin,
    .after_fork = after_fork,
    .entered = entered,
    .forget = forget,
    .left = scope_leave_all,
    .shut_out = shut_out,
};

/* Whoever loads something may be anywhere: who has the lock need not come back. */
static void note_copy(const char *words)
{
    if (!lock_take_within(&recording_lock, UINT64_C(1000000000)))
        return;
    recording_note(words);
    lock_release(&recording_lock);
}

/* Everything that a program without a database pays for. The environment is read now: later it may be gone. */
__attribute__((constructor)) static void lifecycle_begin(void)
{
    int saved_errno = errno;

    log_start();
    settings_read();
    loader_start();
    thread_disabled = settings.disabled;
    if (!thread_disabled) {
        clock_start();
        thread_start(&lifecycle_hooks);
        if (settings.hidden)
            lookout_start(note_copy);
    }
    errno = saved_errno;
}

__attribute__((destructor)) static void lifecycle_end(void)
{
    if (!thread_process_is_ours() || !sandbox_lets_work())
        return;
    judge_all();
    recording_end();
}
