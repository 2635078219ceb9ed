/* What a client sends: www.postgresql.org/docs/current/protocol-flow.html and protocol-message-formats.html. */
#include <errno.h>
#include <string.h>

#include "agent/base/memory.h"
#include "collectors/postgresql/protocol/session.h"
#include "collectors/postgresql/state/command.h"
#include "collectors/postgresql/state/prepared.h"
#include "collectors/postgresql/statement/datum.h"
#include "collectors/postgresql/statement/sql.h"

/* Of the messages without a letter (src/include/libpq/pqcomm.h). */
enum {
    CODE_CANCEL = 1234 << 16 | 5678,
    CODE_SSL = 1234 << 16 | 5679,
    CODE_GSS = 1234 << 16 | 5680,
};
#define STARTUP_MAX 10000 /* bytes: MAX_STARTUP_PACKET_LENGTH */
#define UNKNOWN     0     /* no pq_sql_name */

struct sending {
    struct thread *thread;
    struct session *session;
    const uintptr_t *slot;
    uint64_t since;
};

static enum message_found wants(void *context, char type, uint32_t length)
{
    const struct session *session = context;

    if (session->phase == SESSION_NEW)
        return type == '\0' && length >= 4 && length <= STARTUP_MAX - 4 ? MESSAGE_ONE : MESSAGE_WRONG;
    if (session->phase == SESSION_GREETS && type != 'p' && type != 'X')
        return MESSAGE_WRONG; /* its database is not known yet */
    switch (type) {
    case 'B':
    case 'C':
    case 'D':
    case 'E':
    case 'F':
    case 'P':
    case 'Q':
        return MESSAGE_ONE;
    case 'H': /* Flush */
    case 'S':
    case 'X':
    case 'c': /* COPY is done */
        return length == 0 ? MESSAGE_NONE : MESSAGE_WRONG;
    case 'd':
    case 'f':
    case 'p': /* passwords, and what other ways of knowing a user need */
        return MESSAGE_NONE;
    default:
        return MESSAGE_WRONG;
    }
}

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

static void startup_sent(struct session *session, const struct message *message)
{
    struct message_reader reader = message_read(message);
    uint32_t code = message_int(&reader, 4);

    if (code == CODE_SSL || code == CODE_GSS) {
        session->phase = message->length == 4 ? SESSION_ASKS : SESSION_OVER;
    } else if (code >> 16 == 3) { /* the minor version in the lower half */
        session->phase = SESSION_GREETS;
        session->sent.untyped = false;
        read_startup(session, &reader);
    } else {
        session_give_up(NULL, session, false); /* somebody else's protocol, or a request to cancel */
    }
}

/* Keeps the text of the unnamed statement, terminated; false: it is too long. */
static bool keep_text(struct session *session, const char *sql, size_t length)
{
    size_t size = 4096;

    if (length >= SESSION_TEXT_MAX)
        return false;
    while (size <= length)
        size *= 2;
    if (size > session->text_size) {
        char *text = memory_map(size);
        if (!text)
            return false;
        memory_unmap(session->text, session->text_size);
        session->text = text;
        session->text_size = size;
    }
    memcpy(session->text, sql, length + 1);
    session->text_length = length;
    return true;
}

static struct pq_command *add(const struct sending *sending, char type, uint64_t name)
{
    struct pq_command *command = pq_command_add(&sending->session->connection, type == 'S' ? PQ_SYNC : PQ_MESSAGE,
                                                sending->since);

    if (command) {
        command->message = type;
        command->name = name;
    }
    return command;
}

/* The unnamed statement is the text itself, which the thread may know from before: a driver that sends it each time is as cheap
 * as one that names it. */
static void parse_sent(const struct sending *sending, struct message_reader *reader)
{
    unsigned types[VALUES_FOLLOWED] = {0};
    size_t name_length, length;
    const char *name = message_text(reader, &name_length), *sql = message_text(reader, &length);
    struct session *session = sending->session;
    struct pq_command *command;
    uint32_t count;

    if (reader->bad)
        return;
    count = message_int(reader, 2);
    for (uint32_t i = 0; i < count && i < VALUES_FOLLOWED; i++)
        types[i] = message_int(reader, 4);
    if (name_length == 0 && keep_text(session, sql, length)) {
        memcpy(session->text_types, types, sizeof types);
        session->text_shape = NULL;
        session->is_text = true;
        add(sending, 'P', 0);
        return;
    }
    session->is_text = session->is_text && name_length > 0;
    command = pq_send_prepare(sending->thread, &session->connection, sending->since, name, sql, (int)count, types);
    if (command) {
        command->message = 'P';
        command->name = pq_sql_name(name, name_length);
    }
}

/* The parameters of a Bind, as pq_send wants them: pointers into the message. */
struct parameters {
    struct pq_parameters all;
    const char *values[VALUES_FOLLOWED];
    int lengths[VALUES_FOLLOWED], formats[VALUES_FOLLOWED];
};

