/* What a client sends: www.postgresql.org/docs/current/protocol-flow.html and protocol-message-formats.html. */
#include <string.h>

#include "agent/base/memory.h"
#include "collectors/postgresql/protocol/again.h"
#include "collectors/postgresql/protocol/session.h"
#include "collectors/postgresql/protocol/startup.h"
#include "collectors/postgresql/state/command.h"
#include "collectors/postgresql/statement/datum.h"
#include "collectors/postgresql/statement/sql.h"

#define UNKNOWN 0 /* no pq_sql_name */

struct sending {
    struct thread *thread;
    struct session *session;
    const uintptr_t *slot;
    uint64_t since;
};

/* Of a client that is known. Passwords, and what other ways of knowing a user need, go by; so do rows for COPY. */
static message_limits limits = {
    ['B'] = MESSAGE_ANY,   ['C'] = MESSAGE_ANY,   ['D'] = MESSAGE_ANY,   ['E'] = MESSAGE_ANY,
    ['F'] = MESSAGE_ANY,   ['P'] = MESSAGE_ANY,   ['Q'] = MESSAGE_ANY,   ['d'] = MESSAGE_ANY,
    ['f'] = MESSAGE_ANY,   ['p'] = MESSAGE_ANY,   ['H'] = MESSAGE_EMPTY, /* Flush */
    ['S'] = MESSAGE_EMPTY, ['X'] = MESSAGE_EMPTY, ['c'] = MESSAGE_EMPTY, /* COPY is done */
};

static enum message_found wants(void *context, char type, uint32_t length)
{
    const struct session *session = context;

    if (session->phase == SESSION_NEW)
        return type == '\0' && length >= 4 && length <= STARTUP_MAX - 4 ? MESSAGE_ONE : MESSAGE_WRONG;
    if (session->phase == SESSION_GREETS && type != 'p' && type != 'X')
        return MESSAGE_WRONG; /* its database is not known yet */
    if (!message_is_allowed(limits, type, length))
        return MESSAGE_WRONG;
    return strchr("HSXcdfp", type) ? MESSAGE_NONE : MESSAGE_ONE; /* the bodies of these are not looked at */
}

/* Keeps the Parse of the unnamed statement; false: it is too long. */
static bool keep_parsed(struct session *session, struct message_body body, size_t text_length)
{
    size_t size = 4096;

    session->known.thread = NULL;
    if (body.size >= SESSION_TEXT_MAX)
        return false;
    while (size < body.size)
        size *= 2;
    if (size > session->parsed_size) {
        unsigned char *parsed = memory_map(size);
        if (!parsed)
            return false;
        memory_unmap(session->parsed, session->parsed_size);
        session->parsed = parsed;
        session->parsed_size = size;
    }
    memcpy(session->parsed, body.at, body.size);
    session->parsed_length = body.size;
    session->text_length = text_length;
    return true;
}

static inline void add(const struct sending *sending, char type, uint64_t name)
{
    pq_message_add(&sending->session->connection, type == 'S' ? PQ_SYNC : PQ_MESSAGE, type, name);
}

static void parse_named(const struct sending *sending, const char *name, size_t name_length, const char *sql, uint32_t count,
                        const unsigned *types)
{
    struct session *session = sending->session;
    struct pq_command *command;

    session->is_text = session->is_text && name_length > 0;
    command = pq_send_prepare(sending->thread, &session->connection, sending->since, name, sql, (int)count, types);
    if (command) {
        command->message = 'P';
        command->name = pq_sql_name(name, name_length);
    }
}

/* The unnamed statement is the text itself, which the thread may know from before: a driver that sends it each time is as cheap
 * as one that names it. */
static NOINLINE bool parse_other(const struct sending *sending, struct message_body body)
{
    unsigned types[VALUES_FOLLOWED] = {0};
    struct message_reader reader = message_read(body);
    size_t name_length, length;
    const char *name = message_text(&reader, &name_length), *sql = message_text(&reader, &length);
    struct session *session = sending->session;
    uint32_t count;

    if (reader.bad)
        return false;
    count = message_int(&reader, 2);
    for (uint32_t i = 0; i < count && i < VALUES_FOLLOWED; i++)
        types[i] = message_int(&reader, 4);
    if (name_length == 0)
        session_text_goes(sending->thread, session);
    if (name_length > 0 || !keep_parsed(session, body, length)) {
        parse_named(sending, name, name_length, sql, count, types);
        return !reader.bad;
    }
    memcpy(session->text_types, types, sizeof types);
    session->text_shape = NULL;
    session->is_text = true;
    session->types_came = false;
    add(sending, 'P', PQ_SQL_UNNAMED);
    return !reader.bad;
}

