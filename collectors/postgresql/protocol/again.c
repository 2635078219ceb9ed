#include "collectors/postgresql/protocol/again.h"

#include <string.h>

#include "collectors/postgresql/state/command.h"
#include "collectors/postgresql/statement/datum.h"

#define LEARNED_EACH 4 /* of the batches that are not known: statements that alternate shall not pay for it each time */

/* Messages in the pieces of a vector, of which none may be in two. */
struct cursor {
    const struct iovec *next;
    size_t left; /* bytes in these */
    const unsigned char *at, *end;
};

static inline void cursor_begin(struct cursor *cursor, const struct iovec *vector, size_t size)
{
    *cursor = (struct cursor){.next = vector, .left = size};
}

/* False: there is none, or not all of it. */
static inline bool cursor_message(struct cursor *cursor, char *ret_type, struct message_body *ret)
{
    while (cursor->at == cursor->end) {
        size_t part;
        if (cursor->left == 0)
            return false;
        part = cursor->next->iov_len < cursor->left ? cursor->next->iov_len : cursor->left;
        cursor->at = cursor->next++->iov_base;
        cursor->end = cursor->at + part;
        cursor->left -= part;
    }
    *ret_type = (char)*cursor->at;
    if (unlikely(!message_is_whole(cursor->at, cursor->end, ret)))
        return false;
    cursor->at = ret->at + ret->size;
    return true;
}

/* Where the values of a Bind of the unnamed portal begin; NULL: it is none. *ret: its formats, and how many values there are. */
static const unsigned char *values_of(struct message_body body, struct session_again *ret)
{
    struct message_reader reader = message_read(body);
    const unsigned char *formats;
    uint32_t count;
    size_t length;

    if (message_int(&reader, 1) != 0)
        return NULL;
    message_text(&reader, &length);
    ret->is_text = length == 0;
    count = message_int(&reader, 2);
    formats = message_bytes(&reader, 2 * (size_t)count);
    ret->values = message_int(&reader, 2);
    if (reader.bad || ret->values > VALUES_FOLLOWED || count > VALUES_FOLLOWED)
        return NULL;
    ret->binary_values = 0;
    for (uint32_t i = 0; i < ret->values; i++) {
        if (message_is_binary(formats, count, i))
            ret->binary_values |= 1U << i;
    }
    return reader.at;
}

static bool skip_values(struct message_reader *reader, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length = message_int(reader, 4);
        if (length != UINT32_MAX)
            message_bytes(reader, length);
    }
    return !reader->bad;
}

static bool learn_bind(struct message_body body, struct session_again *ret)
{
    const unsigned char *values = values_of(body, ret);
    struct message_reader reader;
    size_t head;

    if (!values)
        return false;
    reader = (struct message_reader){values, body.at + body.size, false};
    head = (size_t)(values - body.at);
    if (head > SESSION_HEAD || !skip_values(&reader, ret->values) || reader.end - reader.at < 2 ||
        reader.end - reader.at > SESSION_FORMATS)
        return false;
    ret->head_length = (uint8_t)head;
    memcpy(ret->bytes, body.at, head);
    ret->formats_length = ret->rest_length = (uint8_t)(reader.end - reader.at);
    memcpy(session_rest(ret), reader.at, ret->rest_length);
    ret->binary = message_formats(&reader);
    return !reader.bad && reader.at == reader.end;
}

/* The next message has to be this one. */
static bool learn_message(struct cursor *cursor, char letter, struct message_body content, struct session_again *ret)
{
    struct message_body body;
    char type;

    if (!cursor_message(cursor, &type, &body) || type != letter || body.size != content.size ||
        memcmp(body.at, content.at, body.size) != 0)
        return false;
    memcpy(session_rest(ret) + ret->rest_length, body.at - MESSAGE_HEADER, MESSAGE_HEADER + body.size);
    ret->rest_length = (uint8_t)(ret->rest_length + MESSAGE_HEADER + body.size);
    return true;
}

#define CONTENT(bytes) ((struct message_body){(const unsigned char *)(bytes), sizeof(bytes) - 1})

static bool learn(const struct session *session, struct cursor *cursor, struct session_again *ret)
{
    struct message_body body;
    struct cursor behind;
    char type;

    if (!cursor_message(cursor, &type, &body))
        return false;
    ret->parses = type == 'P';
    if ((ret->parses && !cursor_message(cursor, &type, &body)) || type != 'B' || !learn_bind(body, ret))
        return false;
    ret->is_text = ret->is_text && session->is_text;
    if (ret->parses && !ret->is_text)
        return false;
    behind = *cursor;
    ret->describes = learn_message(cursor, 'D', CONTENT("P\0"), ret);
    if (!ret->describes)
        *cursor = behind;
    behind = *cursor; /* Execute of the unnamed portal, of some rows at the most */
    return cursor_message(&behind, &type, &body) && body.size == 5 && body.at[0] == '\0' &&
           learn_message(cursor, 'E', body, ret) && learn_message(cursor, 'S', CONTENT(""), ret) && cursor->at == cursor->end &&
           cursor->left == 0;
}

