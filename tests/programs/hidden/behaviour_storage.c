/* Files: backup, blobs, copies in memory, journals, locks of others; and the memory of the whole process. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour.h"

static const char *file_of(struct scene *scene, const char *name, char *ret)
{
    snprintf(ret, 200, "%s/%s", scene->folder, name);
    return ret;
}

static void back_up(struct scene *scene, sqlite3 *from)
{
    sqlite3 *to = NULL;
    sqlite3_backup *backup;
    int steps = 0;

    sqlite3_open(":memory:", &to);
    backup = sqlite3_backup_init(to, "main", from, "main");
    while (sqlite3_backup_step(backup, 1) == SQLITE_OK) {
        if (steps++ < 3)
            say(scene, "%ld", scene_number(from, "SELECT count(*) FROM t WHERE id < ?", steps)); /* while it is under way */
    }
    say(scene, "backup %d, %d steps", sqlite3_backup_finish(backup), steps);
    say(scene, "%ld", scene_number(to, "SELECT count(*) FROM t WHERE id > ?", 10));
    scene_close(scene, to);
}

static void use_blobs(struct scene *scene, sqlite3 *db)
{
    sqlite3_blob *blob = NULL;
    char bytes[16] = {0};

    scene_run(scene, db, "CREATE TABLE b (data); INSERT INTO b VALUES (zeroblob(100)), (zeroblob(50))");
    say(scene, "open %d, %d bytes", sqlite3_blob_open(db, "main", "b", "data", 1, 1, &blob), sqlite3_blob_bytes(blob));
    for (int i = 0; i < 20; i++)
        say(scene, "write %d", sqlite3_blob_write(blob, "0123456789", 10, i * 10));
    say(scene, "read %d", sqlite3_blob_read(blob, bytes, 10, 5));
    say(scene, "%s, reopen %d", bytes, sqlite3_blob_reopen(blob, 2));
    scene_run(scene, db, "UPDATE b SET data = 'changed' WHERE rowid = 2");
    say(scene, "of what changed: %d", sqlite3_blob_read(blob, bytes, 1, 0));
    say(scene, "close %d", sqlite3_blob_close(blob));
}

static void use_copies(struct scene *scene, sqlite3 *db)
{
    sqlite3_int64 size = 0;
    unsigned char *image = sqlite3_serialize(db, "main", &size, 0);
    sqlite3 *other = NULL;

    sqlite3_open(":memory:", &other);
    say(scene, "%d, deserialize %d", size > 0,
        sqlite3_deserialize(other, "main", image, size, size, SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE));
    scene_rows(scene, other, "SELECT count(*) FROM t");
    scene_run(scene, other, "DELETE FROM t WHERE id < 10");
    scene_run(scene, other, "ATTACH ':memory:' AS more; CREATE TABLE more.m AS SELECT * FROM t; DETACH more");
    scene_close(scene, other);
}

void behaviour_storage(struct scene *scene)
{
    char path[200];
    sqlite3 *db = scene_open(scene, file_of(scene, "storage.db", path));

    back_up(scene, db);
    use_blobs(scene, db);
    use_copies(scene, db);
    scene_close(scene, db);
    remove(path);
}

struct waiting {
    struct scene *scene;
    sqlite3 *other;
    int calls;
};

/* While the other connection has the lock; gives it up after a while. */
static int busy(void *argument, int count)
{
    struct waiting *waiting = argument;

    waiting->calls++;
    say(waiting->scene, "busy %d, %ld", count, scene_number(waiting->other, "SELECT count(*) FROM t WHERE id < ?", count + 2));
    if (count == 3)
        scene_run(waiting->scene, waiting->other, "COMMIT");
    return count < 5;
}

static int logged(void *argument, sqlite3 *db, const char *name, int pages)
{
    struct waiting *waiting = argument;

    waiting->calls++;
    say(waiting->scene, "wal of %s, %d, %ld", name, pages > 0, scene_number(db, "SELECT count(*) FROM t WHERE id < ?", 4));
    return SQLITE_OK;
}

void behaviour_sharing(struct scene *scene)
{
    char path[200], name[220];
    struct waiting waiting = {.scene = scene};
    sqlite3 *db = scene_open(scene, file_of(scene, "sharing.db", path));
    sqlite3_stmt *reader;

    waiting.other = scene_open(scene, path);
    scene_run(scene, waiting.other, "BEGIN IMMEDIATE; UPDATE t SET number = 0 WHERE id = 1");
    sqlite3_busy_timeout(db, 0);
    scene_run(scene, db, "UPDATE t SET number = 1");
    sqlite3_busy_handler(db, busy, &waiting);
    scene_run(scene, db, "BEGIN IMMEDIATE; UPDATE t SET number = 1; COMMIT");
    say(scene, "asked %d times", waiting.calls);
    scene_rows(scene, db, "PRAGMA journal_mode = wal");
    sqlite3_wal_hook(db, logged, &waiting);
    sqlite3_prepare_v2(waiting.other, "SELECT id FROM t", -1, &reader, NULL);
    say(scene, "reads %d", sqlite3_step(reader));
    for (int i = 0; i < 20; i++)
        scene_run(scene, db, "UPDATE t SET number = number + 1 WHERE id % 5 = 0");
    say(scene, "still %ld, busy %d", scene_number(waiting.other, "SELECT number FROM t WHERE id = ?", 5),
        sqlite3_stmt_busy(reader));
    while (sqlite3_step(reader) == SQLITE_ROW)
        ;
    scene_run(scene, waiting.other, "DELETE FROM t WHERE id = 4"); /* a reader that becomes a writer too late */
    say(scene, "finalize %d", sqlite3_finalize(reader));
    say(scene, "checkpoint %d", sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
    scene_close(scene, waiting.other);
    scene_close(scene, db);
    remove(path);
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s-%s", path, i ? "shm" : "wal");
        remove(name);
    }
}

