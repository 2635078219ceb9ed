/* behaviour [ROUNDS [THREADS [FOLDER]]]: each thread runs all parts in each round; what they say must be the same, and is printed
 * once. */
#include "behaviour.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define THREADS_MAX 16

struct worker {
    pthread_t thread;
    int number, rounds;
    const char *folder;
    char *text;
    size_t size;
};

void say(struct scene *scene, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(scene->out, format, arguments);
    va_end(arguments);
    fputc('\n', scene->out);
}

void scene_run(struct scene *scene, sqlite3 *db, const char *sql)
{
    char *error = NULL;
    int result = sqlite3_exec(db, sql, NULL, NULL, &error);

    if (result != SQLITE_OK)
        say(scene, "%.40s: %d, %s", sql, result, error);
    sqlite3_free(error);
}

sqlite3 *scene_open(struct scene *scene, const char *path)
{
    sqlite3 *db = NULL;
    int result = sqlite3_open_v2(path ? path : ":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI,
                                 NULL);

    if (result != SQLITE_OK)
        say(scene, "open: %d", result);
    scene_run(scene, db,
              "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, name TEXT, number REAL);"
              "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) "
              "INSERT OR IGNORE INTO t SELECT i, 'name ' || i, i * 1.5 FROM n");
    return db;
}

void scene_close(struct scene *scene, sqlite3 *db)
{
    say(scene, "close: %d", sqlite3_close(db));
}

long scene_number(sqlite3 *db, const char *sql, int parameter)
{
    sqlite3_stmt *statement;
    long number = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        return -2;
    sqlite3_bind_int(statement, 1, parameter);
    if (sqlite3_step(statement) == SQLITE_ROW)
        number = (long)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

void scene_rows(struct scene *scene, sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    while (result == SQLITE_OK || result == SQLITE_ROW) {
        result = sqlite3_step(statement);
        for (int i = 0; result == SQLITE_ROW && i < sqlite3_column_count(statement); i++)
            say(scene, "%s %d %s", sqlite3_column_name(statement, i), sqlite3_column_type(statement, i),
                (const char *)sqlite3_column_text(statement, i));
    }
    say(scene, "%.40s: %d", sql, result);
    say(scene, "finalize %d", sqlite3_finalize(statement));
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct scene scene = {0};

    for (int round = 0; round < worker->rounds; round++) {
        char *text = NULL;
        size_t size = 0;
        snprintf(scene.folder, sizeof scene.folder, "%s/%d", worker->folder, worker->number);
        mkdir(scene.folder, 0700);
        scene.out = open_memstream(&text, &size);
        behaviour_errors(&scene);
        behaviour_values(&scene);
        behaviour_utf16(&scene);
        behaviour_statements(&scene);
        behaviour_closing(&scene);
        behaviour_callbacks(&scene);
        behaviour_hooks(&scene);
        behaviour_tables(&scene);
        behaviour_storage(&scene);
        behaviour_sharing(&scene);
        behaviour_interrupt(&scene);
        fclose(scene.out);
        if (worker->text && strcmp(worker->text, text) != 0) {
            fprintf(stderr, "round %d of thread %d differs:\n%s\n", round, worker->number, text);
            exit(3);
        }
        free(worker->text);
        worker->text = text;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static struct worker workers[THREADS_MAX];
    int rounds = argc > 1 ? atoi(argv[1]) : 1, threads = argc > 2 ? atoi(argv[2]) : 1;
    struct scene scene = {.out = stdout};

    for (int i = 0; i < threads && i < THREADS_MAX; i++) {
        workers[i] = (struct worker){.number = i, .rounds = rounds, .folder = argc > 3 ? argv[3] : "."};
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    for (int i = 0; i < threads && i < THREADS_MAX; i++) {
        pthread_join(workers[i].thread, NULL);
        if (strcmp(workers[i].text, workers[0].text) != 0) {
            fprintf(stderr, "thread %d differs:\n%s\n", i, workers[i].text);
            return 3;
        }
    }
    fputs(workers[0].text, stdout);
    for (int round = 0; round < rounds; round++) {
        behaviour_unlock(&scene);
        behaviour_extension(&scene);
        behaviour_memory(&scene);
    }
    for (int i = 0; i < threads && i < THREADS_MAX; i++)
        free(workers[i].text);
    return 0;
}
