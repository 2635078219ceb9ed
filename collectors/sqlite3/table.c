/* The table of functions that every copy of SQLite has. */
#include "collectors/sqlite3/table.h"

#define SQLITE_CORE 1 /* the names of sqlite3ext.h's functions are not to be replaced */
#include <sqlite3ext.h>

#include "agent/base/compiler.h"
#include "collectors/sqlite3/api.h"

/* Every copy has a table of its functions for extensions, also where their names are hidden or stripped; a slot is never used for
 * another function (sqlite3ext.h). */
#define SLOT(name) (offsetof(sqlite3_api_routines, name) / sizeof(void *))

static const uint16_t slots[] = {
#define SYMBOL(type, name, parameters) SLOT(name),
    SQLITE_INTERPOSED(SYMBOL) SQLITE_READING(SYMBOL) SQLITE_CALLED(SYMBOL)
#undef SYMBOL
};

static const char *const names[] = {
#define SYMBOL(type, name, parameters) "sqlite3_" #name,
    SQLITE_INTERPOSED(SYMBOL) SQLITE_READING(SYMBOL) SQLITE_CALLED(SYMBOL)
#undef SYMBOL
};

/* Numbers of functions. */
enum {
#define SYMBOL(type, name, parameters) NUMBER_##name,
    SQLITE_INTERPOSED(SYMBOL) SQLITE_READING(SYMBOL) SQLITE_CALLED(SYMBOL)
#undef SYMBOL
};

/* For late/late.c, and what that asks. Runs of a statement are counted since 3.20. */
static const uint16_t late[] = {NUMBER_step, NUMBER_reset, NUMBER_finalize};
static const uint16_t late_needed[] = {NUMBER_step,        NUMBER_sql,           NUMBER_expanded_sql, NUMBER_free,
                                       NUMBER_db_handle,   NUMBER_stmt_busy,     NUMBER_stmt_status,  NUMBER_bind_parameter_count,
                                       NUMBER_db_filename, NUMBER_get_autocommit};

/* "3.N.N" or "3.N.N.N", and 3 * 1,000,000 + N * 1,000 + N. Versions that brought functions: comments in sqlite3ext.h. */
static size_t slots_of(const char *version, uint64_t number)
{
    uint64_t parts[4] = {0};
    size_t count = 0;

    for (const char *p = version; count < ARRAY_LENGTH(parts); p++) {
        const char *first = p;
        for (; *p >= '0' && *p <= '9' && p - first < 4; p++)
            parts[count] = parts[count] * 10 + (uint64_t)(*p - '0');
        if (p == first)
            return 0;
        count++;
        if (!*p)
            break;
        if (*p != '.')
            return 0;
    }
    if (count < 3 || parts[0] != 3 || number != parts[0] * 1000000 + parts[1] * 1000 + parts[2])
        return 0;
    if (number >= 3020000)
        return SLOT(vtab_collation) + 1;
    if (number >= 3008011)
        return SLOT(value_subtype);
    if (number >= 3008007)
        return SLOT(value_dup);
    return number >= 3007016 ? SLOT(auto_extension) : 0;
}

#define COUNT(type, name, parameters) +1

const struct copies_hidden sqlite_table = {
    .text_slot = SLOT(libversion),
    .number_slot = SLOT(libversion_number),
    .source_slot = SLOT(sourceid),
    .behalf_slots = {SLOT(exec), SLOT(get_table)},
    .least_slots = SLOT(auto_extension),
    .least_functions = 100,
    .slots = slots,
    .names = names,
    .part_texts = {"SAVEPOINT changeset_apply", ".rbu_state"}, /* sessions and RBU */
    .opening_count = 3,
    .interposed_count = 0 SQLITE_INTERPOSED(COUNT) SQLITE_READING(COUNT),
    .late = late,
    .late_needed = late_needed,
    .late_count = ARRAY_LENGTH(late),
    .late_needed_count = ARRAY_LENGTH(late_needed),
    .late_least_slot = SLOT(prepare_v3),
    .slots_of = slots_of,
};
