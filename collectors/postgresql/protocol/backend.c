/* What a server sends: www.postgresql.org/docs/current/protocol-flow.html and protocol-message-formats.html. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/unit/descriptors.h"
#include "collectors/postgresql/protocol/session.h"
#include "collectors/postgresql/state/command.h"
#include "collectors/postgresql/state/prepared.h"
#include "collectors/postgresql/statement/datum.h"
#include "collectors/postgresql/statement/sql.h"

#define VALUE_MAX 64 /* bytes of a value that is captured: keys are short */

/* Those that carry nothing that is looked at are not kept. */
static enum message_found wants(void *context, char type, uint32_t length)
{
    const struct session *session = context;
    const struct pq_command *first = session->connection.first;

    switch (type) {
    case 'C': /* CommandComplete */
    case 'E': /* ErrorResponse */
    case 'S': /* ParameterStatus */
    case 'T': /* RowDescription */
    case 't': /* ParameterDescription */
        return MESSAGE_ONE;
    case 'Z': /* ReadyForQuery */
        return length == 1 ? MESSAGE_ONE : MESSAGE_WRONG;
    case 'D': /* DataRow */
        return first && (first->execution.source || first->captures) ? MESSAGE_ONE : MESSAGE_NONE;
    case '1': /* ParseComplete */
    case '2': /* BindComplete */
    case '3': /* CloseComplete */
    case 'I': /* EmptyQueryResponse */
    case 'c': /* CopyDone */
    case 'n': /* NoData */
    case 's': /* PortalSuspended */
        return length == 0 ? MESSAGE_NONE : MESSAGE_WRONG;
    case 'A': /* NotificationResponse */
    case 'G': /* CopyInResponse, CopyOutResponse, CopyBothResponse */
    case 'H':
    case 'K': /* BackendKeyData */
    case 'N': /* NoticeResponse */
    case 'R': /* Authentication */
    case 'V': /* FunctionCallResponse */
    case 'W':
    case 'd': /* CopyData */
    case 'v': /* NegotiateProtocolVersion */
        return MESSAGE_NONE;
    default:
        return MESSAGE_WRONG;
    }
}

static void parameter_came(struct session *session, struct message_reader *reader)
{
    size_t length;
    const char *name = message_text(reader, &length), *value = message_text(reader, &length);

    if (!reader->bad && strcmp(name, "standard_conforming_strings") == 0)
        session->standard_strings = strcmp(value, "on") == 0;
}

/* The first of a message's fields that has this letter; "" when none has. */
static const char *field_of(struct message_reader *reader, char wanted)
{
    size_t length;

    while (!reader->bad && reader->at < reader->end) {
        char letter = (char)message_int(reader, 1);
        const char *text;
        if (letter == '\0')
            break;
        text = message_text(reader, &length);
        if (letter == wanted)
            return text;
    }
    return "";
}

/* Takes off the message that is answered; a statement's execution stays until its end. */
static void answered(struct thread *thread, struct session *session, const char *failure)
{
    struct pq_command *first = session->connection.first;

    if (!first)
        return;
    if (!first->ended)
        pq_command_end(thread, first, &session->connection, failure);
    if (first->message != 'Q' && first->message != 'F')
        pq_command_pop(thread, &session->connection);
}

/* Another statement of a simple query gives its first answer. */
static struct pq_command *answering(struct thread *thread, struct session *session)
{
    struct pq_command *first = session->connection.first;

    if (first && first->kind == PQ_EXECUTION && first->ended && first->message == 'Q')
        pq_command_next(thread, first);
    return first && first->kind == PQ_EXECUTION && !first->ended ? first : NULL;
}

static const struct shape *read_shape(struct message_reader *reader)
{
    struct shape_column columns[SOURCE_COLUMNS];
    uint32_t count = message_int(reader, 2);

    if (count > SOURCE_COLUMNS)
        count = SOURCE_COLUMNS;
    memset(columns, 0, count * sizeof *columns); /* they are compared by their bytes */
    for (uint32_t i = 0; i < count; i++) {
        size_t length;
        const char *name = message_text(reader, &length);
        strncpy(columns[i].name, name, SOURCE_NAME - 1);
        message_bytes(reader, 6); /* its table, and its number there */
        columns[i].type = message_int(reader, 4);
        message_bytes(reader, 8); /* its size, its modifier, and its format, which Bind said */
    }
    return reader->bad ? NULL : shape_intern(columns, count);
}

/* The unnamed statement has another text by now. */
static bool is_parsed_anew(const struct pq_command *described)
{
    const struct pq_command *later = described->next;

    while (later && (later->message != 'P' || later->name != 0))
        later = later->next;
    return later != NULL;
}

