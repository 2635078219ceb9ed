#include "collectors/postgresql/protocol/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "agent/base/memory.h"
#include "agent/base/strbuf.h"
#include "agent/unit/descriptors.h"
#include "collectors/openssl/tls.h"
#include "collectors/postgresql/protocol/session.h"

#define HELD_MAX ((size_t)256 << 10) /* bytes that came while others were being sent */
#define UNSEEN   5                   /* calls that send a handshake, at the most, and the startup message */

/* A session and how its bytes come: sent by one thread, and received by another, maybe, that gets the answer before the first one
 * has had time to look at the question. Then what came is held until it has. */
struct line {
    struct session *session;
    int descriptors;        /* that are this connection */
    bool encrypted;         /* its bytes are no messages */
    bool handed_on;         /* somebody else has it, too */
    bool seen;              /* its plain bytes are, or are somebody else's to see */
    _Atomic uint32_t begun; /* calls that send */
    uint32_t looked_at;     /* of them, when they had returned; with the session's lock */
    uint32_t encrypted_at;  /* looked_at when it began to be */
    _Atomic bool lost;      /* bytes of it were not looked at */
    unsigned char *held;
    size_t held_size, held_used;
};

static _Atomic(struct line *) lines[DESCRIPTORS];
static struct slab slab = {.size = sizeof(struct line)}; /* pq_lock */

static struct line *line_of(int fd)
{
    return fd >= 0 && fd < DESCRIPTORS ? atomic_load_explicit(&lines[fd], memory_order_acquire) : NULL;
}

static void set_line(int fd, struct line *line)
{
    atomic_store_explicit(&lines[fd], line, memory_order_release);
}

/* As the recording shows it: a path, or an address with a port. */
static void describe(const struct sockaddr *address, char *ret, size_t size)
{
    struct strbuf out;
    char text[INET6_ADDRSTRLEN];

    strbuf_init(&out, ret, size);
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        strbuf_add(&out, inet_ntop(AF_INET, &in->sin_addr, text, sizeof text) ? text : "");
        strbuf_add(&out, ":");
        strbuf_add_number(&out, ntohs(in->sin_port));
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)(const void *)address;
        strbuf_add(&out, inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text) ? text : "");
        strbuf_add(&out, ":");
        strbuf_add_number(&out, ntohs(in->sin6_port));
    } else {
        const struct sockaddr_un *un = (const struct sockaddr_un *)(const void *)address;
        const char *name = strrchr(un->sun_path, '/'), *dot = strrchr(un->sun_path, '.');
        if (name && dot && strncmp(name, "/.s.PGSQL.", strlen("/.s.PGSQL.")) == 0) { /* as libpq's users say it */
            strbuf_add_bytes(&out, un->sun_path, (size_t)(name - un->sun_path));
            strbuf_add(&out, ":");
            strbuf_add(&out, dot + 1);
        } else {
            strbuf_add_bytes(&out, un->sun_path, strnlen(un->sun_path, sizeof un->sun_path));
        }
    }
}

static struct line *create(const struct sockaddr *address)
{
    char host[SESSION_NAME_MAX];
    struct line *line = NULL;
    struct session *session;

    describe(address, host, sizeof host);
    session = session_create(host);
    if (session && lock_take_briefly(&pq_lock)) {
        line = slab_take(&slab);
        lock_release_brief(&pq_lock);
    }
    if (line)
        *line = (struct line){.session = session, .descriptors = 1};
    else if (session)
        session_destroy(NULL, session, false);
    return line;
}

/* The plain bytes of an encrypted connection are seen, or never will be. */
static void wait_no_longer(struct line *line)
{
    if (!line->encrypted || line->seen)
        return;
    line->seen = true;
    atomic_fetch_sub_explicit(&tls_wanted, 1, memory_order_relaxed);
}

static void leave_out(struct line *line)
{
    recording_left_out(STATUS_LEFT_OUT_CONNECTIONS, 1);
    wait_no_longer(line);
}

/* It sends more than a handshake, and its plain bytes are nowhere to be seen (Java's own encryption). Said also where nothing
 * else is recorded: who looks for the statements should learn why there are none. */
static COLD void say_unseen(struct line *line)
{
    if (thread_current()) {
        lock_take(&recording_lock);
        recording_begin();
        lock_release(&recording_lock);
    }
    leave_out(line);
}

