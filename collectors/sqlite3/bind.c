/* Bound values: every sqlite3_bind_*. What the real call may free is hashed before it. */
#include <string.h>

#include "collectors/sqlite3/entry.h"

#define UTF16_MAX 256 /* units of UTF-16 that are converted, so that they hash like the same text in UTF-8 */

/* SQLite refuses what is longer without reading it (limits.html, SQLITE_MAX_LENGTH). */
static bool is_too_long(size_t length)
{
    return length > INT32_MAX;
}

static uint64_t hash_text(const char *text, size_t length)
{
    if (!text)
        return VALUE_NULL;
    if (unlikely(length > VALUE_LONG))
        return is_too_long(length) ? VALUE_NULL : value_hash_long(text, length);
    return value_hash_text(text, length);
}

/* One that is terminated where `bytes` is negative. */
static NOINLINE uint64_t hash_bound_text(const char *text, int bytes)
{
    if (likely(bytes >= 0) && likely(bytes <= VALUE_LONG) && likely(text != NULL))
        return value_hash_text(text, (size_t)bytes);
    return hash_text(text, bytes < 0 && text ? strlen(text) : (size_t)bytes);
}

static uint64_t hash_blob(const void *data, size_t length)
{
    if (!data)
        return VALUE_NULL;
    if (unlikely(length > VALUE_LONG))
        return is_too_long(length) ? VALUE_NULL : value_hash_long(data, length);
    return value_hash_blob(data, length);
}

/* Native byte order, as SQLite takes it where nothing else is said. Lone surrogates become what they would be as code points. */
static uint64_t hash_utf16(const unsigned char *data, size_t bytes, bool swap)
{
    char text[UTF16_MAX * 3];
    size_t length = 0, units = bytes / 2;

    if (!data)
        return VALUE_NULL;
    if (units > UTF16_MAX)
        return hash_blob(data, bytes);
    for (size_t i = 0; i < units; i++) {
        uint32_t c = swap ? (uint32_t)data[2 * i] << 8 | data[2 * i + 1] : data[2 * i] | (uint32_t)data[2 * i + 1] << 8;
        if (c >= 0xd800 && c < 0xdc00 && i + 1 < units) {
            uint32_t low = swap ? (uint32_t)data[2 * i + 2] << 8 | data[2 * i + 3]
                                : data[2 * i + 2] | (uint32_t)data[2 * i + 3] << 8;
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i++;
            }
        }
        if (c < 0x80) {
            text[length++] = (char)c;
        } else if (c < 0x800) {
            text[length++] = (char)(0xc0 | c >> 6);
            text[length++] = (char)(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
            text[length++] = (char)(0xe0 | c >> 12);
            text[length++] = (char)(0x80 | (c >> 6 & 0x3f));
            text[length++] = (char)(0x80 | (c & 0x3f));
        } else { /* two units, four bytes */
            text[length++] = (char)(0xf0 | c >> 18);
            text[length++] = (char)(0x80 | (c >> 12 & 0x3f));
            text[length++] = (char)(0x80 | (c >> 6 & 0x3f));
            text[length++] = (char)(0x80 | (c & 0x3f));
        }
    }
    return value_hash_text(text, length);
}

static size_t utf16_bytes(const void *text)
{
    const unsigned char *p = text;
    size_t bytes = 0;

    while (p[bytes] || p[bytes + 1])
        bytes += 2;
    return bytes;
}

static uint64_t hash_text64(const char *text, uint64_t bytes, unsigned char encoding)
{
    if (encoding == SQLITE_UTF8)
        return hash_text(text, bytes);
    return hash_utf16((const unsigned char *)text, bytes, encoding == SQLITE_UTF16BE);
}

/* Of a copy: to read a text is to change its encoding or where it lies, and to read it as a blob makes it one, whose length is no
 * longer converted (sqlite3_value_bytes16). */
static uint64_t hash_text_value(const struct sqlite_api *api, const sqlite3_value *value)
{
    sqlite3_value *copy = api->value_dup && api->value_free && api->value_text ? api->value_dup(value) : NULL;
    const char *text = copy ? (const char *)api->value_text(copy) : NULL;
    uint64_t hash = text ? hash_text(text, (size_t)api->value_bytes(copy)) : VALUE_NULL;

    if (copy)
        api->value_free(copy);
    return hash;
}

