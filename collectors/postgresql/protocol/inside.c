#include "collectors/postgresql/protocol/inside.h"

#include "agent/base/memory.h"
#include "agent/base/table.h"
#include "collectors/postgresql/protocol/session.h"
#include "collectors/postgresql/protocol/sockets.h"

#define STARTUP_MIN 9 /* bytes: length, version, and that no name follows */

/* One thread at a time is in a stream, as its library wants it; a pool may hand it on. */
struct inside {
    struct session *session;
    const void *stream;
    int fd; /* of the connection that it was taken for */
    struct inside *next, **link;
};

static struct table insides = TABLE_INIT; /* by stream; written under pq_lock, as what follows */
static struct slab slab = {.size = sizeof(struct inside)};
static struct inside *all;

/* The first bytes of a client: its length, and version 3. */
static bool is_startup(const unsigned char *data, size_t size)
{
    return size >= STARTUP_MIN && data[0] == 0 && data[1] == 0 && ((size_t)data[2] << 8 | data[3]) == size && data[4] == 0 &&
           data[5] == 3;
}

static void end(struct inside *inside)
{
    struct thread *thread = thread_self->alive ? thread_current() : NULL;
    struct session *session = inside->session;

    if (!lock_take_briefly(&pq_lock))
        return;
    table_remove(&insides, (uintptr_t)inside->stream);
    *inside->link = inside->next;
    if (inside->next)
        inside->next->link = inside->link;
    slab_give(&slab, inside);
    lock_release_brief(&pq_lock);
    atomic_fetch_sub_explicit(&tls_wanted, 1, memory_order_relaxed);
    session_destroy(thread, session, false);
}

static struct inside *begin(const void *stream, int fd)
{
    char host[SESSION_NAME_MAX];
    struct inside *inside = NULL;
    struct session *session;

    fd = sockets_take_encrypted(fd, host);
    if (fd < 0)
        return NULL;
    session = session_create(host);
    if (session && lock_take_briefly(&pq_lock)) {
        inside = slab_take(&slab);
        if (inside && !table_put(&insides, (uintptr_t)stream, inside)) {
            slab_give(&slab, inside);
            inside = NULL;
        }
        if (inside) {
            *inside = (struct inside){.session = session, .stream = stream, .fd = fd, .next = all, .link = &all};
            if (all)
                all->link = &inside->next;
            all = inside;
        }
        lock_release_brief(&pq_lock);
    }
    if (inside) {
        atomic_fetch_add_explicit(&tls_wanted, 1, memory_order_relaxed);
        return inside;
    }
    recording_left_out(STATUS_LEFT_OUT_CONNECTIONS, 1);
    if (session)
        session_destroy(NULL, session, false);
    return NULL;
}

static void sent(const void *stream, int fd, const void *data, size_t size, uint64_t since, const uintptr_t *slot)
{
    struct inside *inside = table_get(&insides, (uintptr_t)stream);
    struct session *session;
    struct thread *thread;

    if (is_startup(data, size)) { /* an earlier stream had this address */
        if (inside)
            end(inside);
        inside = begin(stream, fd);
    }
    if (!inside)
        return;
    session = inside->session;
    if (!lock_take_briefly(&session->lock))
        return;
    thread = session_thread(session);
    session_sent(thread, session, slot, since, &(const struct iovec){(void *)(uintptr_t)data, size}, size);
    thread_leave_lane(thread);
    lock_release_brief(&session->lock);
}

static void received(const void *stream, const void *data, size_t size)
{
    struct inside *inside = table_get(&insides, (uintptr_t)stream);
    struct session *session;
    struct thread *thread;

    if (!inside || !lock_take_briefly(&inside->session->lock))
        return;
    session = inside->session;
    thread = session_thread(session);
    session_received(thread, session, &(const struct iovec){(void *)(uintptr_t)data, size}, size);
    thread_leave_lane(thread);
    lock_release_brief(&session->lock);
}

static void ended(const void *stream)
{
    struct inside *inside = stream ? table_get(&insides, (uintptr_t)stream) : NULL;

    if (inside)
        end(inside);
}

void inside_leave(int fd)
{
    struct inside *inside;

    if (fd < 0 || atomic_load_explicit(&tls_wanted, memory_order_relaxed) == 0 || !lock_take_briefly(&pq_lock))
        return;
    for (inside = all; inside && inside->fd != fd; inside = inside->next)
        ;
    lock_release_brief(&pq_lock);
    if (inside)
        end(inside);
}

void inside_reset_after_fork(void)
{
    for (struct inside *inside = all; inside; inside = inside->next)
        session_reset_after_fork(inside->session);
}

const struct tls_reader inside_reader = {
    .sent = sent,
    .received = received,
    .ended = ended,
};
