#include "collectors/postgresql/protocol/startup.h"

#include <string.h>

/* Of the messages without a letter (src/include/libpq/pqcomm.h). */
enum {
    CODE_CANCEL = 1234 << 16 | 5678,
    CODE_SSL = 1234 << 16 | 5679,
    CODE_GSS = 1234 << 16 | 5680,
};

/* "false", "off", "no", "0": parse_bool of src/backend/utils/adt/bool.c. */
static bool is_false(const char *value)
{
    return strcmp(value, "false") == 0 || strcmp(value, "off") == 0 || strcmp(value, "no") == 0 || strcmp(value, "0") == 0;
}

/* Names and values until an empty name. One without a user is no startup message, whatever else begins with these bytes. */
static void read_startup(struct session *session, struct message_reader *reader)
{
    char user[SESSION_NAME_MAX] = "";
    bool replicates = false;
    size_t length;

    for (;;) {
        const char *name = message_text(reader, &length), *value;
        if (reader->bad || length == 0)
            break;
        value = message_text(reader, &length);
        if (strcmp(name, "user") == 0)
            strncpy(user, value, sizeof user - 1);
        else if (strcmp(name, "database") == 0)
            strncpy(session->database, value, sizeof session->database - 1);
        else if (strcmp(name, "replication") == 0)
            replicates = !is_false(value);
    }
    if (!session->database[0])
        memcpy(session->database, user, sizeof user);
    if (reader->bad || !user[0] || replicates)
        session_give_up(NULL, session, false);
}

void startup_sent(struct session *session, struct message_body body)
{
    struct message_reader reader = message_read(body);
    uint32_t code = message_int(&reader, 4);

    if (code == CODE_SSL || code == CODE_GSS) {
        session->phase = body.size == 4 ? SESSION_ASKS : SESSION_OVER;
    } else if (code >> 16 == 3) { /* the minor version in the lower half */
        session->phase = SESSION_GREETS;
        session->sent.untyped = false;
        read_startup(session, &reader);
    } else {
        session_give_up(NULL, session, false); /* somebody else's protocol, or a request to cancel */
    }
}

/* With its first command, and not when the server is ready: that comes to an event loop, in which a language's machine runs no
 * code that its walker could try itself on. */
void startup_open_database(struct thread *thread, struct session *session)
{
    session->connection.database = probe_open(thread, DATABASE_POSTGRESQL, session->database, session->host);
    probe_on_doubt(pq_connection_escapes);
}
