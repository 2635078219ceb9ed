/* A connection that a program's own driver speaks the protocol on, from its first bytes.
 *
 * One thread at a time is in it (`lock`); what is sent and what comes may belong to different threads. What is not understood
 * ends the watching of the connection, which the recording counts. Memory is the agent's, and bounded for each connection.
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_SESSION_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_SESSION_H

#include <sys/uio.h>

#include "agent/base/lock.h"
#include "collectors/postgresql/protocol/message.h"
#include "collectors/postgresql/protocol/portal.h"
#include "collectors/postgresql/state/prepared.h"
#include "collectors/postgresql/statement/sql.h"

#define SESSION_NAME_MAX 256 /* bytes of a database's name, and of where it is */
#define SESSION_TEXT_MAX                                                                                                         \
    ((size_t)64 << 10)      /* bytes of the unnamed statement's Parse that are kept; longer ones have a name inside */
#define SESSION_HEAD     96 /* bytes of a Bind up to its values, and behind them, that are remembered */
#define SESSION_FORMATS  34
#define SESSION_AGAIN    4   /* batches that are known: a loop may execute several statements in turns */
#define SESSION_ROWS     4   /* descriptions of rows that are remembered */
#define SESSION_ROW_SIZE 500 /* bytes of one at the most */

enum session_phase {
    SESSION_NEW,    /* the client has not said who it is */
    SESSION_ASKS,   /* it asked for encryption, and waits for one byte */
    SESSION_GREETS, /* it said who it is, and the server has not said that it is ready */
    SESSION_OPEN,
    SESSION_ENCRYPTED, /* the bytes of the socket are no messages; those before encryption may be seen elsewhere */
    SESSION_OVER       /* not ours, or not understood */
};

/* The named statement that was bound last. */
struct session_named {
    uint64_t name;                /* pq_sql_name */
    struct pq_prepared *prepared; /* NULL: there is none */
    uint32_t changes;             /* pq_prepared_changes of then */
    uint32_t length;              /* of the text; 0: nothing was bound */
    char text[PQ_NAME_MAX];
};

/* A RowDescription, and what it says. */
struct session_row {
    const struct shape *shape;
    uint32_t length; /* of its body; 0: none */
    unsigned char body[SESSION_ROW_SIZE];
};

/* What a batch looks like that is sent again and again (again.h), but for the values. */
struct session_again {
    bool parses, describes;
    bool is_text;                                             /* of the unnamed statement; else of the one with this name: */
    uint8_t head_length;                                      /* of Bind's body: up to its values */
    uint8_t formats_length;                                   /* behind them, of columns */
    uint8_t rest_length;                                      /* of all that is behind them: formats, Describe, Execute, Sync */
    uint32_t values, binary_values;                           /* how many there are; bits: those in binary */
    uint64_t binary;                                          /* bits: columns that come in binary */
    uint64_t name;                                            /* pq_sql_name */
    struct pq_prepared *prepared;                             /* NULL: there is none */
    uint32_t changes;                                         /* pq_prepared_changes of then */
    unsigned char bytes[SESSION_HEAD + SESSION_FORMATS + 22]; /* the head, and the rest right behind it */
};

static inline unsigned char *session_rest(struct session_again *again)
{
    return again->bytes + again->head_length;
}

struct session {
    struct pq_connection connection; /* the first member */
    struct lock lock;
    enum session_phase phase;
    int standard_strings;    /* standard_conforming_strings: 1, 0; -1: not said */
    bool folded;             /* the only command in flight stands for a whole batch (again.h) */
    bool skips;              /* after an error, until the server is ready again */
    bool gone;               /* the server is; what it has not answered has failed */
    bool copies_in;          /* the server takes rows of COPY, and ignores Sync */
    bool is_text;            /* the unnamed statement is the text below; else it is one of the named ones, or there is none */
    bool types_came;         /* its types are those that the server found out */
    uint8_t batches, batch;  /* that are known; the last one of them that came */
    uint8_t learned, unlike; /* how many were; how many batches were like none */
    struct message_stream sent, received;
    struct session_again again[SESSION_AGAIN];
    unsigned char *parsed;             /* body of its Parse, whose first name is empty */
    size_t parsed_size, parsed_length; /* length 0: there was none */
    size_t text_length;
    const struct shape *text_shape;
    struct pq_text known; /* its text */
    unsigned text_types[VALUES_FOLLOWED];
    struct session_named named;
    struct portals portals;
    struct session_row rows[SESSION_ROWS]; /* by their lengths */
    char database[SESSION_NAME_MAX], host[SESSION_NAME_MAX];
};

/* Of the unnamed statement, if it is_text. */
static inline const char *session_text(const struct session *session)
{
    return (const char *)session->parsed + 1;
}

/* The prepared statement of a name, if there is one. */
static inline struct pq_prepared *session_prepared(const struct session *session, uint64_t name)
{
    const struct session_named *named = &session->named;

    if (likely(named->name == name) && likely(named->length > 0) && likely(named->changes == pq_prepared_changes))
        return named->prepared;
    return pq_prepared_find(&session->connection, name);
}

/* The unnamed statement gets another text, or none: portals that were bound to it, and not executed yet, keep what they have. */
COLD void session_keep_text(struct thread *thread, struct session *session);

static inline void session_text_goes(struct thread *thread, struct session *session)
{
    const struct portals *portals = &session->portals;

    if (session->is_text && unlikely(portals->first || (portals->has_unnamed && !portals->unnamed.began)))
        session_keep_text(thread, session);
}

/* Zeroed, for bytes of a connection to `host`; NULL: no memory. */
struct session *session_create(const char *host);

/* Ends what is in flight: lost, or only not waited for. thread may be NULL. */
void session_destroy(struct thread *thread, struct session *session, bool lost);

/* Bytes that the client has sent since a tick, or that the server has: `size` of those in a vector that has as many at the least.
 * slot: where the program called from. Locked by the
 * caller, who preserves errno. False: the session is over. */
bool session_sent(struct thread *thread, struct session *session, const uintptr_t *slot, uint64_t since,
                  const struct iovec *vector, size_t size);
bool session_received(struct thread *thread, struct session *session, const struct iovec *vector, size_t size);

/* The calling thread, for a session that has begun: whoever only connects, and speaks of other things, needs no state of a
 * thread. Where it carries others, the one that it runs. NULL: not needed; or there is none to be had, and the session is over.
 * To be left by thread_leave_lane. */
COLD struct thread *session_thread_of_others(struct session *session);

static inline struct thread *session_thread(struct session *session)
{
    struct thread *thread = thread_self;

    return likely(session->phase == SESSION_OPEN) && likely(thread->alive) && likely(!thread->carries)
               ? thread
               : session_thread_of_others(session);
}

/* The server has said that it goes, or hung up. */
COLD void session_lost(struct thread *thread, struct session *session);

/* In the child of a fork, alone: what belongs to threads of the parent is forgotten. */
void session_reset_after_fork(struct session *session);

/* The watching ends here. visibly: executions may be missing from now on, and the recording says so. */
void session_give_up(struct thread *thread, struct session *session, bool visibly);

#endif
