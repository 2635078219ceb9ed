/* What a server sends: www.postgresql.org/docs/current/protocol-flow.html and protocol-message-formats.html. */
#include <stdlib.h>
#include <string.h>

#include "agent/unit/descriptors.h"
#include "collectors/postgresql/protocol/again.h"
#include "collectors/postgresql/protocol/session.h"
#include "collectors/postgresql/state/command.h"
#include "collectors/postgresql/statement/datum.h"

#define VALUE_MAX 64 /* bytes of a value that is captured: keys are short */

static message_limits limits = {
    ['1'] = MESSAGE_EMPTY,                        /* ParseComplete */
    ['2'] = MESSAGE_EMPTY,                        /* BindComplete */
    ['3'] = MESSAGE_EMPTY,                        /* CloseComplete */
    ['A'] = MESSAGE_ANY,                          /* NotificationResponse */
    ['C'] = MESSAGE_ANY,                          /* CommandComplete */
    ['D'] = MESSAGE_ANY,                          /* DataRow */
    ['E'] = MESSAGE_ANY,                          /* ErrorResponse */
    ['G'] = MESSAGE_ANY,                          /* CopyInResponse, CopyOutResponse, CopyBothResponse */
    ['H'] = MESSAGE_ANY,   ['I'] = MESSAGE_EMPTY, /* EmptyQueryResponse */
    ['K'] = MESSAGE_ANY,                          /* BackendKeyData */
    ['N'] = MESSAGE_ANY,                          /* NoticeResponse */
    ['R'] = MESSAGE_ANY,                          /* Authentication */
    ['S'] = MESSAGE_ANY,                          /* ParameterStatus */
    ['T'] = MESSAGE_ANY,                          /* RowDescription */
    ['V'] = MESSAGE_ANY,                          /* FunctionCallResponse */
    ['W'] = MESSAGE_ANY,   ['Z'] = 1 + 1,         /* ReadyForQuery */
    ['c'] = MESSAGE_EMPTY,                        /* CopyDone */
    ['d'] = MESSAGE_ANY,                          /* CopyData */
    ['n'] = MESSAGE_EMPTY,                        /* NoData */
    ['s'] = MESSAGE_EMPTY,                        /* PortalSuspended */
    ['t'] = MESSAGE_ANY,                          /* ParameterDescription */
    ['v'] = MESSAGE_ANY,                          /* NegotiateProtocolVersion */
};

/* Whether the values of the rows that come may be wanted. */
static inline bool wants_rows(const struct pq_command *command)
{
    return unlikely(command->captures) || unlikely(command->execution.source != NULL);
}

/* Of a message in pieces: those that carry nothing that is looked at are not kept. */
static enum message_found wants(void *context, char type, uint32_t length)
{
    const struct session *session = context;
    const struct pq_command *first = session->connection.first;

    if (!message_is_allowed(limits, type, length))
        return MESSAGE_WRONG;
    switch (type) {
    case 'C':
    case 'E':
    case 'S':
    case 'T':
    case 'Z':
    case 't':
        return MESSAGE_ONE;
    case 'D':
        return first && first->kind == PQ_EXECUTION && wants_rows(first) ? MESSAGE_ONE : MESSAGE_NONE;
    default:
        return MESSAGE_NONE;
    }
}

