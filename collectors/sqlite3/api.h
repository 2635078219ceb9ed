/* The part of libsqlite3's interface that is interposed or called, once: everything else is made from this list.
 *
 * INTERPOSED(return type, name without sqlite3_, parameters); CALLED likewise. Nothing is interposed that SQLite 3.8.7 (2014)
 * lacks, but for prepare_v3 and prepare16_v3 (3.20) and bind_pointer (3.20): a program that asks dlsym for those finds ours even
 * when its library is older. Signatures: sqlite3.h, www.sqlite.org/c3ref.
 */
#ifndef NPLUS1_COLLECTORS_SQLITE3_API_H
#define NPLUS1_COLLECTORS_SQLITE3_API_H

#ifndef __ASSEMBLER__ /* entries.S makes entries from the list */
#include <sqlite3.h>
#endif

#define SQLITE_INTERPOSED(X)                                                                                                     \
    X(int, open, (const char *filename, sqlite3 **db))                                                                           \
    X(int, open_v2, (const char *filename, sqlite3 **db, int flags, const char *vfs))                                            \
    X(int, open16, (const void *filename, sqlite3 **db))                                                                         \
    X(int, close, (sqlite3 * db))                                                                                                \
    X(int, close_v2, (sqlite3 * db))                                                                                             \
    X(int, prepare, (sqlite3 * db, const char *sql, int bytes, sqlite3_stmt **stmt, const char **tail))                          \
    X(int, prepare_v2, (sqlite3 * db, const char *sql, int bytes, sqlite3_stmt **stmt, const char **tail))                       \
    X(int, prepare_v3, (sqlite3 * db, const char *sql, int bytes, unsigned flags, sqlite3_stmt **stmt, const char **tail))       \
    X(int, prepare16, (sqlite3 * db, const void *sql, int bytes, sqlite3_stmt **stmt, const void **tail))                        \
    X(int, prepare16_v2, (sqlite3 * db, const void *sql, int bytes, sqlite3_stmt **stmt, const void **tail))                     \
    X(int, prepare16_v3, (sqlite3 * db, const void *sql, int bytes, unsigned flags, sqlite3_stmt **stmt, const void **tail))     \
    X(int, step, (sqlite3_stmt * stmt))                                                                                          \
    X(int, reset, (sqlite3_stmt * stmt))                                                                                         \
    X(int, finalize, (sqlite3_stmt * stmt))                                                                                      \
    X(int, clear_bindings, (sqlite3_stmt * stmt))                                                                                \
    X(int, bind_blob, (sqlite3_stmt * stmt, int index, const void *data, int bytes, void (*destroy)(void *)))                    \
    X(int, bind_blob64, (sqlite3_stmt * stmt, int index, const void *data, sqlite3_uint64 bytes, void (*destroy)(void *)))       \
    X(int, bind_double, (sqlite3_stmt * stmt, int index, double value))                                                          \
    X(int, bind_int, (sqlite3_stmt * stmt, int index, int value))                                                                \
    X(int, bind_int64, (sqlite3_stmt * stmt, int index, sqlite3_int64 value))                                                    \
    X(int, bind_null, (sqlite3_stmt * stmt, int index))                                                                          \
    X(int, bind_text, (sqlite3_stmt * stmt, int index, const char *text, int bytes, void (*destroy)(void *)))                    \
    X(int, bind_text16, (sqlite3_stmt * stmt, int index, const void *text, int bytes, void (*destroy)(void *)))                  \
    X(int, bind_text64,                                                                                                          \
      (sqlite3_stmt * stmt, int index, const char *text, sqlite3_uint64 bytes, void (*destroy)(void *), unsigned char encoding)) \
    X(int, bind_value, (sqlite3_stmt * stmt, int index, const sqlite3_value *value))                                             \
    X(int, bind_pointer, (sqlite3_stmt * stmt, int index, void *pointer, const char *type, void (*destroy)(void *)))             \
    X(int, bind_zeroblob, (sqlite3_stmt * stmt, int index, int bytes))                                                           \
    X(int, bind_zeroblob64, (sqlite3_stmt * stmt, int index, sqlite3_uint64 bytes))                                              \
    X(int, exec, (sqlite3 * db, const char *sql, int (*callback)(void *, int, char **, char **), void *argument, char **error))  \
    X(int, get_table, (sqlite3 * db, const char *sql, char ***result, int *rows, int *columns, char **error))

/* Interposed too; the program reads values with them. */
#define SQLITE_READING(X)                                                                                                        \
    X(int, column_int, (sqlite3_stmt * stmt, int column))                                                                        \
    X(sqlite3_int64, column_int64, (sqlite3_stmt * stmt, int column))                                                            \
    X(double, column_double, (sqlite3_stmt * stmt, int column))                                                                  \
    X(const void *, column_blob, (sqlite3_stmt * stmt, int column))                                                              \
    X(const unsigned char *, column_text, (sqlite3_stmt * stmt, int column))                                                     \
    X(const void *, column_text16, (sqlite3_stmt * stmt, int column))                                                            \
    X(sqlite3_value *, column_value, (sqlite3_stmt * stmt, int column))

#define SQLITE_CALLED(X)                                                                                                         \
    X(int, get_autocommit, (sqlite3 * db))                                                                                       \
    X(int, stmt_readonly, (sqlite3_stmt * stmt))                                                                                 \
    X(int, stmt_busy, (sqlite3_stmt * stmt))                                                                                     \
    X(int, stmt_status, (sqlite3_stmt * stmt, int counter, int reset))                                                           \
    X(int, bind_parameter_count, (sqlite3_stmt * stmt))                                                                          \
    X(const char *, sql, (sqlite3_stmt * stmt))                                                                                  \
    X(char *, expanded_sql, (sqlite3_stmt * stmt))                                                                               \
    X(void, free, (void *memory))                                                                                                \
    X(sqlite3 *, db_handle, (sqlite3_stmt * stmt))                                                                               \
    X(const char *, db_filename, (sqlite3 * db, const char *name))                                                               \
    X(int, column_count, (sqlite3_stmt * stmt))                                                                                  \
    X(const char *, column_name, (sqlite3_stmt * stmt, int column))                                                              \
    X(int, column_type, (sqlite3_stmt * stmt, int column))                                                                       \
    X(int, column_bytes, (sqlite3_stmt * stmt, int column))                                                                      \
    X(int, value_type, (sqlite3_value * value))                                                                                  \
    X(sqlite3_int64, value_int64, (sqlite3_value * value))                                                                       \
    X(double, value_double, (sqlite3_value * value))                                                                             \
    X(const unsigned char *, value_text, (sqlite3_value * value))                                                                \
    X(sqlite3_value *, value_dup, (const sqlite3_value *value))                                                                  \
    X(void, value_free, (sqlite3_value * value))                                                                                 \
    X(const void *, value_blob, (sqlite3_value * value))                                                                         \
    X(int, value_bytes, (sqlite3_value * value))

#ifndef __ASSEMBLER__
struct sqlite_api {
#define MEMBER(type, name, parameters) type(*name) parameters;
    SQLITE_INTERPOSED(MEMBER)
    SQLITE_READING(MEMBER)
    SQLITE_CALLED(MEMBER)
#undef MEMBER
};
#endif

#endif