static bool is_known(const struct session *session, const struct session_again *learned)
{
    for (uint8_t i = 0; i < session->batches; i++) {
        const struct session_again *again = &session->again[i];
        if (again->head_length == learned->head_length && again->rest_length == learned->rest_length &&
            memcmp(again->bytes, learned->bytes, (size_t)learned->head_length + learned->rest_length) == 0 &&
            again->parses == learned->parses && again->is_text == learned->is_text)
            return true;
    }
    return false;
}

/* One that is known is learned in vain: its statement has another text now, or is none that can be executed at once. */
void again_learn(struct session *session, const struct iovec *vector, size_t size)
{
    struct session_again learned = {0};
    struct cursor cursor;

    if (session->unlike++ % LEARNED_EACH != 0)
        return;
    cursor_begin(&cursor, vector, size);
    if (!learn(session, &cursor, &learned) || is_known(session, &learned) || (!learned.is_text && session->named.length == 0))
        return;
    learned.name = session->named.name;
    learned.prepared = session->named.prepared;
    learned.changes = session->named.changes;
    session->batch = session->learned++ % SESSION_AGAIN;
    session->again[session->batch] = learned;
    if (session->batches < SESSION_AGAIN)
        session->batches++;
}

/* Which statement it is, when it can be executed at once; NULL: not known, or one that changes more. */
static inline struct probe_statement *text_of(struct thread *thread, struct session *session)
{
    struct probe_statement *statement;

    pq_text_find(thread, &session->connection, session_text(session), session->text_length, &session->known);
    statement = session->known.statement;
    if (unlikely(!statement) || unlikely(statement->text.statements != 1) ||
        unlikely(statement->text.special & (STATEMENT_NAMES | STATEMENT_TRANSACTION)))
        return NULL;
    return statement;
}

/* The statement of its name, when it can be executed at once. */
static inline struct pq_prepared *prepared_of(const struct session *session, struct session_again *again)
{
    if (unlikely(again->changes != pq_prepared_changes)) {
        again->changes = pq_prepared_changes;
        again->prepared = pq_prepared_find(&session->connection, again->name);
    }
    if (unlikely(!again->prepared) || unlikely(again->prepared->statement.text.special & STATEMENT_TRANSACTION))
        return NULL;
    return again->prepared;
}

/* Takes the values of a Bind with the head that is known, up to its formats; NULL: there is something else. */
static inline const unsigned char *bind_values(const struct session_again *again, struct message_body body, const unsigned *types,
                                               struct portal *portal)
{
    const unsigned char *at = body.at + again->head_length, *end = body.at + body.size - again->formats_length;
    struct values *values = &portal->bound.values;
    uint32_t longest = 0;

    if (unlikely(portal->values_bound != again->values)) {
        *values = (struct values){0};
        portal->values_bound = again->values;
    }
    for (uint32_t i = 0; i < again->values; i++) {
        uint32_t length, elements;
        const char *value;
        if (unlikely((size_t)(end - at) < sizeof length))
            return NULL;
        length = message_big_endian(at, 4);
        value = (const char *)at + sizeof length;
        if (unlikely(length > (size_t)(end - at) - sizeof length) || unlikely(length > PQ_DATUM_MAX)) /* NULL, too */
            return NULL;
        at += sizeof length + length;
        if (!(again->binary_values >> i & 1)) {
            if (unlikely(length > 0 && *value == '{'))
                return NULL;
            values_bind(values, i, value_hash_text(value, length));
        } else if (likely(pq_datum_is_int(types[i], length))) {
            values_bind(values, i, value_hash_int((int32_t)message_big_endian((const unsigned char *)value, 4)));
        } else {
            elements = pq_datum_elements(types[i], true, value, length);
            longest = elements > longest ? elements : longest;
            values_bind(values, i, pq_datum_hash(types[i], true, value, length));
        }
    }
    portal->bound.elements = longest;
    return at == end ? at : NULL;
}

/* The first messages, up to Bind, which it gives. */
static inline bool begins_alike(const struct session *session, const struct session_again *again, struct cursor *cursor,
                                struct message_body *ret)
{
    char type;