static uint32_t format_of(const unsigned char *formats, uint32_t count, uint32_t i)
{
    if (count == 0)
        return 0;
    i = count == 1 ? 0 : i < count ? i : count - 1;
    return (uint32_t)formats[2 * i] << 8 | formats[2 * i + 1];
}

/* Parameters beyond those that are followed count with their sum. */
static void read_parameters(struct message_reader *reader, struct parameters *ret, struct values *beyond)
{
    uint32_t format_count = message_int(reader, 2);
    const unsigned char *formats = message_bytes(reader, 2 * (size_t)format_count);
    uint32_t count = message_int(reader, 2);

    ret->all = (struct pq_parameters){.values = ret->values, .lengths = ret->lengths, .formats = ret->formats, .sized = true};
    for (uint32_t i = 0; i < count && !reader->bad; i++) {
        uint32_t length = message_int(reader, 4);
        bool is_null = length == UINT32_MAX;
        const char *value = is_null ? NULL : (const char *)message_bytes(reader, length);
        uint32_t format = format_of(formats, format_count, i);
        if (reader->bad)
            return;
        if (i < VALUES_FOLLOWED) {
            ret->values[i] = value;
            ret->lengths[i] = is_null ? 0 : (int)length;
            ret->formats[i] = (int)format;
            ret->all.count = (int)i + 1;
        } else {
            values_bind(beyond, i, pq_datum_hash(0, format != 0, value, is_null ? 0 : length));
        }
    }
}

/* Which columns come in binary. */
static uint64_t read_formats(struct message_reader *reader)
{
    uint32_t count = message_int(reader, 2);
    const unsigned char *formats = message_bytes(reader, 2 * (size_t)count);
    uint64_t binary = 0;

    if (reader->bad)
        return 0;
    if (count <= 1) /* one for all, which is what drivers send */
        return format_of(formats, count, 0) == 1 ? UINT64_MAX : 0;
    for (uint32_t i = 0; i < 64; i++) {
        if (format_of(formats, count, i) == 1)
            binary |= UINT64_C(1) << i;
    }
    return binary;
}

static void bind_sent(const struct sending *sending, struct message_reader *reader)
{
    struct session *session = sending->session;
    size_t portal_length, length;
    const char *portal_name = message_text(reader, &portal_length), *name = message_text(reader, &length);
    struct values beyond = {0};
    struct parameters parameters;
    struct portal *portal;

    if (reader->bad)
        return;
    add(sending, 'B', 0);
    portal = portal_bind(&session->portals, pq_sql_name(portal_name, portal_length));
    read_parameters(reader, &parameters, &beyond);
    if (!portal)
        return;
    portal->statement = pq_sql_name(name, length);
    portal->binary = read_formats(reader);
    portal->is_text = length == 0 && session->is_text;
    if (portal->is_text) {
        parameters.all.types = session->text_types;
        pq_bind_text(sending->thread, &session->connection, session->text, &parameters.all, &portal->bound);
    } else {
        pq_bind_prepared(&session->connection, name, &parameters.all, &portal->bound);
    }
    if (unlikely(beyond.more)) {
        portal->bound.values.more += beyond.more;
        portal->bound.values.all += beyond.all;
    }
}

/* How a portal's rows look; NULL: not known (yet). */
static const struct shape *shape_of(const struct session *session, const struct portal *portal)
{
    const struct pq_prepared *prepared;

    if (portal->is_text)
        return session->is_text ? session->text_shape : NULL;
    prepared = pq_prepared_find(&session->connection, portal->statement);
    return prepared ? prepared->shape : NULL;
}

/* What was executed before goes on, with the rows that it has not given yet. */
static void go_on(const struct sending *sending, const struct portal *portal)
{
    const struct session *session = sending->session;
    struct pq_command *command = pq_command_add(&sending->session->connection, PQ_EXECUTION, sending->since);

    if (!command)
        return;
    command->message = 'E';
    command->name = portal->name;
    command->binary = portal->binary;
    command->shape = shape_of(session, portal);
    command->execution = portal->execution;
}

static void execute_sent(const struct sending *sending, struct message_reader *reader)
{
    struct session *session = sending->session;
    size_t length;
    const char *name = message_text(reader, &length);
    struct portal *portal = portal_find(&session->portals, pq_sql_name(name, length));
    struct pq_command *command;
    struct pq_bound unknown = {.found = pq_prepared_gone};
    struct pq_prepared *prepared;

    if (reader->bad)
        return;
    if (portal && portal->began) {
        go_on(sending, portal);
        return;
    }
    command = pq_command_add(&session->connection, PQ_EXECUTION, sending->since);
    prepared = portal && !portal->is_text ? pq_prepared_find(&session->connection, portal->statement) : NULL;
    if (command) {
        command->message = 'E';
        command->name = pq_sql_name(name, length);
        command->binary = portal ? portal->binary : 0;
        command->shape = portal ? shape_of(session, portal) : NULL;
    }
    if (portal && portal->is_text && session->is_text)
        pq_send_text_bound(sending->thread, &session->connection, command, sending->slot, session->text, &portal->bound);
    else
        pq_send_prepared_bound(sending->thread, &session->connection, command, sending->slot,
                               prepared ? &prepared->statement : NULL, portal ? &portal->bound : &unknown);
    if (portal && command) {
        portal->began = true;
        portal->execution = command->execution;
    }
}

