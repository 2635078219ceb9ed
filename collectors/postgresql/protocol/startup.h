/* How a connection begins: the client's messages without a letter, and the database that it names
 * (www.postgresql.org/docs/current/protocol-flow.html, 55.2.1). Locked as the session is. */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_STARTUP_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_STARTUP_H

#include "collectors/postgresql/protocol/session.h"

#define STARTUP_MAX 10000 /* bytes of such a message: MAX_STARTUP_PACKET_LENGTH */

/* A message without a letter: which phase the session is in now. */
void startup_sent(struct session *session, struct message_body body);

/* The session's first command: its database is made known to the agent. */
void startup_open_database(struct thread *thread, struct session *session);

#endif