static inline bool parse_sent(const struct sending *sending, struct message_body body)
{
    struct session *session = sending->session;

    if (unlikely(body.size != session->parsed_length) || unlikely(session->types_came) || unlikely(body.size == 0) ||
        unlikely(memcmp(body.at, session->parsed, body.size) != 0))
        return parse_other(sending, body);
    session->text_shape = NULL;
    session->is_text = true;
    add(sending, 'P', PQ_SQL_UNNAMED);
    return true;
}

/* Hashes the parameters of a Bind; returns the elements of the longest array among those that are followed. types: of these;
 * NULL: not known. bound: how many *ret has from an earlier one, UINT32_MAX: not known; as many take their places. */
static inline uint32_t bind_values(struct message_reader *reader, const unsigned *types, struct values *ret, uint32_t *bound)
{
    struct message_reader in = *reader;
    uint32_t format_count = message_int(&in, 2);
    const unsigned char *formats = message_bytes(&in, 2 * (size_t)format_count);
    uint32_t count = message_int(&in, 2), longest = 0;

    if (unlikely(count != *bound) || unlikely(count > VALUES_FOLLOWED))
        *ret = (struct values){0};
    *bound = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length = message_int(&in, 4), elements;
        bool binary, is_followed = likely(i < VALUES_FOLLOWED);
        unsigned type = types && is_followed ? types[i] : 0;
        const char *value;
        if (length == UINT32_MAX && !in.bad) {
            values_bind(ret, i, VALUE_NULL);
            continue;
        }
        value = (const char *)message_bytes(&in, length);
        if (unlikely(in.bad)) {
            *bound = UINT32_MAX;
            break;
        }
        binary = message_is_binary(formats, format_count, i);
        values_bind(ret, i,
                    likely(!binary && length <= PQ_DATUM_MAX) ? value_hash_text(value, length)
                                                              : pq_datum_hash(type, binary, value, length));
        if (!is_followed || (!binary && (length == 0 || *value != '{')))
            continue;
        elements = pq_datum_elements(type, binary, value, length);
        longest = elements > longest ? elements : longest;
    }
    *reader = in;
    return longest;
}

static COLD void bind_nothing(struct message_reader *reader)
{
    struct values values;
    uint32_t bound = UINT32_MAX;

    bind_values(reader, NULL, &values, &bound);
}

/* What a name stands for, into session->named. */
static NOINLINE void name_again(struct session *session, const char *name, size_t length)
{
    struct session_named *named = &session->named;

    named->name = pq_sql_name(name, length);
    named->changes = pq_prepared_changes;
    named->prepared = pq_prepared_find(&session->connection, named->name);
    named->length = length <= sizeof named->text ? (uint32_t)length : 0;
    memcpy(named->text, name, named->length);
}

/* Whether the statement's name comes, and means what it did; then the reader is behind it. */
static inline bool is_named_again(const struct session *session, struct message_reader *reader)
{
    const struct session_named *named = &session->named;
    size_t length = named->length;

    if (length == 0 || (size_t)(reader->end - reader->at) <= length || reader->at[length] != '\0' ||
        unlikely(named->changes != pq_prepared_changes) || memcmp(reader->at, named->text, length) != 0)
        return false;
    reader->at += length + 1;
    return true;
}

static inline void bind_named(struct session *session, struct portal *portal, struct message_reader *reader)
{
    const struct session_named *named = &session->named;

    portal->statement = named->name;
    portal->is_text = false;
    portal->prepared = named->prepared;
    portal->bound.found = named->changes;
    portal->bound.statement = named->prepared ? &named->prepared->statement : NULL;
    portal->bound.elements = bind_values(reader, named->prepared ? named->prepared->types : NULL, &portal->bound.values,
                                         &portal->values_bound);
}

