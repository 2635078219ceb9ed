#include "collectors/libc/waits.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "agent/unit/scope.h"
#include "agent/unit/unit.h"

#define DESCRIPTORS 65536 /* higher ones are not followed */
#define LOOKED_AT   16    /* descriptors of a poll(2) */

/* A bit per descriptor. */
struct descriptors {
    _Atomic uint64_t word[DESCRIPTORS / 64];
};

static struct descriptors databases; /* connections to databases */
static struct descriptors visitors;  /* sockets that the program accepted */

/* Which epoll instance watches a connection to a database (plus one; 0: none), and how many of them each instance watches. An
 * event loop adds and removes them all the time, and goes on waiting for the others. */
static _Atomic uint32_t watched_by[DESCRIPTORS];
static _Atomic uint32_t watching[DESCRIPTORS];

static bool has(const struct descriptors *set, int descriptor)
{
    return descriptor >= 0 && descriptor < DESCRIPTORS &&
           (atomic_load_explicit(&set->word[descriptor / 64], memory_order_relaxed) >> (descriptor % 64) & 1) != 0;
}

static void put(struct descriptors *set, int descriptor, bool is)
{
    uint64_t bit = UINT64_C(1) << (descriptor % 64);

    if (descriptor < 0 || descriptor >= DESCRIPTORS || has(set, descriptor) == is)
        return;
    if (is)
        atomic_fetch_or_explicit(&set->word[descriptor / 64], bit, memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&set->word[descriptor / 64], ~bit, memory_order_relaxed);
}

static bool is_watching(int watcher)
{
    return watcher >= 0 && watcher < DESCRIPTORS && atomic_load_explicit(&watching[watcher], memory_order_relaxed) != 0;
}

/* watcher: -1 for none. To say the same twice changes nothing, so nobody need know whether a call succeeds. */
static void watch(int watcher, int descriptor)
{
    uint32_t before;

    if (descriptor < 0 || descriptor >= DESCRIPTORS || watcher >= DESCRIPTORS)
        return;
    before = atomic_exchange_explicit(&watched_by[descriptor], (uint32_t)(watcher + 1), memory_order_relaxed);
    if (before == (uint32_t)(watcher + 1))
        return;
    if (before)
        atomic_fetch_sub_explicit(&watching[before - 1], 1, memory_order_relaxed);
    if (watcher >= 0)
        atomic_fetch_add_explicit(&watching[watcher], 1, memory_order_relaxed);
}

void waits_database(int descriptor, bool is)
{
    put(&databases, descriptor, is);
    if (!is)
        watch(-1, descriptor);
}

/* A connection that the program made itself: what comes there is an answer. Others have no peer, one without a name (a pair of
 * sockets), or are visitors. */
static bool is_asked(int descriptor)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int saved_errno = errno;
    bool asked;
    int type = 0, listens = 1;

    if (descriptor < 0 || has(&visitors, descriptor))
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

/* The calling thread waits for other work. */
static inline void wait_for_work(struct thread *thread)
{
    if (!thread->alive || thread->scope_depth)
        return;
    scope_forget_tags(thread);
    unit_end(thread);
}

/* It waits for something that it asked for. */
static inline void wait_for_answer(struct thread *thread)
{
    if (thread->alive && !thread->scope_depth && !thread->transactions)
        unit_pause(thread);
}

/* thread_self of a thread that has run no statement is never alive, and nothing is done. */
static void wait_on(int descriptor)
{
    struct thread *thread = thread_self;

    if (!thread->alive || has(&databases, descriptor))
        return;
    if (is_asked(descriptor))
        wait_for_answer(thread);
    else
        wait_for_work(thread);
}

/* Of what is waited for together, a database decides, then what is new work. */
static void wait_on_polled(const struct pollfd *polled, nfds_t count)
{
    struct thread *thread = thread_self;
    bool work = count > LOOKED_AT;

    if (!thread->alive)
        return;
    for (nfds_t i = 0; i < count && i < LOOKED_AT; i++) {
        if (has(&databases, polled[i].fd))
            return;
        work = work || (polled[i].fd >= 0 && !is_asked(polled[i].fd));
    }
    if (work)
        wait_for_work(thread);
    else
        wait_for_answer(thread);
}

static void wait_on_selected(int count, const fd_set *readable, const fd_set *writable)
{
    struct thread *thread = thread_self;
    bool work = false;

    if (!thread->alive)
        return;
    for (int i = 0; i < count && i < FD_SETSIZE; i++) {
        bool reads = readable && FD_ISSET(i, readable), writes = writable && FD_ISSET(i, writable);
        if ((reads || writes) && has(&databases, i))
            return;
        work = work || (reads && !is_asked(i));
    }
    if (work)
        wait_for_work(thread);
    else
        wait_for_answer(thread);
}

static void wait_on_watched(int watcher)
{
    if (!is_watching(watcher))
        wait_for_work(thread_self);
}

/* What read(2) was given may be a file, which nobody waits for: that is found out when a statement follows. */
static inline void note_read(int descriptor)
{
    struct thread *thread = thread_self;

    if (!thread->alive || has(&databases, descriptor))
        return;
    thread->read_descriptor = descriptor + 1;
    thread->last_shard = NULL;
}

void unit_settle_read(struct thread *thread)
{
    int descriptor = thread->read_descriptor - 1, saved_errno = errno;
    struct stat status;

    thread->read_descriptor = 0;
    if (fstat(descriptor, &status) == 0 && (S_ISSOCK(status.st_mode) || S_ISFIFO(status.st_mode) || isatty(descriptor)))
        wait_on(descriptor);
    errno = saved_errno;
}