static uint64_t hash_value(const struct stmt *stmt, const sqlite3_value *constant)
{
    const struct sqlite_api *api = &stmt->library->api;
    /* sqlite3.h: the functions that read a value take it without const, and leave integers and reals as they are. */
    sqlite3_value *value = (sqlite3_value *)(uintptr_t)constant;
    const void *data;
    int type;

    if (!value || !api->value_type)
        return VALUE_NULL;
    type = api->value_type(value);
    if (type == SQLITE_INTEGER)
        return value_hash_int(api->value_int64(value));
    if (type == SQLITE_FLOAT)
        return value_hash_double(api->value_double(value));
    if (type == SQLITE_NULL)
        return VALUE_NULL;
    if (type == SQLITE_TEXT)
        return hash_text_value(api, value);
    data = api->value_blob(value);
    return hash_blob(data ? data : "", (size_t)api->value_bytes(value));
}

static struct stmt *find(const char *name, sqlite3_stmt *handle, const uintptr_t *caller)
{
    struct stmt *stmt = stmt_find(handle);

    if (stmt || !handle)
        return stmt;
    return entry_adopt(thread_current(), library_for_caller(name, library_db_of(handle), caller), handle, caller);
}

/* The library refuses what is too long, for a parameter that there is not, or while the statement runs, without a look at it. So
 * what lies in the program's memory is looked at when it has been taken; but what has a destructor may be gone then. */
static inline bool may_go(void (*destroy)(void *))
{
    return unlikely(destroy != SQLITE_STATIC && destroy != SQLITE_TRANSIENT);
}

static NOINLINE bool has_parameter(const struct stmt *stmt, int index)
{
    const struct sqlite_api *api = &stmt->library->api;

    return index > 0 && (!api->bind_parameter_count || index <= api->bind_parameter_count(stmt->handle));
}

/* One interposed function; early: whether its value is hashed before the real call. Where it is, its fast part makes no call but
 * the last one, to the real function, and so needs no stack frame; handles at a second place of the table, unknown ones and high
 * parameter numbers take the slow part. */