static inline void bind_text(const struct sending *sending, struct portal *portal, struct message_reader *reader)
{
    struct session *session = sending->session;

    pq_text_find(sending->thread, &session->connection, session_text(session), session->text_length, &session->known);
    portal->statement = PQ_SQL_UNNAMED;
    portal->is_text = true;
    portal->bound.thread = session->known.thread;
    portal->bound.found = session->known.found;
    portal->bound.statement = session->known.statement;
    portal->bound.elements = bind_values(reader, session->text_types, &portal->bound.values, &portal->values_bound);
}

static inline bool bind_sent(const struct sending *sending, struct message_body body)
{
    struct session *session = sending->session;
    struct message_reader reader = message_read(body);
    size_t portal_length, length = 0;
    const char *portal_name = message_text(&reader, &portal_length);
    bool is_again = is_named_again(session, &reader);
    const char *name = is_again ? "" : message_text(&reader, &length);
    struct portal *portal;

    if (unlikely(reader.bad))
        return false;
    add(sending, 'B', 0);
    portal = portal_bind(&session->portals, pq_sql_name_or_none(portal_name, portal_length));
    if (unlikely(!portal)) {
        bind_nothing(&reader);
        return !reader.bad;
    }
    if (is_again || length > 0 || !session->is_text) {
        if (!is_again)
            name_again(session, name, length);
        bind_named(session, portal, &reader);
    } else {
        bind_text(sending, portal, &reader);
    }
    portal->binary = message_formats(&reader);
    if (likely(portal->bound.statement != NULL))
        probe_expect(portal->bound.statement, &portal->bound.values);
    return !reader.bad;
}

/* What a portal's named statement is now; NULL: it is none, or not known. */
static inline struct pq_prepared *prepared_of(const struct session *session, const struct portal *portal)
{
    if (portal->is_text)
        return NULL;
    return likely(portal->bound.found == pq_prepared_changes) ? portal->prepared
                                                              : pq_prepared_find(&session->connection, portal->statement);
}

/* How a portal's rows look; NULL: not known (yet). */
static inline const struct shape *shape_of(const struct session *session, const struct portal *portal,
                                           const struct pq_prepared *prepared)
{
    if (portal->is_text)
        return session->is_text ? session->text_shape : NULL;
    return prepared ? prepared->shape : NULL;
}

static inline struct pq_command *add_execution(const struct sending *sending, uint64_t name, uint64_t binary,
                                               const struct shape *shape)
{
    struct pq_command *command = pq_command_add(&sending->session->connection, PQ_EXECUTION, sending->since);

    if (unlikely(!command))
        return NULL;
    command->message = 'E';
    command->name = name;
    command->binary = binary;
    command->shape = shape;
    return command;
}

/* A portal that is not known: it was bound before there was memory for it. */
static COLD void execute_unknown(const struct sending *sending, uint64_t name)
{
    const struct pq_bound unknown = {.found = pq_prepared_changes};

    pq_send_prepared_bound(sending->thread, &sending->session->connection, add_execution(sending, name, 0, NULL), sending->slot,
                           NULL, &unknown);
}

static inline bool execute_sent(const struct sending *sending, struct message_body body)
{
    struct session *session = sending->session;
    struct message_reader reader = message_read(body);
    size_t length;
    const char *text = message_text(&reader, &length);
    uint64_t name = pq_sql_name_or_none(text, length);
    struct portal *portal;
    struct pq_prepared *prepared;
    struct pq_command *command;

    if (unlikely(reader.bad))
        return false;
    portal = portal_find(&session->portals, name);
    if (unlikely(!portal)) {
        execute_unknown(sending, name);
        return true;
    }
    prepared = prepared_of(session, portal);
    command = add_execution(sending, name, portal->binary, shape_of(session, portal, prepared));
    if (unlikely(portal->began)) { /* it goes on, with the rows that it has not given yet */
        if (command)
            command->execution = portal->execution;
        return true;
    }
    if (portal->is_text && session->is_text)
        pq_send_text_bound(sending->thread, &session->connection, command, sending->slot, session_text(session), &portal->bound);
    else
        pq_send_prepared_bound(sending->thread, &session->connection, command, sending->slot,
                               prepared ? &prepared->statement : NULL, &portal->bound);
    if (unlikely(portal->is_kept))
        pq_prepared_drop(&session->connection, portal->statement);
    if (likely(command != NULL)) {
        portal->began = true;
        portal->execution = command->execution;
    }
    return true;
}