/* What was described is what is executed next, and each time that the statement is. */
static void shape_came(struct thread *thread, struct session *session, struct message_reader *reader)
{
    struct pq_command *first = session->connection.first, *next;
    const struct shape *shape = read_shape(reader);
    struct pq_prepared *prepared;

    if (!first || reader->bad)
        return;
    if (first->kind == PQ_EXECUTION) { /* of a simple query */
        if ((first = answering(thread, session)))
            first->shape = shape;
        return;
    }
    for (next = first->next; next && next->kind == PQ_MESSAGE; next = next->next)
        ;
    if (next && next->kind == PQ_EXECUTION && !next->shape)
        next->shape = shape;
    if (first->name == pq_sql_name("", 0)) {
        if (!is_parsed_anew(first))
            session->text_shape = shape;
    } else {
        prepared = pq_prepared_find(&session->connection, first->name);
        if (prepared)
            prepared->shape = shape;
    }
    answered(thread, session, NULL);
}

static void parameter_types_came(struct session *session, struct message_reader *reader)
{
    const struct pq_command *first = session->connection.first;
    uint32_t count = message_int(reader, 2);
    unsigned *types = NULL;
    struct pq_prepared *prepared;

    if (!first || first->message != 'D')
        return;
    if (first->name == pq_sql_name("", 0) && session->is_text)
        types = session->text_types;
    else if ((prepared = pq_prepared_find(&session->connection, first->name)))
        types = prepared->types;
    for (uint32_t i = 0; types && i < count && i < VALUES_FOLLOWED; i++)
        types[i] = message_int(reader, 4);
}

/* False: the source has no room for more. */
static bool capture_values(struct thread *thread, struct pq_command *command, struct message_reader *reader, uint32_t columns)
{
    struct source *source = command->execution.source;
    const struct shape *shape = command->shape && command->shape->count == (columns < SOURCE_COLUMNS ? columns : SOURCE_COLUMNS)
                                    ? command->shape
                                    : NULL;
    bool room = true;

    if (source->columns == 0) {
        source->columns = columns < SOURCE_COLUMNS ? columns : SOURCE_COLUMNS;
        for (uint32_t i = 0; shape && i < source->columns; i++)
            memcpy(source->column[i].name, shape->column[i].name, SOURCE_NAME);
    }
    source_row(thread, source, command->execution.episode);
    for (uint32_t i = 0; i < columns && i < source->columns && room; i++) {
        uint32_t length = message_int(reader, 4);
        bool is_null = length == UINT32_MAX;
        const char *value = is_null ? NULL : (const char *)message_bytes(reader, length);
        if (reader->bad)
            break; /* a long row is cut */
        if (provenance_wants(source, i))
            room = source_add(thread, source, command->execution.episode, i,
                              is_null || length > VALUE_MAX ? VALUE_NULL
                                                            : pq_datum_hash(shape ? shape->column[i].type : 0,
                                                                            (command->binary >> i & 1) != 0, value, length));
    }
    return room;
}

static void row_came(struct thread *thread, struct session *session, const struct message *message)
{
    struct pq_command *command = answering(thread, session);
    struct group_shard *shard;

    if (!command)
        return;
    shard = probe_shard(thread, &command->execution);
    probe_rows(shard, 1);
    if (likely(!message->body))
        return;
    if (command->captures && shard) {
        command->captures = false;
        probe_capture(thread, &command->execution, &command->given);
    }
    if (command->execution.source) {
        struct message_reader reader = message_read(message);
        uint32_t columns = message_int(&reader, 2);
        if (command->execution.source->shard != command->execution.shard || /* it was given to another group meanwhile */
            !capture_values(thread, command, &reader, columns))
            command->execution.source = NULL;
    }
}

/* COPY says at its end how many rows it moved. */
static void completed(struct thread *thread, struct session *session, struct message_reader *reader)
{
    struct pq_command *command = answering(thread, session);
    size_t length;
    const char *tag = message_text(reader, &length);

    session->copies_in = false;
    if (!command || reader->bad)
        return;
    if (command->copying && strncmp(tag, "COPY ", 5) == 0)
        probe_rows(probe_shard(thread, &command->execution), strtoull(tag + 5, NULL, 10));
    answered(thread, session, NULL);
}

static void statement_failed(struct thread *thread, struct session *session, const char *state)
{
    session->copies_in = false;
    if (session->skips || (session->connection.first && session->connection.first->kind == PQ_SYNC))
        return;
    answering(thread, session);
    if (session->connection.first && session->connection.first->message != 'Q')
        session->skips = true;
    answered(thread, session, state);
}