    if (unlikely(!cursor_message(cursor, &type, ret)))
        return false;
    if (again->parses) {
        if (type != 'P' || ret->size != session->parsed_length || session->types_came ||
            memcmp(ret->at, session->parsed, ret->size) != 0 || unlikely(!cursor_message(cursor, &type, ret)))
            return false;
    }
    return type == 'B' && ret->size >= (size_t)again->head_length + again->formats_length &&
           memcmp(ret->at, again->bytes, again->head_length) == 0;
}

/* Whether what comes from `at` on, to the end of all, is what came behind the values. */
static inline bool ends_alike(const struct session_again *again, const struct cursor *cursor, const unsigned char *at)
{
    const unsigned char *rest = again->bytes + again->head_length;
    size_t part = (size_t)(cursor->end - at), left = cursor->left;

    if (part + left != again->rest_length || memcmp(at, rest, part) != 0)
        return false;
    for (const struct iovec *piece = cursor->next; left > 0; piece++) {
        rest += part;
        part = piece->iov_len < left ? piece->iov_len : left;
        if (memcmp(piece->iov_base, rest, part) != 0)
            return false;
        left -= part;
    }
    return true;
}

/* Fills the unnamed portal; false: it is not this batch. */
static NOINLINE HOT bool bind(struct thread *thread, struct session *session, struct session_again *again,
                              const struct iovec *vector, size_t size)
{
    struct portal *portal = &session->portals.unnamed;
    struct pq_prepared *prepared = NULL;
    struct probe_statement *statement;
    const unsigned char *behind;
    struct message_body body;
    struct cursor cursor;

    cursor_begin(&cursor, vector, size);
    if (!begins_alike(session, again, &cursor, &body))
        return false;
    if (again->is_text) {
        statement = session->is_text || again->parses ? text_of(thread, session) : NULL;
    } else {
        prepared = prepared_of(session, again);
        statement = prepared ? &prepared->statement : NULL;
    }
    if (unlikely(!statement))
        return false;
    behind = bind_values(again, body, prepared ? prepared->types : session->text_types, portal);
    if (unlikely(!behind) || unlikely(!ends_alike(again, &cursor, behind)))
        return false;
    portal->prepared = prepared;
    portal->bound.statement = statement;
    return true;
}

/* The same of all that are known but the last one. */
static NOINLINE bool bind_another(struct thread *thread, struct session *session, const struct iovec *vector, size_t size)
{
    for (uint8_t i = 1; i < session->batches; i++) {
        uint8_t batch = (uint8_t)((session->batch + i) % session->batches);
        if (bind(thread, session, &session->again[batch], vector, size)) {
            session->batch = batch;
            return true;
        }
    }
    return false;
}

/* As pq_command_add makes it. */
static inline struct pq_command *add_execution(struct thread *thread, struct pq_connection *connection, uint64_t since)
{
    struct pq_command *command = connection->spare;

    connection->spare = command->next;
    pq_message_renew(command, PQ_EXECUTION, 'E', PQ_SQL_UNNAMED);
    command->more_count = command->more_next = 0;
    command->since = since;
    connection->first = connection->last = command;
    connection->writes_in_pipeline = false;
    probe_busy(thread, &connection->transaction);
    return command;
}

/* As frontend.c does, message by message. */
HOT bool again_sent(struct thread *thread, struct session *session, const uintptr_t *slot, uint64_t since,
                    const struct iovec *vector, size_t size)
{
    const struct session_again *again;
    struct pq_connection *connection = &session->connection;
    struct portal *portal = &session->portals.unnamed;
    struct pq_command *command;

    if (unlikely(session->skips | session->copies_in) || unlikely(connection->untracked > 0) || unlikely(!connection->spare) ||
        (!bind(thread, session, &session->again[session->batch], vector, size) && !bind_another(thread, session, vector, size)))
        return false;
    again = &session->again[session->batch];
    probe_expect(portal->bound.statement, &portal->bound.values);
    session->portals.has_unnamed = true;
    portal->name = PQ_SQL_UNNAMED;
    portal->is_text = again->is_text;
    portal->binary = again->binary;
    portal->began = true;
    portal->is_kept = false;
    command = add_execution(thread, connection, since);
    command->binary = again->binary;
    session->folded = true;
    if (again->is_text) {
        session->is_text = true;
        if (again->parses)
            session->text_shape = NULL;
        portal->statement = PQ_SQL_UNNAMED;
        portal->bound.thread = thread;
        portal->bound.found = session->known.found;
        command->shape = session->text_shape;
        pq_send_text_bound(thread, connection, command, slot, session_text(session), &portal->bound);
    } else {
        portal->statement = again->name;
        portal->bound.found = again->changes;
        command->shape = portal->prepared->shape;
        pq_send_prepared_bound(thread, connection, command, slot, portal->bound.statement, &portal->bound);
    }
    return true;
}

