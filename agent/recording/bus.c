#include "agent/recording/bus.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/base/compiler.h"
#include "agent/base/lock.h"
#include "agent/base/sandbox/sandbox.h"
#include "agent/base/system.h"
#include "agent/loading/real.h"

#define PAGE ((uintptr_t)4096)

typedef int sigaction_function(int, const struct sigaction *, struct sigaction *);

static _Atomic uintptr_t watched_start, watched_size;
static _Atomic long owner; /* the process that all this is said of */
static _Atomic bool lost, is_ours, is_out;
static struct sigaction programs; /* what the program believes is set up, while is_ours */
static struct lock lock;          /* guards the two above */

static int real_sigaction(const struct sigaction *action, struct sigaction *old)
{
    static sigaction_function *_Atomic real;
    sigaction_function *function = atomic_load(&real);

    if (!function) {
        *(void **)&function = real_next("sigaction");
        atomic_store(&real, function);
    }
    return function(SIGBUS, action, old);
}

static bool is_default(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_DFL;
}

static bool is_ignored(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_IGN;
}

static void handle(int number, siginfo_t *info, void *context);

static bool is_handled(const struct sigaction *action)
{
    return action->sa_flags & SA_SIGINFO && action->sa_sigaction == handle;
}

static long process_now(void)
{
    return getpid();
}

/* The child of a vfork has the memory of its parent, but signal handlers of its own; that of a fork has not begun. What holds
 * there is what the kernel says, and nothing is noted. */
static bool is_in_a_child(void)
{
    return atomic_load(&owner) != process_now();
}

static int sigaction_of_a_child(const struct sigaction *action, struct sigaction *old)
{
    struct sigaction before;
    int result = real_sigaction(action, &before);

    if (result == 0 && old)
        *old = is_handled(&before) ? programs : before;
    return result;
}

/* With the program's own mask and flags, so that its handler runs under what it asked for. */
static int put_ours(const struct sigaction *for_program)
{
    struct sigaction ours = *for_program;

    if (is_default(for_program)) {
        sigemptyset(&ours.sa_mask);
        ours.sa_flags = SA_ONSTACK | SA_RESTART;
    }
    ours.sa_flags |= SA_SIGINFO;
    ours.sa_sigaction = handle;
    return real_sigaction(&ours, NULL);
}

/* What the kernel does where nothing is set up: an access that failed is made once more, and kills; a signal that was sent comes
 * again when this handler has returned. */
static void die(const siginfo_t *info)
{
    struct sigaction nothing = {.sa_handler = SIG_DFL};

    atomic_store(&is_ours, false);
    real_sigaction(&nothing, NULL);
    if (info->si_code <= 0)
        system_call(SYS_tgkill, process_now(), system_call(SYS_gettid, 0, 0, 0, 0, 0), SIGBUS, 0, 0);
}

static void pass_on(int number, siginfo_t *info, void *context)
{
    struct sigaction theirs = programs;

    if (is_default(&theirs) || (is_ignored(&theirs) && info->si_code > 0)) {
        die(info);
        return;
    }
    if (theirs.sa_flags & (int)SA_RESETHAND) {
        programs = (struct sigaction){.sa_handler = SIG_DFL};
        put_ours(&programs);
    }
    if (theirs.sa_flags & SA_SIGINFO)
        theirs.sa_sigaction(number, info, context);
    else if (!is_ignored(&theirs))
        theirs.sa_handler(number);
}

/* The file ends before this page, and so before those behind it. */
static bool replace(uintptr_t address)
{
    uintptr_t start = atomic_load(&watched_start), end = start + atomic_load(&watched_size), page = address & ~(PAGE - 1);

    if (address < start || address >= end)
        return false;
    atomic_store(&lost, true);
    return system_call6(SYS_mmap, (long)page, (long)(end - page), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == (long)page;
}

static void handle(int number, siginfo_t *info, void *context)
{
    int saved_errno = errno;

    if (info->si_code > 0 && replace((uintptr_t)info->si_addr)) {
        if (programs.sa_flags & (int)SA_RESETHAND)
            put_ours(&programs);
        errno = saved_errno;
        return;
    }
    errno = saved_errno;
    pass_on(number, info, context);
}

void bus_watch(void *start, size_t size)
{
    struct sigaction now;

    if (!sandbox_permits(SYS_rt_sigaction, SIGBUS, 0, (long)(uintptr_t)&now, 8))
        return;
    atomic_store(&watched_size, 0);
    atomic_store(&watched_start, (uintptr_t)start);
    atomic_store(&watched_size, size);
    atomic_store(&lost, false);
    if (is_in_a_child())
        lock = (struct lock){0}; /* who has it is the parent's */
    lock_take(&lock);
    if (is_in_a_child()) { /* a process of its own from now on, which may have set up something before */
        atomic_store(&is_ours, real_sigaction(NULL, &now) == 0 && is_handled(&now));
        atomic_store(&owner, process_now());
    }
    if (!atomic_load(&is_ours) && !atomic_load(&is_out) && real_sigaction(NULL, &now) == 0 && !is_ignored(&now)) {
        programs = now;
        atomic_store(&is_ours, put_ours(&now) == 0);
    }
    lock_release(&lock);
}

bool bus_is_lost(void)
{
    return atomic_load_explicit(&lost, memory_order_relaxed);
}

int bus_sigaction(const struct sigaction *action, struct sigaction *old)
{
    struct sigaction before;
    int result = 0;

    if (atomic_load(&is_ours) && is_in_a_child())
        return sigaction_of_a_child(action, old);
    if (!atomic_load(&is_ours) || !lock_take_briefly(&lock))
        return real_sigaction(action, old);
    if (!atomic_load(&is_ours)) {
        lock_release_brief(&lock);
        return real_sigaction(action, old);
    }
    before = programs;
    if (action) {
        programs = *action;
        if (is_ignored(action)) {
            atomic_store(&is_ours, false);
            result = real_sigaction(action, NULL);
        } else {
            result = put_ours(action);
        }
    }
    lock_release_brief(&lock);
    if (old)
        *old = before;
    return result;
}

void bus_give_back(void)
{
    struct sigaction now;

    if (atomic_load(&is_ours) && is_in_a_child()) {
        if (real_sigaction(NULL, &now) == 0 && is_handled(&now))
            real_sigaction(&programs, NULL);
        return;
    }
    atomic_store(&is_out, true);
    if (atomic_exchange(&is_ours, false))
        real_sigaction(&programs, NULL);
}