static inline bool query_sent(const struct sending *sending, struct message_body body)
{
    struct session *session = sending->session;
    struct message_reader reader = message_read(body);
    size_t length;
    const char *sql = message_text(&reader, &length);
    struct pq_command *command;
    struct pq_bound bound;

    if (unlikely(reader.bad))
        return false;
    session->portals.has_unnamed = false; /* a simple query drops the unnamed statement and portal */
    session_text_goes(sending->thread, session);
    session->is_text = false;
    command = pq_command_add(&session->connection, PQ_EXECUTION, sending->since);
    if (command)
        command->message = 'Q';
    pq_bind_text(sending->thread, &session->connection, sql, NULL, &bound);
    pq_send_text(sending->thread, &session->connection, command, sending->slot, sql, NULL, &bound);
    return true;
}

/* Close names a statement or a portal. */
static void close_sent(const struct sending *sending, char kind, uint64_t name)
{
    struct session *session = sending->session;
    struct pq_command *command = pq_message_add(&session->connection, PQ_MESSAGE, 'C', name);

    if (kind == 'P') {
        const struct portal *portal = portal_find(&session->portals, name);
        if (portal && unlikely(portal->is_kept))
            pq_prepared_drop(&session->connection, portal->statement);
        portal_close(&session->portals, name);
        return;
    }
    if (name == PQ_SQL_UNNAMED) {
        session_text_goes(sending->thread, session);
        session->is_text = false;
    }
    if (command) {
        command->effect.kind = PQ_EFFECT_DROP;
        command->effect.name = name;
    }
}

static inline void describe_portal(const struct sending *sending, const struct portal *portal)
{
    add(sending, 'd', likely(portal != NULL) ? portal->statement : UNKNOWN);
}

/* So does Describe. */
static NOINLINE bool name_sent(const struct sending *sending, char type, struct message_body body)
{
    struct session *session = sending->session;
    struct message_reader reader = message_read(body);
    char kind = (char)message_int(&reader, 1);
    size_t length;
    const char *text = message_text(&reader, &length);
    uint64_t name = pq_sql_name_or_none(text, length);

    if (reader.bad || (kind != 'S' && kind != 'P'))
        return false;
    if (type == 'C')
        close_sent(sending, kind, name);
    else if (kind == 'S')
        add(sending, 'D', name);
    else
        describe_portal(sending, portal_find(&session->portals, name));
    return true;
}

/* Of the unnamed portal, as drivers do. */
static inline bool describe_sent(const struct sending *sending, struct message_body body)
{
    if (body.size != 2 || body.at[0] != 'P' || body.at[1] != '\0')
        return name_sent(sending, 'D', body);
    describe_portal(sending, portal_find(&sending->session->portals, PQ_SQL_UNNAMED));
    return true;
}

static COLD bool function_sent(const struct sending *sending, struct message_body body)
{
    struct message_reader reader = message_read(body);
    uint32_t function = message_int(&reader, 4);
    struct values values;
    struct pq_command *command;
    uint32_t bound = UINT32_MAX;

    bind_values(&reader, NULL, &values, &bound);
    command = pq_send_function(sending->thread, &sending->session->connection, sending->slot, sending->since, function, &values);
    if (command)
        command->message = 'F';
    return !reader.bad;
}

/* False: it is none. */
static inline __attribute__((always_inline)) bool message_sent(const struct sending *sending, char type, struct message_body body)
{
    struct session *session = sending->session;

    switch (type) {
    case 'P':
        return parse_sent(sending, body);
    case 'B':
        return bind_sent(sending, body);
    case 'E':
        return execute_sent(sending, body);
    case 'Q':
        return query_sent(sending, body);
    case 'C':
        return name_sent(sending, 'C', body);
    case 'D':
        return describe_sent(sending, body);
    case 'F':
        return function_sent(sending, body);
    case 'S':
        if (likely(!session->copies_in))
            add(sending, 'S', 0);
        return true;
    case 'c':
    case 'f':
        session->copies_in = false;
        if (session->connection.last)
            session->connection.last->ends_copy_after = true;
        return true;
    default:
        return true;
    }
}

