#include "agent/unit/descriptors.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/readable.h"
#include "agent/base/sandbox/sandbox.h"
#include "agent/process/lanes.h"
#include "agent/stack/walker.h"
#include "agent/unit/scope.h"
#include "agent/unit/unit.h"

#define LOOKED_AT 16 /* descriptors of a poll(2) */

_Alignas(64) _Atomic uint8_t descriptors_kinds[DESCRIPTORS];

/* Which epoll instance watches a connection to a database (plus one; 0: none), and how many of them each instance watches. An
 * event loop adds and removes them all the time, and goes on waiting for the others. */
static _Atomic uint32_t watched_by[DESCRIPTORS];
_Atomic uint32_t descriptors_watching[DESCRIPTORS];

/* The same of a descriptor that may become one. */
static _Atomic uint32_t noted[DESCRIPTORS];

_Atomic uint32_t descriptors_copy_of[DESCRIPTORS];

static int original_of(int watcher)
{
    uint32_t original = watcher >= 0 && watcher < DESCRIPTORS
                            ? atomic_load_explicit(&descriptors_copy_of[watcher], memory_order_relaxed)
                            : 0;

    return original ? (int)original - 1 : watcher;
}

void descriptors_copied(int descriptor, int copy)
{
    int saved_errno = errno;
    struct stat status;
    uint32_t original = 0;

    if (copy < 0 || copy >= DESCRIPTORS || descriptor < 0 || descriptor >= DESCRIPTORS || descriptor == copy)
        return;
    if (fstat(copy, &status) == 0 && (status.st_mode & S_IFMT) == 0) /* what has no type may be an epoll instance */
        original = (uint32_t)original_of(descriptor) + 1;
    if (atomic_load_explicit(&descriptors_copy_of[copy], memory_order_relaxed) != original)
        atomic_store_explicit(&descriptors_copy_of[copy], original, memory_order_relaxed);
    descriptors_put(DESCRIPTOR_COPY, copy, original != 0);
    errno = saved_errno;
}

void descriptors_copy_closed(int copy)
{
    atomic_store_explicit(&descriptors_copy_of[copy], 0, memory_order_relaxed);
    descriptors_put(DESCRIPTOR_COPY, copy, false);
}

bool descriptors_put(enum descriptor_kind kind, int descriptor, bool is)
{
    uint8_t before;

    if (descriptor < 0 || descriptor >= DESCRIPTORS || descriptors_is(kind, descriptor) == is)
        return false;
    if (is)
        before = atomic_fetch_or_explicit(&descriptors_kinds[descriptor], (uint8_t)kind, memory_order_relaxed);
    else
        before = atomic_fetch_and_explicit(&descriptors_kinds[descriptor], (uint8_t)~kind, memory_order_relaxed);
    return ((before & kind) != 0) != is;
}

/* Eight at a time, as most are nothing. */
void descriptors_forget(enum descriptor_kind kind)
{
    const uint64_t of_each = kind * UINT64_C(0x0101010101010101);

    for (int first = 0; first < DESCRIPTORS; first += 8) {
        uint64_t eight;
        memcpy(&eight, (const void *)&descriptors_kinds[first], sizeof eight);
        if ((eight & of_each) == 0)
            continue;
        for (int i = first; i < first + 8; i++)
            descriptors_put(kind, i, false);
    }
}

/* watcher: -1 for none. To say the same twice changes nothing, so nobody need know whether a call succeeds. */
void descriptors_watch(int watcher, int descriptor)
{
    uint32_t before;

    if (descriptor < 0 || descriptor >= DESCRIPTORS || watcher >= DESCRIPTORS)
        return;
    watcher = original_of(watcher);
    if (watcher >= 0 && !descriptors_is(DESCRIPTOR_DATABASE, descriptor)) {
        atomic_store_explicit(&noted[descriptor], (uint32_t)(watcher + 1), memory_order_relaxed);
        return;
    }
    atomic_store_explicit(&noted[descriptor], 0, memory_order_relaxed);
    before = atomic_exchange_explicit(&watched_by[descriptor], (uint32_t)(watcher + 1), memory_order_relaxed);
    if (before == (uint32_t)(watcher + 1))
        return;
    if (before)
        atomic_fetch_sub_explicit(&descriptors_watching[before - 1], 1, memory_order_relaxed);
    if (watcher >= 0)
        atomic_fetch_add_explicit(&descriptors_watching[watcher], 1, memory_order_relaxed);
}