static COLD bool parameter_came(struct session *session, struct message_body body)
{
    struct message_reader reader = message_read(body);
    size_t length;
    const char *name = message_text(&reader, &length), *value = message_text(&reader, &length);

    if (!reader.bad && strcmp(name, "standard_conforming_strings") == 0)
        session->standard_strings = strcmp(value, "on") == 0;
    return !reader.bad;
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
static inline void answered(struct thread *thread, struct session *session, const char *failure)
{
    struct pq_command *first = session->connection.first;

    if (unlikely(!first))
        return;
    if (likely(!first->ended))
        pq_command_end(thread, first, &session->connection, failure);
    if (first->message != 'Q' && first->message != 'F')
        pq_command_pop(thread, &session->connection);
}

/* The same of ParseComplete and its like, of which most have no effect. */
static inline void message_answered(struct thread *thread, struct session *session)
{
    struct pq_command *first = session->connection.first;

    if (unlikely(!first) || unlikely(first->kind != PQ_MESSAGE))
        return;
    if (likely(first->effect.kind == PQ_EFFECT_NONE) && likely(first->message != 'Q'))
        pq_message_pop(thread, &session->connection);
    else
        answered(thread, session, NULL);
}

/* Another statement of a simple query gives its first answer. */
static inline struct pq_command *answering(struct thread *thread, struct session *session)
{
    struct pq_command *first = session->connection.first;

    if (unlikely(!first) || unlikely(first->kind != PQ_EXECUTION))
        return NULL;
    if (unlikely(first->ended) && first->message == 'Q')
        pq_command_next(thread, first);
    return likely(!first->ended) ? first : NULL;
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

/* NULL: no memory, or it is none; then *ret_bad. */
static NOINLINE const struct shape *shape_anew(struct session_row *row, struct message_body body, bool *ret_bad)
{
    struct message_reader reader = message_read(body);

    row->length = 0;
    row->shape = read_shape(&reader);
    if (row->shape && body.size <= sizeof row->body) {
        memcpy(row->body, body.at, body.size);
        row->length = (uint32_t)body.size;
    }
    *ret_bad = reader.bad;
    return row->shape;
}

/* The shape that a RowDescription tells of: most are those of a statement that was executed before. */
static inline const struct shape *shape_of(struct session *session, struct message_body body, bool *ret_bad)
{
    struct session_row *row = &session->rows[body.size % SESSION_ROWS];

    *ret_bad = false;
    return likely(row->length == body.size) && likely(body.size > 0) && likely(memcmp(row->body, body.at, body.size) == 0)
               ? row->shape
               : shape_anew(row, body, ret_bad);
}

/* The unnamed statement has another text by now. */
static bool is_parsed_anew(const struct pq_command *described)
{
    const struct pq_command *later = described->next;

    while (later && (later->message != 'P' || later->name != PQ_SQL_UNNAMED))
        later = later->next;
    return later != NULL;
}

/* What was described is what is executed next, and each time that the statement is. */
static inline bool shape_came(struct thread *thread, struct session *session, struct message_body body)
{
    struct pq_command *first = session->connection.first, *next;
    bool bad;
    const struct shape *shape = shape_of(session, body, &bad);
    struct pq_prepared *prepared;

    if (unlikely(!first) || unlikely(bad))
        return !bad;
    if (first->kind == PQ_EXECUTION) { /* of a simple query */
        if ((first = answering(thread, session)))
            first->shape = shape;
        return true;
    }
    for (next = first->next; next && next->kind == PQ_MESSAGE; next = next->next)
        ;
    if (next && next->kind == PQ_EXECUTION && !next->shape)
        next->shape = shape;
    if (first->name == PQ_SQL_UNNAMED) {
        if (!is_parsed_anew(first))
            session->text_shape = shape;
    } else {
        prepared = session_prepared(session, first->name);
        if (prepared)
            prepared->shape = shape;
    }
    if (likely(first->kind == PQ_MESSAGE))
        message_answered(thread, session);
    else
        answered(thread, session, NULL);
    return true;
}

static NOINLINE bool parameter_types_came(struct session *session, struct message_body body)
{
    const struct pq_command *first = session->connection.first;
    struct message_reader reader = message_read(body);
    uint32_t count = message_int(&reader, 2);
    unsigned *types = NULL;
    struct pq_prepared *prepared;

    if (!first || first->message != 'D')
        return !reader.bad;
    if (first->name == PQ_SQL_UNNAMED && session->is_text) {
        types = session->text_types;
        session->types_came = true;
    } else if ((prepared = session_prepared(session, first->name))) {
        types = prepared->types;
    }
    for (uint32_t i = 0; types && i < count && i < VALUES_FOLLOWED; i++)
        types[i] = message_int(&reader, 4);
    return !reader.bad;
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
    if (!source_row(thread, source, command->execution.episode))
        return true;
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

static COLD void values_came(struct thread *thread, struct pq_command *command, const struct group_shard *shard,
                             struct message_body body)
{
    if (command->captures && shard) {
        command->captures = false;
        probe_capture(thread, &command->execution, &command->given);
    }
    if (command->execution.source) {
        struct message_reader reader = message_read(body);
        uint32_t columns = message_int(&reader, 2);
        if (command->execution.source->shard != command->execution.shard || /* it was given to another group meanwhile */
            !capture_values(thread, command, &reader, columns))
            command->execution.source = NULL;
    }
}

static inline void row_came(struct thread *thread, struct session *session, struct message_body body)
{
    struct pq_command *command = answering(thread, session);
    struct group_shard *shard;

    if (!command)
        return;
    shard = probe_shard(thread, &command->execution);
    probe_rows(shard, 1);
    if (wants_rows(command) && body.at)
        values_came(thread, command, shard, body);
}

/* COPY says at its end how many rows it moved. */
static COLD void count_copied(struct thread *thread, struct pq_command *command, const char *tag)
{
    if (strncmp(tag, "COPY ", 5) == 0)
        probe_rows(probe_shard(thread, &command->execution), strtoull(tag + 5, NULL, 10));
}

static inline bool completed(struct thread *thread, struct session *session, struct message_body body)
{
    struct pq_command *command = answering(thread, session);
    const char *tag = (const char *)body.at;

    session->copies_in = false;
    if (unlikely(body.size == 0) || unlikely(tag[body.size - 1] != '\0' && !memchr(tag, '\0', body.size)))
        return false;
    if (unlikely(!command))
        return true;
    if (unlikely(command->copying))
        count_copied(thread, command, tag);
    if (likely(command->message == 'E') && likely(command->effect.kind == PQ_EFFECT_NONE) && likely(!command->more))
        pq_execution_pop(thread, &session->connection);
    else
        answered(thread, session, NULL);
    return true;
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
static COLD bool failed(struct thread *thread, struct session *session, struct message_body body)
{
    struct message_reader reader = message_read(body), again = reader;
    const char *state = field_of(&reader, 'C'), *severity = field_of(&again, 'V'); /* in no language, as S is; since 9.6 */

    statement_failed(thread, session, state);
    if (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0)
        session_lost(thread, session);
    return !reader.bad;
}

/* The server is ready: the simple query is over, or everything up to the next Sync. */
static inline __attribute__((always_inline)) void ready(struct thread *thread, struct session *session, char status)
{
    struct pq_connection *connection = &session->connection;
    bool found = false;

    session->skips = false;
    if (likely(connection->first != NULL) && likely(connection->first->kind == PQ_SYNC)) {
        pq_message_pop(thread, connection);
        found = true;
    }
    while (!found && connection->first) {
        struct pq_command *first = connection->first;
        found = first->kind == PQ_SYNC || first->message == 'Q' || first->message == 'F';
        if (!first->ended) /* left out after an error, or a text without a statement */
            pq_command_end(thread, first, connection, first->kind == PQ_EXECUTION ? "" : NULL);
        pq_command_pop(thread, connection);
    }
    if (unlikely(!found) && connection->untracked > 0)
        connection->untracked--;
    if (likely(status == 'I')) {
        portals_close_all(&session->portals);
        if (unlikely(transaction_is_open(&connection->transaction)))
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

static COLD void copy_begins(struct thread *thread, struct session *session, char type)
{
    struct pq_command *command = answering(thread, session);

    if (!command)
        return;
    command->copying = true;
    if (type != 'H')
        copy_in_begins(session, command);
}

/* A portal has given as many rows as it was asked for: the next Execute's rows are of the same execution, and captured if these
 * were. */
static COLD void keep_suspended(struct session *session)
{
    const struct pq_command *first = session->connection.first;
    struct portal *portal = first && first->message == 'E' ? portal_find(&session->portals, first->name) : NULL;

    if (portal && portal->began && portal->execution.shard == first->execution.shard)
        portal->execution = first->execution;
}

/* False: it is none. */
static inline __attribute__((always_inline)) bool message_came(struct thread *thread, struct session *session, char type,
                                                               struct message_body body)
{
    switch (type) {
    case '1':
    case '2':
    case '3':
    case 'n':
        message_answered(thread, session);
        return true;
    case 'C':
        return completed(thread, session, body);
    case 'D':
        row_came(thread, session, body);
        return true;
    case 'E':
        return failed(thread, session, body);
    case 'G':
    case 'H':
    case 'W':
        copy_begins(thread, session, type);
        return true;
    case 's':
        keep_suspended(session);
        /* FALLTHROUGH */
    case 'I':
    case 'V':
        answered(thread, session, NULL);
        return true;
    case 'S':
        return parameter_came(session, body);
    case 'T':
        return shape_came(thread, session, body);
    case 't':
        return parameter_types_came(session, body);
    case 'Z':
        ready(thread, session, body.size > 0 ? (char)body.at[0] : '\0');
        return body.size > 0;
    default:
        return true;
    }
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

/* A message that comes in pieces, or before the client is known. False: the piece is used up, or nobody wants its rest. */
static NOINLINE bool other_came(struct thread *thread, struct session *session, const unsigned char **data,
                                const unsigned char *end)
{
    size_t size = (size_t)(end - *data);
    struct message message;

    switch (session->phase) {
    case SESSION_ENCRYPTED:
    case SESSION_OVER:
        return false;
    case SESSION_ASKS:
        answer_came(thread, session, (char)*(*data)++);
        return true;
    case SESSION_NEW: /* a server that speaks first speaks something else */
        session_give_up(thread, session, false);
        return false;
    case SESSION_GREETS:
    case SESSION_OPEN:
        break;
    }
    switch (message_next(&session->received, data, &size, wants, session, &message)) {
    case MESSAGE_NONE:
        return false;
    case MESSAGE_WRONG:
        session_give_up(thread, session, true);
        return false;
    case MESSAGE_ONE:
        break;
    }
    if (!message_came(thread, session, message.type, message_body(&message)) && message.have == message.length)
        session_give_up(thread, session, true);
    return true;
}

/* Whether whole messages can be taken as they are. */
static inline bool is_between(const struct session *session)
{
    return likely(session->phase == SESSION_OPEN) && likely(message_is_next(&session->received));
}

/* Returns where something else begins, or the end of all. */
static inline const unsigned char *whole_ones_came(struct thread *thread, struct session *session, const unsigned char *at,
                                                   const unsigned char *end)
{
    struct message_body body;

    while (message_is_whole(at, end, &body)) {
        char type = (char)*at;
        at = body.at + body.size;
        if (unlikely(!message_is_allowed(limits, type, body.size)) || unlikely(!message_came(thread, session, type, body))) {
            session_give_up(thread, session, true);
            break;
        }
    }
    return at;
}

static NOINLINE bool messages_came(struct thread *thread, struct session *session, const struct iovec *vector, size_t size)
{
    bool between;

    if (unlikely(session->folded))
        again_expand(session);
    between = is_between(session);
    for (; size > 0; vector++) {
        size_t part = vector->iov_len < size ? vector->iov_len : size;
        const unsigned char *data = vector->iov_base, *end = data + part;
        size -= part;
        for (;;) {
            if (likely(between))
                data = whole_ones_came(thread, session, data, end);
            if (likely(data == end) || !other_came(thread, session, &data, end))
                break;
            between = is_between(session);
        }
    }
    return session->phase != SESSION_OVER;
}

HOT bool session_received(struct thread *thread, struct session *session, const struct iovec *vector, size_t size)
{
    if (likely(session->folded) && likely(again_received(thread, session, vector, size)))
        return true;
    return messages_came(thread, session, vector, size);
}