static void query_sent(const struct sending *sending, struct message_reader *reader)
{
    struct session *session = sending->session;
    size_t length;
    const char *sql = message_text(reader, &length);
    struct pq_command *command;
    struct pq_bound bound;

    if (reader->bad)
        return;
    session->is_text = false; /* a simple query drops the unnamed statement and portal */
    portal_close(&session->portals, pq_sql_name("", 0));
    command = pq_command_add(&session->connection, PQ_EXECUTION, sending->since);
    if (command)
        command->message = 'Q';
    pq_bind_text(sending->thread, &session->connection, sql, NULL, &bound);
    pq_send_text(sending->thread, &session->connection, command, sending->slot, sql, NULL, &bound);
}

/* Describe and Close name a statement or a portal. */
static void name_sent(const struct sending *sending, char type, struct message_reader *reader)
{
    struct session *session = sending->session;
    char kind = (char)message_int(reader, 1);
    size_t length;
    const char *name = message_text(reader, &length);
    struct pq_command *command;

    if (reader->bad || (kind != 'S' && kind != 'P')) {
        reader->bad = true;
        return;
    }
    if (type == 'D' && kind == 'P') {
        const struct portal *portal = portal_find(&session->portals, pq_sql_name(name, length));
        add(sending, 'd', !portal ? UNKNOWN : portal->is_text ? pq_sql_name("", 0) : portal->statement);
        return;
    }
    command = add(sending, type, pq_sql_name(name, length));
    if (type == 'D')
        return;
    if (kind == 'P')
        portal_close(&session->portals, pq_sql_name(name, length));
    else if (length == 0)
        session->is_text = false;
    if (kind == 'S' && command) {
        command->effect.kind = PQ_EFFECT_DROP;
        command->effect.name = pq_sql_name(name, length);
    }
}

static void function_sent(const struct sending *sending, struct message_reader *reader)
{
    uint32_t function = message_int(reader, 4);
    struct values values = {0};
    struct parameters parameters;
    struct pq_command *command;

    read_parameters(reader, &parameters, &values);
    for (int i = 0; i < parameters.all.count; i++)
        values_bind(&values, (unsigned)i,
                    pq_datum_hash(0, parameters.formats[i] != 0, parameters.values[i], (size_t)parameters.lengths[i]));
    command = pq_send_function(sending->thread, &sending->session->connection, sending->slot, sending->since, function, &values);
    if (command)
        command->message = 'F';
}

/* With its first command, and not when the server is ready: that comes to an event loop, in which a language's machine runs no
 * code that its walker could try itself on. */
static void open_database(const struct sending *sending)
{
    struct session *session = sending->session;

    session->connection.database = probe_open(sending->thread, DATABASE_POSTGRESQL, session->database, session->host);
    probe_on_doubt(pq_connection_escapes);
}

static void message_sent(const struct sending *sending, const struct message *message)
{
    struct message_reader reader = message_read(message);

    if (unlikely(!sending->session->connection.database) && sending->session->phase == SESSION_OPEN)
        open_database(sending);
    switch (message->type) {
    case '\0':
        startup_sent(sending->session, message);
        return;
    case 'P':
        parse_sent(sending, &reader);
        break;
    case 'B':
        bind_sent(sending, &reader);
        break;
    case 'E':
        execute_sent(sending, &reader);
        break;
    case 'Q':
        query_sent(sending, &reader);
        break;
    case 'C':
    case 'D':
        name_sent(sending, message->type, &reader);
        break;
    case 'F':
        function_sent(sending, &reader);
        break;
    case 'S':
        if (!sending->session->copies_in)
            add(sending, 'S', 0);
        break;
    case 'c':
    case 'f':
        sending->session->copies_in = false;
        if (sending->session->connection.last)
            sending->session->connection.last->ends_copy_after = true;
        break;
    default:
        break;
    }
    if (reader.bad && message->have == message->length)
        session_give_up(sending->thread, sending->session, true);
}

bool session_sent(struct thread *thread, struct session *session, const uintptr_t *slot, uint64_t since,
                  const unsigned char *data, size_t size)
{
    struct sending sending = {thread, session, slot, since};
    int saved_errno = errno;
    struct message message;

    while (session->phase != SESSION_OVER && session->phase != SESSION_ENCRYPTED) {
        bool known = session->phase == SESSION_OPEN || session->phase == SESSION_GREETS;
        enum message_found found;
        if (session->phase == SESSION_ASKS && size > 0) {
            session_give_up(thread, session, false); /* encryption that begins without an answer (sslnegotiation=direct) */
            break;
        }
        found = message_next(&session->sent, &data, &size, wants, session, &message);
        if (found == MESSAGE_NONE)
            break;
        if (found == MESSAGE_WRONG)
            session_give_up(thread, session, known);
        else
            message_sent(&sending, &message);
    }
    errno = saved_errno;
    return session->phase != SESSION_OVER;
}