void descriptors_database(int descriptor, bool is)
{
    uint32_t watcher = 0;

    descriptors_put(DESCRIPTOR_DATABASE, descriptor, is);
    if (!is)
        descriptors_watch(-1, descriptor);
    else if (descriptor >= 0 && descriptor < DESCRIPTORS)
        watcher = atomic_load_explicit(&noted[descriptor], memory_order_relaxed);
    if (watcher)
        descriptors_watch((int)watcher - 1, descriptor);
}

/* Others have no peer, one without a name (a pair of sockets), or are visitors. */
bool descriptors_is_asked(int descriptor)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int saved_errno = errno;
    bool asked;
    int type = 0, listens = 1;

    if (descriptor < 0 || descriptors_is(DESCRIPTOR_VISITOR, descriptor))
        return false;
    if (getpeername(descriptor, (struct sockaddr *)&peer, &length) == 0) {
        asked = peer.ss_family != AF_UNIX || length > offsetof(struct sockaddr_un, sun_path) + 1;
    } else { /* still connecting */
        length = sizeof type;
        asked = getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM &&
                getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && !listens;
    }
    errno = saved_errno;
    return asked;
}

/* Whose wait that of the calling thread is, to be left by thread_leave_lane; NULL: of one that has no state yet. */
static COLD struct thread *waiting(struct thread *carrier, bool is_asked)
{
    uint64_t task = walkers_task();
    struct thread *thread;

    if (task == WALKER_MACHINE && !is_asked) /* its threads wait while others are at work */
        return NULL;
    thread = task ? lanes_enter_again(carrier, task) : carrier;
    if (!thread && is_asked)
        lanes_note_asked(task);
    return thread;
}

/* A connection is owed an answer: that is waited for, whatever wakes the thread. */
static bool is_owed(const struct thread *thread)
{
    return thread->at_work > atomic_load_explicit(&thread->done_elsewhere, memory_order_relaxed);
}

/* Whether what it does until it hears the next one is all for that visitor: an event loop hears others meanwhile. visitor: -1 for
 * none. */
static bool serves(struct thread *thread, int visitor)
{
    bool passed = thread->visitor && thread->visitor != visitor + 1 && thread->sequence == thread->heard_at;

    thread->visitor = visitor + 1;
    if (visitor < 0)
        return false;
    thread->hears = true;
    thread->takes_turns = thread->takes_turns || thread->transactions > 0 || is_owed(thread);
    return !thread->takes_turns && !passed;
}

/* The calling thread waits for other work; visitor: the descriptor of one who sends it, -1: of none. */
static void wait_for_work_of(struct thread *thread, int visitor)
{
    if (!thread->alive || thread->scope_depth)
        return;
    if (unlikely(thread->carries) && !(thread = waiting(thread, visitor >= 0)))
        return;
    scope_forget_tags(thread);
    thread->serves = serves(thread, visitor);
    unit_end(thread);
    thread->heard_at = thread->sequence;
    thread_leave_lane(thread);
}

static void wait_for_work(struct thread *thread)
{
    wait_for_work_of(thread, -1);
}

/* It waits for something that it asked for. */
static void wait_for_answer(struct thread *thread)
{
    if (thread->alive && !thread->scope_depth && !thread->transactions)
        unit_pause(thread);
}

static void hear(struct thread *thread, int descriptor)
{
    if (descriptors_is(DESCRIPTOR_DATABASE, descriptor))
        return;
    if (descriptors_is_asked(descriptor))
        wait_for_answer(thread);
    else
        wait_for_work_of(thread, descriptors_is(DESCRIPTOR_VISITOR, descriptor) ? descriptor : -1);
}

/* thread_self of a thread that has run no statement is never alive, and nothing is done. Messages of a process beside it (a
 * cluster's, a test runner's) come to an event loop in the middle of its work. */
void descriptors_wait_on(int descriptor)
{
    struct thread *thread = thread_self;

    if (thread->alive && (!is_owed(thread) || descriptors_is(DESCRIPTOR_VISITOR, descriptor)))
        hear(thread, descriptor);
}

/* An event loop may be waited for by its epoll instance. */
static bool is_database(int descriptor)
{
    return descriptors_is(DESCRIPTOR_DATABASE, descriptor) || descriptors_is_watching(original_of(descriptor));
}

/* Among several descriptors a database wins, then one that brings new work. */
void descriptors_wait_on_polled(const struct pollfd *polled, nfds_t count)
{
    struct thread *thread = thread_self;
    bool work = count > LOOKED_AT;

    if (!thread->alive || is_owed(thread))
        return;
    for (nfds_t i = 0; i < count && i < LOOKED_AT; i++) {
        if (is_database(polled[i].fd))
            return;
        work = work || (polled[i].fd >= 0 && !descriptors_is_asked(polled[i].fd));
    }
    if (work)
        wait_for_work(thread);
    else
        wait_for_answer(thread);
}

