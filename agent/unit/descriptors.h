/* Descriptors that a program waits on: which are connections to databases, which are visitors, and what a wait for one ends.
 *
 * A thread's work between two waits is a unit of work (unit.h). A wait for a database is none; nor is one inside of a scope
 * that the program named. An answer on a connection that the program made itself only pauses the unit, and not within a
 * transaction. Any thread, no lock, nothing is allocated; errno is preserved.
 */
#ifndef NPLUS1_AGENT_UNIT_DESCRIPTORS_H
#define NPLUS1_AGENT_UNIT_DESCRIPTORS_H

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/select.h>

#include "agent/base/compiler.h"

struct thread;

#define DESCRIPTORS 65536 /* higher ones are not followed */

/* What a descriptor is, as bits. */
enum descriptor_kind {
    DESCRIPTOR_DATABASE = 1, /* a connection to one */
    DESCRIPTOR_VISITOR = 2,  /* a socket that the program accepted */
    DESCRIPTOR_WAITING = 4,  /* a visitor who has no answer yet (called.h) */
    DESCRIPTOR_FOLLOWED = 8, /* somebody is shown its bytes (collectors/libc/streams.h) */
    DESCRIPTOR_COPY = 16,    /* it has another one's number in descriptors_copy_of */
};

extern HIDDEN _Atomic uint8_t descriptors_kinds[DESCRIPTORS];
extern HIDDEN _Atomic uint32_t descriptors_watching[DESCRIPTORS];

/* The number by which an epoll instance was known before it was copied, plus one; 0: the same. */
extern HIDDEN _Atomic uint32_t descriptors_copy_of[DESCRIPTORS];

/* Its bits; 0 of a number that is none, or not followed. */
static inline unsigned descriptors_kind(int descriptor)
{
    return (unsigned)descriptor < DESCRIPTORS ? atomic_load_explicit(&descriptors_kinds[descriptor], memory_order_relaxed) : 0;
}

static inline bool descriptors_is(enum descriptor_kind kind, int descriptor)
{
    return (descriptors_kind(descriptor) & kind) != 0;
}

/* Whether a connection to a database is among what an epoll instance watches. */
static inline bool descriptors_is_watching(int watcher)
{
    return watcher >= 0 && watcher < DESCRIPTORS &&
           atomic_load_explicit(&descriptors_watching[watcher], memory_order_relaxed) != 0;
}

/* Whether that changes it. */
bool descriptors_put(enum descriptor_kind kind, int descriptor, bool is);

/* None is any more. */
void descriptors_forget(enum descriptor_kind kind);

/* The descriptor is a connection to a database, or is so no longer. Negative ones are left alone. */
void descriptors_database(int descriptor, bool is);

/* An epoll instance watches a connection to a database from now on, or one that may become such; watcher: -1 for none. */
void descriptors_watch(int watcher, int descriptor);

/* One descriptor is a copy of another by now. Event loops register by one number what they wait for by another (tokio). */
void descriptors_copied(int descriptor, int copy);

/* It is closed: the number will mean something else. */
void descriptors_copy_closed(int copy);

/* The calling thread has waited for these, which the kernel has read. */
void descriptors_wait_on_polled(const struct pollfd *polled, nfds_t count);

/* It is about to wait: for one descriptor, for several, for an epoll instance (for so many milliseconds; 0: it only looks whether
 * there is something, and has work left), for somebody to connect. Of the sets nothing is
 * known yet, and what the kernel would not read is not read here. */
void descriptors_wait_on(int descriptor);
void descriptors_wait_on_selected(int count, const fd_set *readable, const fd_set *writable);
void descriptors_wait_on_watched(int watcher, int timeout);
void descriptors_wait_for_visitor(void);

/* It is about to read from a descriptor, which may be a file: that is found out when a statement follows, by
 * descriptors_settle_read. */
void descriptors_note_read(int descriptor);
COLD void descriptors_settle_read(struct thread *thread);

/* Somebody has connected. */
void descriptors_accepted(int descriptor);

/* Whether a socket that another process has passed on is that of somebody who has connected there. */
bool descriptors_is_visit(int descriptor);

/* A visitor's socket is closed, or its number is about to be something else's. The thread that closes it has done what it was
 * asked, whichever thread had heard the visitor; but not an event loop, nor one that is owed an answer. */
COLD void descriptors_left(int descriptor);

/* The calling thread is going to do what another one asked for in a unit of work of its own, which is told by a number, not 0:
 * counting begins anew where it is another one than before. Where the next parameters come from is not told by it: the rows of
 * the unit are those that any of the pool's threads read. */
void descriptors_work_for(uint64_t unit);

/* A connection that the program made itself: what comes there is an answer. */
bool descriptors_is_asked(int descriptor);

extern HIDDEN _Atomic uint64_t descriptors_visited;

/* Ticks, when somebody has connected last; 0: nobody has. */
static inline uint64_t descriptors_last_visit(void)
{
    return atomic_load_explicit(&descriptors_visited, memory_order_relaxed);
}

#endif
