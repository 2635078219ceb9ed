/* A connection that a program's own driver speaks the protocol on, from its first bytes.
 *
 * One thread at a time is in it (`lock`); what is sent and what comes may belong to different threads. What is not understood
 * ends the watching of the connection, which the recording counts. Memory is the agent's, and bounded for each connection.
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_SESSION_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_SESSION_H

#include "agent/base/lock.h"
#include "collectors/postgresql/protocol/message.h"
#include "collectors/postgresql/protocol/portal.h"
#include "collectors/postgresql/state/connection.h"

#define SESSION_NAME_MAX 256 /* bytes of a database's name, and of where it is */
#define SESSION_TEXT_MAX                                                                                                         \
    ((size_t)64 << 10) /* bytes of the unnamed statement's text that are kept; longer ones have a name inside */

enum session_phase {
    SESSION_NEW,    /* the client has not said who it is */
    SESSION_ASKS,   /* it asked for encryption, and waits for one byte */
    SESSION_GREETS, /* it said who it is, and the server has not said that it is ready */
    SESSION_OPEN,
    SESSION_ENCRYPTED, /* the bytes of the socket are no messages; those before encryption may be seen elsewhere */
    SESSION_OVER       /* not ours, or not understood */
};

struct session {
    struct pq_connection connection; /* the first member */
    struct lock lock;
    enum session_phase phase;
    struct message_stream sent, received;
    struct portals portals;
    int standard_strings; /* standard_conforming_strings: 1, 0; -1: not said */
    bool skips;           /* after an error, until the server is ready again */
    bool gone;            /* the server is; what it has not answered has failed */
    bool copies_in;       /* the server takes rows of COPY, and ignores Sync */
    bool is_text;         /* the unnamed statement is the text below; else it is one of the named ones, or there is none */
    char *text;           /* terminated */
    size_t text_size, text_length;
    unsigned text_types[VALUES_FOLLOWED];
    const struct shape *text_shape;
    char database[SESSION_NAME_MAX], host[SESSION_NAME_MAX];
};

/* Zeroed, for bytes of a connection to `host`; NULL: no memory. */
struct session *session_create(const char *host);

/* Ends what is in flight: lost, or only not waited for. thread may be NULL. */
void session_destroy(struct thread *thread, struct session *session, bool lost);

/* Bytes that the client has sent since a tick, or that the server has. slot: where the program called from. Locked by the
 * caller. False: the session is over. errno is preserved. */
bool session_sent(struct thread *thread, struct session *session, const uintptr_t *slot, uint64_t since,
                  const unsigned char *data, size_t size);
bool session_received(struct thread *thread, struct session *session, const unsigned char *data, size_t size);

/* The calling thread, for a session that has begun: whoever only connects, and speaks of other things, needs no state of a
 * thread. NULL: not needed; or there is none to be had, and the session is over. */
struct thread *session_thread(struct session *session);

/* The server has said that it goes, or hung up. */
COLD void session_lost(struct thread *thread, struct session *session);

/* The watching ends here. visibly: executions may be missing from now on, and the recording says so. */
void session_give_up(struct thread *thread, struct session *session, bool visibly);

#endif