/* A set is as long as what it is asked for, in words. */
static bool is_readable(const fd_set *set, int count)
{
    return !set || readable_bytes(set, ((size_t)count + 63) / 64 * 8);
}

void descriptors_wait_on_selected(int count, const fd_set *readable, const fd_set *writable)
{
    struct thread *thread = thread_self;
    bool work = false;

    if (!thread->alive || is_owed(thread))
        return;
    count = count < FD_SETSIZE ? count : FD_SETSIZE;
    if (count > 0 && (!is_readable(readable, count) || !is_readable(writable, count)))
        return; /* nor will the kernel read it */
    for (int i = 0; i < count; i++) {
        bool reads = readable && FD_ISSET(i, readable), writes = writable && FD_ISSET(i, writable);
        if ((reads || writes) && is_database(i))
            return;
        work = work || (reads && !descriptors_is_asked(i));
    }
    if (work)
        wait_for_work(thread);
    else
        wait_for_answer(thread);
}

void descriptors_wait_on_watched(int watcher, int timeout)
{
    struct thread *thread = thread_self;

    /* An instance that is told by io_uring what to watch is not known. */
    if (timeout != 0 && !descriptors_is_watching(original_of(watcher)) && (!thread->alive || !is_owed(thread)))
        wait_for_work(thread);
}

void descriptors_wait_for_visitor(void)
{
    wait_for_work(thread_self);
}

_Atomic uint64_t descriptors_visited;

/* A pool's threads that are new do the work of who started them (lifecycle.c), unless that serves visitors. */
void descriptors_work_for(uint64_t unit)
{
    struct thread *thread = thread_current();
    bool goes_on;

    if (!thread || thread->works_for == unit)
        return;
    goes_on = thread->works_for == 0 && descriptors_last_visit() == 0;
    thread->works_for = unit;
    if (!goes_on)
        wait_for_answer(thread);
}

void descriptors_accepted(int descriptor)
{
    atomic_store_explicit(&descriptors_visited, clock_ticks(), memory_order_relaxed);
    descriptors_put(DESCRIPTOR_VISITOR, descriptor, true);
    descriptors_database(descriptor, false);
}

/* One that listens has no peer; of a pair of sockets neither end has a name, and who connects to a path has none. */
bool descriptors_is_visit(int descriptor)
{
    struct sockaddr_storage own, peer;
    socklen_t own_length = sizeof own, length = sizeof peer;
    int saved_errno = errno;
    bool is;

    is = sandbox_permits(SYS_getpeername, descriptor, (long)&peer, (long)&length, 0) &&
         sandbox_permits(SYS_getsockname, descriptor, (long)&own, (long)&own_length, 0) &&
         getpeername(descriptor, (struct sockaddr *)&peer, &length) == 0 &&
         getsockname(descriptor, (struct sockaddr *)&own, &own_length) == 0 &&
         (own.ss_family == AF_INET || own.ss_family == AF_INET6 ||
          (own.ss_family == AF_UNIX && own_length > offsetof(struct sockaddr_un, sun_path) + 1));
    errno = saved_errno;
    return is;
}

void descriptors_left(int descriptor)
{
    struct thread *thread = thread_self;

    descriptors_put(DESCRIPTOR_VISITOR, descriptor, false);
    if (!thread->takes_turns && !is_owed(thread))
        wait_for_work(thread);
}

/* read(2) may have been given a file, which nobody waits for: that is found out when a statement follows. What a visitor sends is
 * waited for, whatever file is read after it. */
void descriptors_note_read(int descriptor)
{
    struct thread *thread = thread_self;

    if (!thread->alive || descriptors_is(DESCRIPTOR_DATABASE, descriptor))
        return;
    if (descriptors_is(DESCRIPTOR_VISITOR, descriptor)) {
        wait_for_work_of(thread, descriptor);
        return;
    }
    if (is_owed(thread))
        return;
    thread->read_descriptor = descriptor + 1;
    thread->last_shard = NULL;
}

void descriptors_settle_read(struct thread *thread)
{
    int descriptor = thread->read_descriptor - 1, saved_errno = errno;
    struct stat status;

    thread->read_descriptor = 0;
    if (fstat(descriptor, &status) == 0 &&
        (S_ISSOCK(status.st_mode) || S_ISFIFO(status.st_mode) || (S_ISCHR(status.st_mode) && isatty(descriptor))))
        hear(thread, descriptor); /* what is owed now was asked for afterwards */
    errno = saved_errno;
}