static void destroy(struct thread *thread, struct line *line)
{
    if (line->encrypted && !line->seen)
        leave_out(line);
    memory_unmap(line->held, line->held_size);
    session_destroy(thread, line->session, false);
    if (!lock_take_briefly(&pq_lock))
        return;
    slab_give(&slab, line);
    lock_release_brief(&pq_lock);
}

/* One descriptor less is this connection. */
static void let_go(struct thread *thread, int fd, struct line *line)
{
    stream_follow(fd, false);
    descriptors_database(fd, false);
    set_line(fd, NULL);
    if (--line->descriptors == 0)
        destroy(thread, line);
}

/* All of them: the session is over. */
static void let_go_all(struct thread *thread, struct line *line)
{
    for (int fd = 0, left = line->descriptors; left > 0 && fd < DESCRIPTORS; fd++) {
        if (line_of(fd) == line) {
            left--;
            let_go(thread, fd, line);
        }
    }
}

static bool connected(int fd, const struct sockaddr *address)
{
    struct line *line;

    if (fd < 0 || fd >= DESCRIPTORS ||
        (address->sa_family != AF_INET && address->sa_family != AF_INET6 && address->sa_family != AF_UNIX))
        return false;
    line = create(address);
    if (!line)
        return false;
    descriptors_database(fd, false); /* an earlier one's mark */
    set_line(fd, line);
    return true;
}

/* A line that is not entered after all: its lock is not free, or the descriptor is another one by now. */
static COLD struct line *stay_out(struct line *line, bool is_locked)
{
    if (is_locked)
        lock_release_brief(&line->session->lock);
    else
        atomic_store_explicit(&line->lost, true, memory_order_relaxed);
    return NULL;
}

/* Locked, unless it returns NULL: the line of a descriptor that is still it. */
static inline struct line *enter(int fd)
{
    struct line *line = line_of(fd);

    if (unlikely(!line))
        return NULL;
    if (unlikely(!lock_take_briefly(&line->session->lock)))
        return stay_out(line, false);
    if (unlikely(line_of(fd) != line))
        return stay_out(line, true);
    if (unlikely(atomic_load_explicit(&line->lost, memory_order_relaxed)))
        session_give_up(NULL, line->session, true);
    return line;
}

/* With its lock: whoever waits for it finds no line. */
static COLD void let_go_over(int fd, struct line *line, struct thread *thread)
{
    if (line->descriptors > 1)
        let_go_all(thread, line);
    else
        let_go(thread, fd, line);
}

static inline void leave(int fd, struct line *line, struct thread *thread)
{
    struct session *session = line->session;

    if (unlikely(session->phase == SESSION_OVER))
        let_go_over(fd, line, thread);
    thread_leave_lane(thread);
    lock_release_alone(&session->lock);
}

/* False: there is no room. */
static bool hold(struct line *line, const struct iovec *vector, size_t count, size_t size)
{
    if (!line->held)
        line->held = memory_map(line->held_size = HELD_MAX);
    if (!line->held || size > HELD_MAX - line->held_used)
        return false;
    for (size_t i = 0; i < count && size > 0; i++) {
        size_t part = vector[i].iov_len < size ? vector[i].iov_len : size;
        memcpy(line->held + line->held_used, vector[i].iov_base, part);
        line->held_used += part;
        size -= part;
    }
    return true;
}

/* It is one to a database, whose plain bytes go through a library that may be seen (collectors/openssl). */
static void note_encryption(int fd, struct line *line)
{
    if (likely(line->session->phase != SESSION_ENCRYPTED) || line->encrypted)
        return;
    line->encrypted = true;
    line->encrypted_at = line->looked_at;
    atomic_fetch_add_explicit(&tls_wanted, 1, memory_order_relaxed);
    descriptors_database(fd, true);
}

/* With the session's lock: nobody sends, and all that was sent was looked at. */
static inline bool is_looked_at(const struct line *line)
{
    return atomic_load_explicit(&line->begun, memory_order_acquire) == line->looked_at;
}

static HOT void received(int fd, const struct iovec *vector, size_t count, size_t size)
{
    struct line *line = enter(fd);
    struct thread *thread;

    if (!line)
        return;
    thread = session_thread(line->session);
    if (is_looked_at(line))
        session_received(thread, line->session, vector, size);
    else if (!hold(line, vector, count, size))
        session_give_up(thread, line->session, true);
    note_encryption(fd, line);
    leave(fd, line, thread);
}

