/* Bound values: every sqlite3_bind_*. Each is hashed before the real call, which may already free it. */
#include <string.h>

#include "entry.h"

#define HASHED_MAX 4096 /* bytes of a long value that are hashed, with its length */
#define UTF16_MAX  256  /* units of UTF-16 that are converted, so that they hash like the same text in UTF-8 */

/* Parameters beyond the first few count together. A program binds the same ones for each execution, in the same order. */
static COLD void store_more(struct stmt *stmt, unsigned index, uint64_t hash)
{
    uint64_t position = hash_mix(index, hash);

    if (index == PROBE_VALUES || stmt->values.count < PROBE_VALUES)
        stmt->values.more = position;
    else
        stmt->values.more = hash_mix(stmt->values.more, position);
    stmt->values.count = PROBE_VALUES;
}

static inline void store(struct stmt *stmt, int index, uint64_t hash)
{
    unsigned at = (unsigned)index - 1;

    if (unlikely(at >= PROBE_VALUES)) {
        if (index > 0)
            store_more(stmt, at, hash);
        return;
    }
    stmt->values.value[at] = hash;
    if (at >= stmt->values.count)
        stmt->values.count = at + 1;
}

static uint64_t hash_text(const char *text, size_t length)
{
    if (unlikely(length > HASHED_MAX))
        return hash_mix(value_hash_text(text, HASHED_MAX), length);
    return value_hash_text(text, length);
}

static uint64_t hash_blob(const void *data, size_t length)
{
    if (unlikely(length > HASHED_MAX))
        return hash_mix(value_hash_blob(data, HASHED_MAX), length);
    return value_hash_blob(data, length);
}

/* Native byte order, as SQLite takes it where nothing else is said. Lone surrogates become what they would be as code points. */
static uint64_t hash_utf16(const unsigned char *data, size_t bytes, bool swap)
{
    char text[UTF16_MAX * 3];
    size_t length = 0, units = bytes / 2;

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

#define BIND(function, hash, ...)                                                                                     \
    struct stmt *stmt = stmt_find(handle);                                                                            \
    const struct sqlite_library *library;                                                                             \
                                                                                                                      \
    if (likely(stmt)) {                                                                                               \
        library = stmt->library;                                                                                      \
        store(stmt, index, (hash));                                                                                   \
    } else {                                                                                                          \
        library = library_for_caller("sqlite3_" #function, *STACK_SLOT);                                              \
    }                                                                                                                 \
    if (unlikely(!library || !library->api.function))                                                                 \
        return SQLITE_MISUSE;                                                                                         \
    return library->api.function(handle, index, __VA_ARGS__)

EXPORT int sqlite3_bind_int(sqlite3_stmt *handle, int index, int value)
{
    BIND(bind_int, value_hash_int(value), value);
}

EXPORT int sqlite3_bind_int64(sqlite3_stmt *handle, int index, sqlite3_int64 value)
{
    BIND(bind_int64, value_hash_int(value), value);
}

EXPORT int sqlite3_bind_double(sqlite3_stmt *handle, int index, double value)
{
    BIND(bind_double, value_hash_double(value), value);
}

EXPORT int sqlite3_bind_text(sqlite3_stmt *handle, int index, const char *text, int bytes, void (*destroy)(void *))
{
    BIND(bind_text, !text ? VALUE_NULL : hash_text(text, bytes < 0 ? strlen(text) : (size_t)bytes), text, bytes, destroy);
}

EXPORT int sqlite3_bind_text16(sqlite3_stmt *handle, int index, const void *text, int bytes, void (*destroy)(void *))
{
    BIND(bind_text16, !text ? VALUE_NULL : hash_utf16(text, bytes < 0 ? utf16_bytes(text) : (size_t)bytes, false), text,
         bytes, destroy);
}

static uint64_t hash_text64(const char *text, uint64_t bytes, unsigned char encoding)
{
    if (!text)
        return VALUE_NULL;
    if (encoding == SQLITE_UTF8)
        return hash_text(text, bytes);
    return hash_utf16((const unsigned char *)text, bytes, encoding == SQLITE_UTF16BE);
}

EXPORT int sqlite3_bind_text64(sqlite3_stmt *handle, int index, const char *text, sqlite3_uint64 bytes,
                               void (*destroy)(void *), unsigned char encoding)
{
    BIND(bind_text64, hash_text64(text, bytes, encoding), text, bytes, destroy, encoding);
}

EXPORT int sqlite3_bind_blob(sqlite3_stmt *handle, int index, const void *data, int bytes, void (*destroy)(void *))
{
    BIND(bind_blob, !data || bytes < 0 ? VALUE_NULL : hash_blob(data, (size_t)bytes), data, bytes, destroy);
}

EXPORT int sqlite3_bind_blob64(sqlite3_stmt *handle, int index, const void *data, sqlite3_uint64 bytes,
                               void (*destroy)(void *))
{
    BIND(bind_blob64, !data ? VALUE_NULL : hash_blob(data, bytes), data, bytes, destroy);
}

EXPORT int sqlite3_bind_zeroblob(sqlite3_stmt *handle, int index, int bytes)
{
    BIND(bind_zeroblob, hash_mix((uint64_t)bytes, 0) | 1, bytes);
}

EXPORT int sqlite3_bind_zeroblob64(sqlite3_stmt *handle, int index, sqlite3_uint64 bytes)
{
    BIND(bind_zeroblob64, hash_mix(bytes, 0) | 1, bytes);
}

EXPORT int sqlite3_bind_pointer(sqlite3_stmt *handle, int index, void *pointer, const char *type, void (*destroy)(void *))
{
    /* To SQL a pointer is NULL; what it points to is the extension's own. */
    BIND(bind_pointer, VALUE_NULL, pointer, type, destroy);
}

static uint64_t hash_value(const struct stmt *stmt, const sqlite3_value *constant)
{
    const struct sqlite_api *api = &stmt->library->api;
    /* sqlite3.h: the functions that read a value take it without const, and leave integers and reals as they are; reading a text as a
     * blob does not convert its encoding. */
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
    data = api->value_blob(value);
    if (!data)
        return type == SQLITE_TEXT ? hash_text("", 0) : hash_blob("", 0);
    return type == SQLITE_TEXT ? hash_text(data, (size_t)api->value_bytes(value))
                               : hash_blob(data, (size_t)api->value_bytes(value));
}

EXPORT int sqlite3_bind_value(sqlite3_stmt *handle, int index, const sqlite3_value *value)
{
    BIND(bind_value, hash_value(stmt, value), value);
}

EXPORT int sqlite3_bind_null(sqlite3_stmt *handle, int index)
{
    struct stmt *stmt = stmt_find(handle);
    const struct sqlite_library *library = stmt ? stmt->library : library_for_caller("sqlite3_bind_null", *STACK_SLOT);

    if (unlikely(!library || !library->api.bind_null))
        return SQLITE_MISUSE;
    if (likely(stmt))
        store(stmt, index, VALUE_NULL);
    return library->api.bind_null(handle, index);
}
