/* Prepared statements coming and going: sqlite3_prepare, _v2, _v3, 16, 16_v2, 16_v3; finalize. */
#include <emmintrin.h>

#include "collectors/sqlite3/entry.h"

#define PAGE_LEAST 4096

/* Whether a text that may be shorter begins with these bytes, which lie at a multiple of 16. Touches no page in which none of it
 * is. */
static inline bool begins_with(const char *text, const char *bytes, size_t count)
{
    __m128i same;

    if (unlikely(count < 16) || unlikely(((uintptr_t)text & (PAGE_LEAST - 1)) > PAGE_LEAST - count))
        return strncmp(text, bytes, count) == 0;
    same = _mm_cmpeq_epi8(_mm_loadu_si128((const void *)(text + count - 16)),
                          _mm_loadu_si128((const void *)(bytes + count - 16)));
    for (size_t at = 0; at + 16 < count; at += 16)
        same = _mm_and_si128(
            same, _mm_cmpeq_epi8(_mm_loadu_si128((const void *)(text + at)), _mm_load_si128((const void *)(bytes + at))));
    return _mm_movemask_epi8(same) == 0xffff;
}

/* Whether the statement is of the text that it had when its state was new. */
static inline bool is_text_of(const struct stmt *stmt, const char *sql, int bytes)
{
    size_t size = stmt->sql_size;

    if (bytes >= 0 && (size_t)bytes < size && (size_t)bytes < --size) /* without the terminator, or even less */
        return false;
    return begins_with(sql, stmt->sql, size);
}

/* A statement that was prepared from the text of the one that rests at its address has that one's state. sql and bytes are what
 * sqlite3_prepare_v2 was given, and has read. False: it has no state yet. */
static inline __attribute__((always_inline)) bool wake(const struct connection *connection, sqlite3_stmt *handle, const char *sql,
                                                       int bytes)
{
    struct stmt *stmt;

    if (unlikely(!stmt_find_first(handle, &stmt)) || unlikely(stmt->stay != STMT_RESTS) ||
        unlikely(stmt->connection != connection) || unlikely(!is_text_of(stmt, sql, bytes)))
        return false;
    stmt->special = SPECIAL_WOKEN;
    stmt->stay = STMT_STAYS;
    stmt->probe.fresh = true;
    values_clear(&stmt->values);
    return true;
}

static NOINLINE void prepared(struct thread *thread, const struct sqlite_library *library, struct connection *connection,
                              sqlite3_stmt **handle, int result, bool on_behalf)
{
    struct stmt *stmt;

    /* The text is nothing but comments and white space: no statement. */
    if (result != SQLITE_OK || !handle || !*handle)
        return;
    stmt = stmt_add(thread, library, connection, *handle);
    if (stmt && on_behalf) {
        stmt->on_behalf = true;
        stmt->stay = STMT_LEAVES;
        entry_behalf.statement = stmt;
    }
}