static void hung_up(int fd)
{
    struct line *line = enter(fd);
    struct thread *thread;

    if (!line)
        return;
    thread = session_thread(line->session);
    if (line->session->phase == SESSION_OPEN)
        session_lost(thread, line->session);
    leave(fd, line, thread);
}

static HOT void sending(int fd)
{
    struct line *line = line_of(fd);

    if (line)
        atomic_fetch_add_explicit(&line->begun, 1, memory_order_acq_rel);
}

static HOT void sent(int fd, const struct iovec *vector, size_t count, size_t size, uint64_t since, const uintptr_t *slot)
{
    struct line *line = enter(fd);
    struct session *session;
    struct thread *thread;

    if (!line)
        return;
    session = line->session;
    thread = session_thread(session);
    session_sent(thread, session, slot, since, vector, size);
    if (unlikely(session->phase == SESSION_GREETS) && line->descriptors == 1)
        descriptors_database(fd, true);
    line->looked_at++;
    if (unlikely(line->encrypted) && !line->seen && line->looked_at - line->encrypted_at > UNSEEN)
        say_unseen(line);
    if (unlikely(line->held_used > 0) && is_looked_at(line)) {
        size_t held = line->held_used;
        line->held_used = 0;
        thread = session_thread(session);
        session_received(thread, session, &(const struct iovec){line->held, held}, held);
        note_encryption(fd, line);
    }
    leave(fd, line, thread);
}

static void ended(int fd, bool lost)
{
    struct line *line = enter(fd);
    struct thread *thread = thread_self->alive ? thread_current() : NULL;
    struct session *session;

    if (!line) {
        stream_follow(fd, false);
        return;
    }
    session = line->session;
    if (lost) {
        session_give_up(thread, session, session->phase != SESSION_NEW);
        leave(fd, line, thread);
        return;
    }
    let_go(thread, fd, line);
    lock_release_brief(&session->lock);
}

/* What goes by way of the other number is not seen; the recording says so once. */
static void handed_on(int fd)
{
    struct line *line = enter(fd);

    if (!line)
        return;
    if (!line->handed_on && line->session->phase != SESSION_NEW)
        recording_left_out(STATUS_LEFT_OUT_CONNECTIONS, 1);
    line->handed_on = true;
    lock_release_brief(&line->session->lock);
}

static void copied(int fd, int copy)
{
    struct line *line = copy < DESCRIPTORS ? enter(fd) : NULL;

    if (!line)
        return;
    line->descriptors++;
    set_line(copy, line);
    stream_follow(copy, true);
    descriptors_database(copy, descriptors_is(DESCRIPTOR_DATABASE, fd));
    lock_release_brief(&line->session->lock);
}

void sockets_leave(int fd)
{
    struct line *line = stream_is_followed(fd) ? enter(fd) : NULL;

    if (!line)
        return;
    wait_no_longer(line);
    lock_release_brief(&line->session->lock);
    ended(fd, false);
}

/* That of one descriptor. */
static bool take_encrypted(int fd, char ret_host[SESSION_NAME_MAX])
{
    struct line *line = stream_is_followed(fd) ? enter(fd) : NULL;
    bool found;

    if (!line)
        return false;
    found = line->encrypted && !line->seen;
    if (found) {
        memcpy(ret_host, line->session->host, SESSION_NAME_MAX);
        wait_no_longer(line);
    }
    lock_release_brief(&line->session->lock);
    return found;
}

int sockets_take_encrypted(int fd, char ret_host[SESSION_NAME_MAX])
{
    if (fd >= 0)
        return take_encrypted(fd, ret_host) ? fd : -1;
    for (fd = 0; fd < DESCRIPTORS; fd++) {
        if (take_encrypted(fd, ret_host))
            return fd;
    }
    return -1;
}

void sockets_reset_after_fork(void)
{
    for (int fd = 0; fd < DESCRIPTORS; fd++) {
        struct line *line = descriptors_is(DESCRIPTOR_FOLLOWED, fd) ? line_of(fd) : NULL;
        if (line)
            session_reset_after_fork(line->session);
    }
    portal_reset_after_fork();
}

const struct stream_reader sockets_reader = {
    .connected = connected,
    .sending = sending,
    .sent = sent,
    .received = received,
    .hung_up = hung_up,
    .ended = ended,
    .handed_on = handed_on,
    .copied = copied,
};