#define BIND(function, early, hash, parameters, ...)                                                                             \
    static NOINLINE int function##_unknown parameters                                                                            \
    {                                                                                                                            \
        const struct sqlite_api *unwatched = entry_unwatched("sqlite3_" #function, handle, caller);                              \
        struct stmt *stmt;                                                                                                       \
        int result;                                                                                                              \
        if (unwatched)                                                                                                           \
            return unwatched->function(handle, __VA_ARGS__);                                                                     \
        stmt = find("sqlite3_" #function, handle, caller);                                                                       \
        if (!stmt)                                                                                                               \
            return library_for_call("sqlite3_" #function, handle, caller)->function(handle, __VA_ARGS__);                        \
        stmt->unchecked = false;                                                                                                 \
        if ((early) && has_parameter(stmt, index))                                                                               \
            values_bind(&stmt->values, (unsigned)index - 1, (hash));                                                             \
        result = stmt->library->api.function(handle, __VA_ARGS__);                                                               \
        if (!(early) && result == SQLITE_OK)                                                                                     \
            values_bind(&stmt->values, (unsigned)index - 1, (hash));                                                             \
        return result;                                                                                                           \
    }                                                                                                                            \
    static NOINLINE int function##_slow parameters                                                                               \
    {                                                                                                                            \
        const struct sqlite_api *own = entry_own(caller);                                                                        \
        return own ? own->function(handle, __VA_ARGS__) : function##_unknown(handle, __VA_ARGS__, caller);                       \
    }                                                                                                                            \
    static inline int function##_fast parameters                                                                                 \
    {                                                                                                                            \
        struct stmt *stmt;                                                                                                       \
        int result;                                                                                                              \
        if (unlikely(!stmt_find_first(handle, &stmt)) || unlikely((unsigned)index - 1 >= VALUES_FOLLOWED))                       \
            return function##_slow(handle, __VA_ARGS__, caller);                                                                 \
        if (!__builtin_constant_p(early) && (early))                                                                             \
            return function##_unknown(handle, __VA_ARGS__, caller);                                                              \
        stmt->unchecked = false;                                                                                                 \
        if (early) {                                                                                                             \
            values_bind(&stmt->values, (unsigned)index - 1, (hash));                                                             \
            return stmt->library->api.function(handle, __VA_ARGS__);                                                             \
        }                                                                                                                        \
        result = stmt->library->api.function(handle, __VA_ARGS__);                                                               \
        if (likely(result == SQLITE_OK))                                                                                         \
            values_bind(&stmt->values, (unsigned)index - 1, (hash));                                                             \
        return result;                                                                                                           \
    }

#define STATEMENT sqlite3_stmt *handle, int index
#define CALLER    const uintptr_t *caller

BIND(bind_int, true, value_hash_int(value), (STATEMENT, int value, CALLER), index, value)
BIND(bind_int64, true, value_hash_int(value), (STATEMENT, sqlite3_int64 value, CALLER), index, value)
BIND(bind_double, true, value_hash_double(value), (STATEMENT, double value, CALLER), index, value)
BIND(bind_null, true, VALUE_NULL, (STATEMENT, CALLER), index)
BIND(bind_text, may_go(destroy), hash_bound_text(text, bytes),
     (STATEMENT, const char *text, int bytes, void (*destroy)(void *), CALLER), index, text, bytes, destroy)
BIND(bind_text16, may_go(destroy), hash_utf16(text, bytes < 0 && text ? utf16_bytes(text) : (size_t)bytes, false),
     (STATEMENT, const void *text, int bytes, void (*destroy)(void *), CALLER), index, text, bytes, destroy)
BIND(bind_text64, may_go(destroy), hash_text64(text, bytes, encoding),
     (STATEMENT, const char *text, uint64_t bytes, void (*destroy)(void *), unsigned char encoding, CALLER), index, text, bytes,
     destroy, encoding)
BIND(bind_blob, may_go(destroy), hash_blob(data, bytes < 0 ? 0 : (size_t)bytes),
     (STATEMENT, const void *data, int bytes, void (*destroy)(void *), CALLER), index, data, bytes, destroy)
BIND(bind_blob64, may_go(destroy), hash_blob(data, bytes),
     (STATEMENT, const void *data, uint64_t bytes, void (*destroy)(void *), CALLER), index, data, bytes, destroy)
BIND(bind_zeroblob, true, hash_mix((uint64_t)bytes, 0), (STATEMENT, int bytes, CALLER), index, bytes)
BIND(bind_zeroblob64, true, hash_mix(bytes, 0), (STATEMENT, uint64_t bytes, CALLER), index, bytes)
BIND(bind_value, true, hash_value(stmt, value), (STATEMENT, const sqlite3_value *value, CALLER), index, value)
/* To SQL a pointer is NULL; what it points to is the extension's own. */
BIND(bind_pointer, true, VALUE_NULL, (STATEMENT, void *pointer, const char *type, void (*destroy)(void *), CALLER), index,
     pointer, type, destroy)

EXPORT int sqlite3_bind_int(sqlite3_stmt *handle, int index, int value)
{
    return bind_int_fast(handle, index, value, STACK_SLOT);
}

EXPORT int sqlite3_bind_int64(sqlite3_stmt *handle, int index, sqlite3_int64 value)
{
    return bind_int64_fast(handle, index, value, STACK_SLOT);
}

EXPORT int sqlite3_bind_double(sqlite3_stmt *handle, int index, double value)
{
    return bind_double_fast(handle, index, value, STACK_SLOT);
}

EXPORT int sqlite3_bind_null(sqlite3_stmt *handle, int index)
{
    return bind_null_fast(handle, index, STACK_SLOT);
}

EXPORT int sqlite3_bind_text(sqlite3_stmt *handle, int index, const char *text, int bytes, void (*destroy)(void *))
{
    return bind_text_fast(handle, index, text, bytes, destroy, STACK_SLOT);
}

EXPORT int sqlite3_bind_text16(sqlite3_stmt *handle, int index, const void *text, int bytes, void (*destroy)(void *))
{
    return bind_text16_fast(handle, index, text, bytes, destroy, STACK_SLOT);
}

EXPORT int sqlite3_bind_text64(sqlite3_stmt *handle, int index, const char *text, sqlite3_uint64 bytes, void (*destroy)(void *),
                               unsigned char encoding)
{
    return bind_text64_fast(handle, index, text, bytes, destroy, encoding, STACK_SLOT);
}

EXPORT int sqlite3_bind_blob(sqlite3_stmt *handle, int index, const void *data, int bytes, void (*destroy)(void *))
{
    return bind_blob_fast(handle, index, data, bytes, destroy, STACK_SLOT);
}

EXPORT int sqlite3_bind_blob64(sqlite3_stmt *handle, int index, const void *data, sqlite3_uint64 bytes, void (*destroy)(void *))
{
    return bind_blob64_fast(handle, index, data, bytes, destroy, STACK_SLOT);
}

EXPORT int sqlite3_bind_zeroblob(sqlite3_stmt *handle, int index, int bytes)
{
    return bind_zeroblob_fast(handle, index, bytes, STACK_SLOT);
}

EXPORT int sqlite3_bind_zeroblob64(sqlite3_stmt *handle, int index, sqlite3_uint64 bytes)
{
    return bind_zeroblob64_fast(handle, index, bytes, STACK_SLOT);
}

EXPORT int sqlite3_bind_value(sqlite3_stmt *handle, int index, const sqlite3_value *value)
{
    return bind_value_fast(handle, index, value, STACK_SLOT);
}

EXPORT int sqlite3_bind_pointer(sqlite3_stmt *handle, int index, void *pointer, const char *type, void (*destroy)(void *))
{
    return bind_pointer_fast(handle, index, pointer, type, destroy, STACK_SLOT);
}