/* The real prepare runs between these two: what happens inside (reading the schema) is the library's own business. */
#define PREPARE(function, ...)                                                                                                   \
    struct connection *connection = connection_find(db);                                                                         \
    const struct sqlite_library *library = likely(connection) ? connection->library                                              \
                                                              : library_for_caller("sqlite3_" #function, db, slot);              \
    struct thread *own_state, *thread;                                                                                           \
    struct entry_outermost outermost;                                                                                            \
    uintptr_t outer;                                                                                                             \
    bool own;                                                                                                                    \
    int result;                                                                                                                  \
                                                                                                                                 \
    if (unlikely(!library))                                                                                                      \
        return SQLITE_MISUSE;                                                                                                    \
    own = entry_is_own(library, slot);                                                                                           \
    if (unlikely(own) && !entry_is_on_behalf(library, slot))                                                                     \
        return library->api.function(__VA_ARGS__);                                                                               \
    thread = entry_go_on(&own_state, true);                                                                                      \
    if (unlikely(!thread))                                                                                                       \
        return library->api.function(__VA_ARGS__);                                                                               \
    if (unlikely(own))                                                                                                           \
        entry_forget_statement();                                                                                                \
    outermost = entry_go_inside(library, slot);                                                                                  \
    outer = entry_enter(thread, 0);                                                                                              \
    result = library->api.function(__VA_ARGS__);                                                                                 \
    thread = entry_again(thread, outer, outermost);                                                                              \
    if (likely(thread != NULL))                                                                                                  \
        prepared(thread, library, connection, stmt, result, own);                                                                \
    entry_go_back(own_state);                                                                                                    \
    return result

/* Behind the real call of a thread that was plain before it. */
static NOINLINE int prepared_plain(struct thread *thread, struct connection *connection, sqlite3_stmt **handle, int result)
{
    thread = entry_again(thread, 0, (struct entry_outermost){NULL, 0});
    if (likely(thread != NULL))
        prepared(thread, connection->library, connection, handle, result, false);
    return result;
}

/* A prepare of UTF-8. Its fast part is for plain threads, of which nothing has to be changed before the real call, nor behind it
 * where the text was prepared at that address before. */
#define PREPARE_TEXT(function, parameters, ...)                                                                                  \
    static NOINLINE int function##_slow(const uintptr_t *slot, UNPACK parameters)                                                \
    {                                                                                                                            \
        slot = front_behind(slot);                                                                                               \
        PREPARE(function, __VA_ARGS__);                                                                                          \
    }                                                                                                                            \
    EXPORT int sqlite3_##function parameters                                                                                     \
    {                                                                                                                            \
        struct thread *thread = thread_self;                                                                                     \
        struct connection *connection;                                                                                           \
        int result;                                                                                                              \
                                                                                                                                 \
        if (unlikely(!connection_find_first(db, &connection)) || unlikely(!thread->plain) ||                                     \
            unlikely(entry_is_own(connection->library, STACK_SLOT)))                                                             \
            return function##_slow(STACK_SLOT, __VA_ARGS__);                                                                     \
        result = connection->library->api.function(__VA_ARGS__);                                                                 \
        if (likely(result == SQLITE_OK) && likely(wake(connection, *stmt, sql, bytes)))                                          \
            return SQLITE_OK;                                                                                                    \
        return prepared_plain(thread, connection, stmt, result);                                                                 \
    }

#define UNPACK(...) __VA_ARGS__

PREPARE_TEXT(prepare, (sqlite3 * db, const char *sql, int bytes, sqlite3_stmt **stmt, const char **tail), db, sql, bytes, stmt,
             tail)
PREPARE_TEXT(prepare_v2, (sqlite3 * db, const char *sql, int bytes, sqlite3_stmt **stmt, const char **tail), db, sql, bytes, stmt,
             tail)
PREPARE_TEXT(prepare_v3, (sqlite3 * db, const char *sql, int bytes, unsigned flags, sqlite3_stmt **stmt, const char **tail), db,
             sql, bytes, flags, stmt, tail)

EXPORT int sqlite3_prepare16(sqlite3 *db, const void *sql, int bytes, sqlite3_stmt **stmt, const void **tail)
{
    const uintptr_t *slot = front_behind(STACK_SLOT);

    PREPARE(prepare16, db, sql, bytes, stmt, tail);
}

EXPORT int sqlite3_prepare16_v2(sqlite3 *db, const void *sql, int bytes, sqlite3_stmt **stmt, const void **tail)
{
    const uintptr_t *slot = front_behind(STACK_SLOT);

    PREPARE(prepare16_v2, db, sql, bytes, stmt, tail);
}

EXPORT int sqlite3_prepare16_v3(sqlite3 *db, const void *sql, int bytes, unsigned flags, sqlite3_stmt **stmt, const void **tail)
{
    const uintptr_t *slot = front_behind(STACK_SLOT);

    PREPARE(prepare16_v3, db, sql, bytes, flags, stmt, tail);
}

static NOINLINE int finalize_otherwise(sqlite3_stmt *handle, const uintptr_t *slot)
{
    struct stmt *stmt = stmt_find(handle);
    const struct sqlite_library *library;

    if (unlikely(!stmt))
        return library_for_call("sqlite3_finalize", handle, slot)->finalize(handle);
    library = stmt->library;
    if (stmt_may_rest(stmt))
        stmt_rest(stmt);
    else if (stmt->stay != STMT_RESTS) /* else it is another one at the same address, of the library's own */
        stmt_remove(handle);
    return library->api.finalize(handle);
}

EXPORT int sqlite3_finalize(sqlite3_stmt *handle)
{
    struct stmt *stmt;

    if (unlikely(!stmt_find_first(handle, &stmt)) || unlikely(!stmt_may_rest(stmt)))
        return finalize_otherwise(handle, STACK_SLOT);
    stmt_rest(stmt);
    return stmt->library->api.finalize(handle);
}