struct interrupted {
    sqlite3 *db;
    atomic_int runs;
};

static void *interrupt(void *argument)
{
    struct interrupted *interrupted = argument;

    while (atomic_load(&interrupted->runs))
        sqlite3_interrupt(interrupted->db);
    return NULL;
}

/* What never ends by itself ends by another thread. */
void behaviour_interrupt(struct scene *scene)
{
    struct interrupted interrupted = {.db = scene_open(scene, NULL)};
    pthread_t thread;

    for (int i = 0; i < 5; i++) {
        sqlite3_stmt *statement;
        sqlite3_prepare_v2(interrupted.db,
                           "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", -1,
                           &statement, NULL);
        atomic_store(&interrupted.runs, 1);
        pthread_create(&thread, NULL, interrupt, &interrupted);
        say(scene, "interrupted: %d", sqlite3_step(statement));
        atomic_store(&interrupted.runs, 0);
        pthread_join(thread, NULL);
        say(scene, "%s", sqlite3_errmsg(interrupted.db));
        sqlite3_finalize(statement);
        say(scene, "afterwards %ld", scene_number(interrupted.db, "SELECT count(*) FROM t WHERE id < ?", 7));
    }
    scene_close(scene, interrupted.db);
}

static void unlocked(void **arguments, int count)
{
    for (int i = 0; i < count; i++)
        ++*(int *)arguments[i];
}

/* Two connections that share a cache. */
void behaviour_unlock(struct scene *scene)
{
    sqlite3 *db = scene_open(scene, "file:shared?mode=memory&cache=shared"), *other;
    sqlite3_stmt *statement;
    int calls = 0;

    sqlite3_open_v2("file:shared?mode=memory&cache=shared", &other, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, NULL);
    for (int i = 0; i < 10; i++) {
        scene_run(scene, db, "BEGIN; UPDATE t SET number = 2");
        say(scene, "prepare %d", sqlite3_prepare_v2(other, "SELECT sum(number) FROM t", -1, &statement, NULL));
        say(scene, "step %d", sqlite3_step(statement));
        say(scene, "%s", sqlite3_errmsg(other));
        say(scene, "notify %d", sqlite3_unlock_notify(other, unlocked, &calls));
        sqlite3_reset(statement);
        scene_run(scene, db, "COMMIT");
        say(scene, "called %d", calls);
        say(scene, "step %d", sqlite3_step(statement));
        say(scene, "%d", sqlite3_column_int(statement, 0));
        sqlite3_finalize(statement);
    }
    scene_close(scene, other);
    scene_close(scene, db);
}

static int extend(sqlite3 *db, char **error, const void *api)
{
    (void)error;
    (void)api;
    sqlite3_exec(db, "CREATE TABLE by_extension (x); INSERT INTO by_extension VALUES (1)", NULL, NULL, NULL);
    return SQLITE_OK;
}

/* Runs inside of the opening of a connection. */
void behaviour_extension(struct scene *scene)
{
    sqlite3 *db = NULL;

    sqlite3_auto_extension((void (*)(void))extend);
    for (int i = 0; i < 10; i++) {
        sqlite3_open(":memory:", &db);
        scene_rows(scene, db, "SELECT count(*) FROM by_extension");
        scene_close(scene, db);
    }
    sqlite3_cancel_auto_extension((void (*)(void))extend);
}

/* Everything that can be refused memory, at each step of the way. */
void behaviour_memory(struct scene *scene)
{
    int failed = 0, done = 0;

    sqlite3_soft_heap_limit64(1 << 20);
    for (int i = 0; i < 60; i++) {
        sqlite3 *db = NULL;
        sqlite3_stmt *statement = NULL;
        int result;
        sqlite3_hard_heap_limit64(sqlite3_memory_used() + 2000 + i * 2000);
        result = sqlite3_open(":memory:", &db);
        if (result == SQLITE_OK)
            result = sqlite3_exec(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, name)", NULL, NULL, NULL);
        for (int k = 0; k < 40 && result == SQLITE_OK; k++) {
            result = sqlite3_prepare_v2(db, "INSERT INTO t (name) VALUES (?)", -1, &statement, NULL);
            if (result == SQLITE_OK)
                result = sqlite3_bind_zeroblob(statement, 1, 1000);
            if (result == SQLITE_OK && sqlite3_step(statement) != SQLITE_DONE)
                result = SQLITE_NOMEM;
            sqlite3_finalize(statement);
            statement = NULL;
        }
        failed += result != SQLITE_OK;
        done += result == SQLITE_OK;
        sqlite3_hard_heap_limit64(0);
        sqlite3_close(db);
    }
    sqlite3_soft_heap_limit64(0);
    say(scene, "memory: %s failed and %s did not", failed ? "some" : "none", done ? "some" : "none");
}
