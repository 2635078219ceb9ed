#include "collectors/sqlite3/row.h"

#include <errno.h>
#include <string.h>

#include "collectors/sqlite3/read.h"

#define TEXT_MAX 64 /* bytes: keys are short */

/* Reads values as they are: sqlite3_column_type first, then the function of that type, converts nothing (c3ref/column_blob.html),
 * in a database that has its texts in UTF-8. A text that was read as a blob is one, too: its length is not converted any more
 * (sqlite3_column_bytes16). */
static uint64_t column_hash(const struct sqlite_api *api, sqlite3_stmt *handle, int column)
{
    int type = api->column_type(handle, column), bytes;
    const void *data;

    switch (type) {
    case SQLITE_INTEGER:
        return value_hash_int(api->column_int64(handle, column));
    case SQLITE_TEXT:
    case SQLITE_BLOB:
        bytes = api->column_bytes(handle, column);
        if (bytes <= 0 || bytes > TEXT_MAX)
            return VALUE_NULL;
        data = type == SQLITE_TEXT ? (const void *)api->column_text(handle, column) : api->column_blob(handle, column);
        if (!data)
            return VALUE_NULL;
        return type == SQLITE_TEXT ? value_hash_text(data, (size_t)bytes) : value_hash_blob(data, (size_t)bytes);
    case SQLITE_FLOAT:
        return value_hash_double(api->column_double(handle, column));
    default:
        return VALUE_NULL;
    }
}

static void keep_names(const struct sqlite_api *api, sqlite3_stmt *handle, struct source *source)
{
    int columns = api->column_count(handle);

    source->columns = columns < SOURCE_COLUMNS ? (uint32_t)columns : SOURCE_COLUMNS;
    for (uint32_t i = 0; i < source->columns; i++) {
        const char *name = api->column_name(handle, (int)i);
        if (name)
            strncpy(source->column[i].name, name, SOURCE_NAME - 1);
    }
}

static NOINLINE int capture_row(struct thread *thread, struct stmt *stmt)
{
    const struct sqlite_api *api = &stmt->library->api;
    struct source *source = stmt->execution.source;
    int saved_errno = errno;
    bool room = source->shard == stmt->execution.shard; /* else it was given to another group meanwhile */

    if (unlikely(source->columns == 0))
        keep_names(api, stmt->handle, source);
    if (source->captures <= WATCH_CAPTURES && !stmt->on_behalf && !stmt->unread &&
        !watch_passes(thread, &read_gate, stmt->handle, stmt->execution.shard, 1, WATCH_ROWS))
        watch_row(thread, &read_gate, stmt->handle, stmt->execution.shard, (uint32_t)api->column_count(stmt->handle));
    if (!room || source_row(thread, source, stmt->execution.episode)) {
        for (uint64_t left = provenance_wanted(source); room && left; left &= left - 1) {
            uint32_t i = (uint32_t)__builtin_ctzll(left);
            if (i >= source->columns)
                break;
            room = source_add(thread, source, stmt->execution.episode, i, column_hash(api, stmt->handle, (int)i));
        }
    }
    if (!room)
        stmt->execution.source = NULL;
    errno = saved_errno;
    return SQLITE_ROW;
}

/* Most rows of a long result are passed over. */
int row_capture(struct thread *thread, struct stmt *stmt)
{
    struct source *source = stmt->execution.source;

    if (likely(!source_passes(source, stmt->execution.episode, thread->sequence)) ||
        !watch_is_passing(thread, stmt->execution.shard, WATCH_ROWS))
        return capture_row(thread, stmt);
    source_pass(source);
    watch_pass(thread);
    return SQLITE_ROW;
}

int row_capture_first(struct thread *thread, struct stmt *stmt)
{
    struct source_given given;

    watch_first_row(thread, stmt->handle);
    provenance_given(&stmt->probe.text, &stmt->values, stmt->probe.transaction, &given);
    return probe_capture(thread, &stmt->execution, &given) ? row_capture(thread, stmt) : SQLITE_ROW;
}