/* A client that begins to encrypt at once (sslnegotiation=direct) says whom it wants: the server refuses one that does not
 * (PostgreSQL 17's manual, "SSL Session Encryption"). Records and ALPN: RFC 8446, 5.1; RFC 7301, 3.1. */
static bool is_encrypted_at_once(const unsigned char *data, size_t size)
{
    static const char wanted[] = "\x0apostgresql"; /* a name with its length */

    return size > 3 && data[0] == 0x16 && data[1] == 3 && memmem(data, size, wanted, sizeof wanted - 1);
}

/* A message that comes in pieces, or of a client that is not known yet. False: the piece is used up, or nobody wants its rest. */
static NOINLINE bool other_sent(const struct sending *sending, const unsigned char **data, const unsigned char *end)
{
    struct session *session = sending->session;
    bool known = session->phase == SESSION_OPEN || session->phase == SESSION_GREETS;
    size_t size = (size_t)(end - *data);
    struct message message;

    if (session->phase == SESSION_ENCRYPTED || session->phase == SESSION_OVER)
        return false;
    if (session->phase == SESSION_ASKS) {
        session_give_up(sending->thread, session, false); /* encryption that begins without an answer (sslnegotiation=direct) */
        return false;
    }
    if (session->phase == SESSION_NEW && is_encrypted_at_once(*data, size)) {
        session->phase = SESSION_ENCRYPTED;
        return false;
    }
    switch (message_next(&session->sent, data, &size, wants, session, &message)) {
    case MESSAGE_NONE:
        return false;
    case MESSAGE_WRONG:
        session_give_up(sending->thread, session, known);
        return false;
    case MESSAGE_ONE:
        break;
    }
    if (!message.type) {
        startup_sent(session, message_body(&message));
        return true;
    }
    if (session->phase == SESSION_OPEN && !session->connection.database)
        startup_open_database(sending->thread, session);
    if (!message_sent(sending, message.type, message_body(&message)) && message.have == message.length)
        session_give_up(sending->thread, session, true);
    return true;
}

/* Whether whole messages can be taken as they are. */
static inline bool is_between(const struct session *session)
{
    return likely(session->phase == SESSION_OPEN) && likely(session->connection.database != NULL) &&
           likely(message_is_next(&session->sent));
}

/* Returns where something else begins, or the end of all. */
static inline const unsigned char *whole_ones_sent(const struct sending *sending, const unsigned char *at,
                                                   const unsigned char *end)
{
    struct message_body body;

    while (message_is_whole(at, end, &body)) {
        char type = (char)*at;
        at = body.at + body.size;
        if (unlikely(!message_is_allowed(limits, type, body.size)) || unlikely(!message_sent(sending, type, body))) {
            session_give_up(sending->thread, sending->session, true);
            break;
        }
    }
    return at;
}

/* alone: nothing is in flight, and the last batch came to its end. */
static NOINLINE bool messages_sent(const struct sending *sending, const struct iovec *vector, size_t size, bool alone)
{
    struct session *session = sending->session;
    bool between;
    size_t left = size;

    if (unlikely(session->folded))
        again_expand(session);
    between = is_between(session);
    for (const struct iovec *piece = vector; left > 0; piece++) {
        size_t part = piece->iov_len < left ? piece->iov_len : left;
        const unsigned char *data = piece->iov_base, *end = data + part;
        left -= part;
        for (;;) {
            if (likely(between))
                data = whole_ones_sent(sending, data, end);
            if (likely(data == end) || !other_sent(sending, &data, end))
                break;
            between = is_between(session);
        }
    }
    if (alone && again_may_begin(vector) && session->phase == SESSION_OPEN)
        again_learn(session, vector, size);
    return session->phase != SESSION_OVER;
}

HOT bool session_sent(struct thread *thread, struct session *session, const uintptr_t *slot, uint64_t since,
                      const struct iovec *vector, size_t size)
{
    bool alone = is_between(session) && likely(!session->connection.first) && likely(!session->folded);

    if (likely(alone) && session->batches > 0 && again_may_begin(vector) &&
        likely(again_sent(thread, session, slot, since, vector, size)))
        return true;
    return messages_sent(&(const struct sending){thread, session, slot, since}, vector, size, alone);
}