static COLD void *find(const char *name, void *_Atomic *known)
{
    int saved_errno = errno;
    void *function = dlsym(RTLD_NEXT, name);

    atomic_store_explicit(known, function, memory_order_relaxed);
    errno = saved_errno;
    return function;
}

/* An interposed function of libc: says what is waited for, and goes on to the real one with a jump, past a test alone where there
 * is nothing to say. Before the constructor has run nothing is known of any thread, and this does nothing but go on. */
#define WAIT(type, name, parameters, arguments, nothing, what)                                                                   \
    static void *_Atomic name##_real;                                                                                            \
    static NOINLINE type name##_waits parameters                                                                                 \
    {                                                                                                                            \
        void *function = atomic_load_explicit(&name##_real, memory_order_relaxed);                                               \
                                                                                                                                 \
        what;                                                                                                                    \
        if (unlikely(!function))                                                                                                 \
            function = find(#name, &name##_real);                                                                                \
        return ((type(*) parameters)function)arguments;                                                                          \
    }                                                                                                                            \
    type name parameters;                                                                                                        \
    EXPORT type name parameters                                                                                                  \
    {                                                                                                                            \
        void *function = atomic_load_explicit(&name##_real, memory_order_relaxed);                                               \
                                                                                                                                 \
        if (likely(nothing) && likely(function != NULL))                                                                         \
            return ((type(*) parameters)function)arguments;                                                                      \
        return name##_waits arguments;                                                                                           \
    }

/* What glibc says of poll, that it only writes to its array, is not so. */
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
/* A client library waits for its own socket, which is the short way. */
#define NO_THREAD   (!thread_self->alive)
#define IS_DATABASE (NO_THREAD || has(&databases, fd))
#define ARE_POLLED  (NO_THREAD || (count > 0 && has(&databases, polled->fd)))

WAIT(ssize_t, recv, (int fd, void *data, size_t size, int flags), (fd, data, size, flags), IS_DATABASE, wait_on(fd))
WAIT(ssize_t, recvfrom,
     (int fd, void *restrict data, size_t size, int flags, struct sockaddr *restrict from, socklen_t *restrict length),
     (fd, data, size, flags, from, length), IS_DATABASE, wait_on(fd))
WAIT(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags), IS_DATABASE, wait_on(fd))
WAIT(int, recvmmsg, (int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout),
     (fd, messages, count, flags, timeout), IS_DATABASE, wait_on(fd))
WAIT(ssize_t, read, (int fd, void *data, size_t size), (fd, data, size), IS_DATABASE, note_read(fd))
WAIT(ssize_t, readv, (int fd, const struct iovec *vector, int count), (fd, vector, count), IS_DATABASE, note_read(fd))
WAIT(int, poll, (struct pollfd * polled, nfds_t count, int timeout), (polled, count, timeout), ARE_POLLED,
     wait_on_polled(polled, count))
WAIT(int, ppoll, (struct pollfd * polled, nfds_t count, const struct timespec *timeout, const sigset_t *mask),
     (polled, count, timeout, mask), ARE_POLLED, wait_on_polled(polled, count))
WAIT(int, select,
     (int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict failed, struct timeval *restrict timeout),
     (count, readable, writable, failed, timeout), NO_THREAD, wait_on_selected(count, readable, writable))
WAIT(int, pselect,
     (int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict failed,
      const struct timespec *restrict timeout, const sigset_t *restrict mask),
     (count, readable, writable, failed, timeout, mask), NO_THREAD, wait_on_selected(count, readable, writable))
WAIT(int, epoll_wait, (int watcher, struct epoll_event *events, int most, int timeout), (watcher, events, most, timeout),
     NO_THREAD || is_watching(watcher), wait_on_watched(watcher))
WAIT(int, epoll_pwait, (int watcher, struct epoll_event *events, int most, int timeout, const sigset_t *mask),
     (watcher, events, most, timeout, mask), is_watching(watcher), wait_on_watched(watcher))
WAIT(int, epoll_pwait2, (int watcher, struct epoll_event *events, int most, const struct timespec *timeout, const sigset_t *mask),
     (watcher, events, most, timeout, mask), is_watching(watcher), wait_on_watched(watcher))
/* This one tells which instances wait for a database. */
WAIT(int, epoll_ctl, (int watcher, int operation, int fd, struct epoll_event *event), (watcher, operation, fd, event),
     !has(&databases, fd), watch(operation != EPOLL_CTL_DEL ? watcher : -1, fd))

static int accepted(int descriptor)
{
    if (descriptor >= 0) {
        put(&visitors, descriptor, true);
        waits_database(descriptor, false);
    }
    return descriptor;
}

EXPORT int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict length)
{
    static void *_Atomic real;
    void *function = atomic_load_explicit(&real, memory_order_relaxed);

    wait_for_work(thread_self);
    if (unlikely(!function))
        function = find("accept", &real);
    return accepted(((int (*)(int, struct sockaddr *, socklen_t *))function)(fd, address, length));
}

EXPORT int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags)
{
    static void *_Atomic real;
    void *function = atomic_load_explicit(&real, memory_order_relaxed);

    wait_for_work(thread_self);
    if (unlikely(!function))
        function = find("accept4", &real);
    return accepted(((int (*)(int, struct sockaddr *, socklen_t *, int))function)(fd, address, length, flags));
}