void again_expand(struct session *session)
{
    struct pq_connection *connection = &session->connection;
    const struct session_again *again = &session->again[session->batch];
    struct portal *portal = &session->portals.unnamed;

    session->folded = false;
    if (!connection->first) /* it was lost with the connection */
        return;
    portal->execution = connection->first->execution;
    if (again->describes)
        pq_message_add_in_front(connection, 'd', portal->statement);
    pq_message_add_in_front(connection, 'B', 0);
    if (again->parses)
        pq_message_add_in_front(connection, 'P', PQ_SQL_UNNAMED);
    pq_message_add(connection, PQ_SYNC, 'S', 0);
}

/* The bytes of a message that has no body. */
#define EMPTY(letter) letter "\0\0\0\4"
#define EMPTY_SIZE    ((size_t)5)

static inline bool skip_empty(const unsigned char **at, const unsigned char *end, const char *empty)
{
    if ((size_t)(end - *at) < EMPTY_SIZE || memcmp(*at, empty, EMPTY_SIZE) != 0)
        return false;
    *at += EMPTY_SIZE;
    return true;
}

/* What says how rows look: as they did, or there are none. *ret: NULL when there are none. */
static inline bool skip_description(const struct session *session, const unsigned char **at, const unsigned char *end,
                                    const struct shape **ret)
{
    const struct session_row *row;
    struct message_body body;

    *ret = NULL;
    if (*at == end || **at != 'T')
        return skip_empty(at, end, EMPTY("n"));
    if (!message_is_whole(*at, end, &body))
        return false;
    row = &session->rows[body.size % SESSION_ROWS];
    if (row->length != body.size || body.size == 0 || memcmp(row->body, body.at, body.size) != 0)
        return false;
    *at = body.at + body.size;
    *ret = row->shape;
    return true;
}

/* Rows, and the statement's end; false: there is something else. */
static inline bool skip_result(const unsigned char **at, const unsigned char *end, uint64_t *ret_rows)
{
    struct message_body body;

    for (*ret_rows = 0; message_is_whole(*at, end, &body); ++*ret_rows) {
        char type = (char)**at;
        *at = body.at + body.size;
        if (type != 'D')
            return (type == 'C' && body.size > 0 && body.at[body.size - 1] == '\0') || (type == 's' && body.size == 0);
    }
    return false;
}

/* ReadyForQuery, and whether a transaction is open: 'I' or 'T'; '\0': it is something else, or an error is. */
static inline char status_at(const unsigned char *at, const unsigned char *end)
{
    if (end - at != 6 || memcmp(at, "Z\0\0\0\5", 5) != 0 || (at[5] != 'I' && at[5] != 'T'))
        return '\0';
    return (char)at[5];
}

static inline void set_shape(struct session *session, const struct shape *shape)
{
    struct pq_prepared *prepared;

    if (session->again[session->batch].is_text)
        session->text_shape = shape;
    else if ((prepared = session_prepared(session, session->portals.unnamed.statement)))
        prepared->shape = shape;
}

/* As backend.c does, message by message. */
HOT bool again_received(struct thread *thread, struct session *session, const struct iovec *vector, size_t size)
{
    const unsigned char *at = vector->iov_base, *end = at + size;
    const struct session_again *again = &session->again[session->batch];
    struct pq_command *command = session->connection.first;
    const struct shape *shape = NULL;
    uint64_t rows;
    char status;

    if (unlikely(!command) || unlikely(vector->iov_len < size) || unlikely(command->captures) ||
        unlikely(command->execution.source != NULL) || unlikely(!message_is_next(&session->received)) ||
        (again->parses && unlikely(!skip_empty(&at, end, EMPTY("1")))) || unlikely(!skip_empty(&at, end, EMPTY("2"))) ||
        (again->describes && unlikely(!skip_description(session, &at, end, &shape))) || unlikely(!skip_result(&at, end, &rows)))
        return false;
    status = status_at(at, end);
    if (unlikely(status == '\0'))
        return false;
    session->folded = false;
    if (shape)
        set_shape(session, shape);
    if (rows > 0)
        probe_rows(probe_shard(thread, &command->execution), rows);
    if (status == 'T')
        session->portals.unnamed.execution = command->execution;
    pq_execution_pop(thread, &session->connection);
    if (status == 'I') {
        portals_close_all(&session->portals);
        if (unlikely(transaction_is_open(&session->connection.transaction)))
            open_transaction_now(thread, &session->connection.transaction, NULL, false);
    }
    return true;
}