/* The last message of a session that the server ends (an administrator's command, its shutdown) is one of these, too. */
static void failed(struct thread *thread, struct session *session, struct message_reader *reader)
{
    struct message_reader again = *reader;
    const char *state = field_of(reader, 'C'), *severity = field_of(&again, 'V'); /* in no language, as S is; since 9.6 */

    statement_failed(thread, session, state);
    if (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0)
        session_lost(thread, session);
}

/* The server is ready: the simple query is over, or everything up to the next Sync. */
static void ready(struct thread *thread, struct session *session, char status)
{
    struct pq_connection *connection = &session->connection;
    bool found = false;

    session->skips = false;
    while (connection->first && !found) {
        struct pq_command *first = connection->first;
        found = first->kind == PQ_SYNC || first->message == 'Q' || first->message == 'F';
        if (!first->ended) /* left out after an error, or a text without a statement */
            pq_command_end(thread, first, connection, first->kind == PQ_EXECUTION ? "" : NULL);
        pq_command_pop(thread, connection);
    }
    if (!found && connection->untracked > 0)
        connection->untracked--;
    if (status == 'I') {
        portals_close_all(&session->portals);
        if (transaction_is_open(&connection->transaction))
            open_transaction_now(thread, &connection->transaction, NULL, false);
    }
    if (session->phase == SESSION_GREETS)
        session->phase = SESSION_OPEN;
}

/* Until rows end, the server ignores each Sync, those that came before it said so, too. */
static void copy_in_begins(struct session *session, struct pq_command *copy)
{
    struct pq_connection *connection = &session->connection;
    struct pq_command *sync;

    session->copies_in = !copy->ends_copy_after;
    while (!copy->ends_copy_after && (sync = copy->next) && sync->kind == PQ_SYNC) {
        copy->ends_copy_after = sync->ends_copy_after;
        session->copies_in = !copy->ends_copy_after;
        copy->next = sync->next;
        if (connection->last == sync)
            connection->last = copy;
        sync->next = connection->spare;
        connection->spare = sync;
    }
}

static void message_came(struct thread *thread, struct session *session, const struct message *message)
{
    struct message_reader reader = message_read(message);
    struct pq_command *first = session->connection.first;

    switch (message->type) {
    case '1':
    case '2':
    case '3':
    case 'n':
        if (first && first->kind == PQ_MESSAGE)
            answered(thread, session, NULL);
        break;
    case 'C':
        completed(thread, session, &reader);
        break;
    case 'D':
        row_came(thread, session, message);
        return;
    case 'E':
        failed(thread, session, &reader);
        break;
    case 'G':
    case 'H':
    case 'W':
        if ((first = answering(thread, session)))
            first->copying = true;
        if (first && message->type != 'H')
            copy_in_begins(session, first);
        break;
    case 'I':
    case 'V':
    case 's':
        answered(thread, session, NULL);
        break;
    case 'S':
        parameter_came(session, &reader);
        break;
    case 'T':
        shape_came(thread, session, &reader);
        break;
    case 't':
        parameter_types_came(session, &reader);
        break;
    case 'Z':
        ready(thread, session, (char)message_int(&reader, 1));
        break;
    default:
        break;
    }
    if (reader.bad && message->have == message->length)
        session_give_up(thread, session, true);
}

/* One byte, yes or no (SSLRequest, GSSENCRequest); or an error, from a server that knows neither. */
static void answer_came(struct thread *thread, struct session *session, char answer)
{
    switch (answer) {
    case 'N':
        session->phase = SESSION_NEW;
        break;
    case 'S':
        session->phase = SESSION_ENCRYPTED;
        break;
    default: /* G: encryption that nobody can look into */
        session_give_up(thread, session, answer == 'G');
        break;
    }
}

bool session_received(struct thread *thread, struct session *session, const unsigned char *data, size_t size)
{
    int saved_errno = errno;
    struct message message;

    while (size > 0 && session->phase != SESSION_OVER && session->phase != SESSION_ENCRYPTED) {
        enum message_found found;
        if (session->phase == SESSION_ASKS) {
            answer_came(thread, session, (char)*data);
            data++;
            size--;
            continue;
        }
        if (session->phase == SESSION_NEW) { /* a server that speaks first speaks something else */
            session_give_up(thread, session, false);
            break;
        }
        found = message_next(&session->received, &data, &size, wants, session, &message);
        if (found == MESSAGE_NONE)
            break;
        if (found == MESSAGE_WRONG)
            session_give_up(thread, session, true);
        else
            message_came(thread, session, &message);
    }
    errno = saved_errno;
    return session->phase != SESSION_OVER;
}
