/* Statements that are prepared again and again, at addresses that others had: the agent keeps what it knows of a finalized one
 * for the next, and must not take another text, or what SQLite runs for itself, for it.
 *
 *     prepared_again SEED THREADS
 *
 * The threads share one connection, and each runs texts of its own. Prints for each text how often it was prepared and run, and
 * how many different values it was given: `text|prepared|executions|values`.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROUNDS  3000
#define TEXTS   12
#define THREADS 8
#define VALUES  50
#define LONG    300 /* blanks of a text that is too long to be kept */

struct text {
    char sql[LONG + 100];
    long prepared, executions;
    bool given[VALUES + 1]; /* the last one: NULL */
};

struct job {
    pthread_t thread;
    sqlite3 *db;
    unsigned seed;
    char *page; /* one that can be read, before one that cannot */
    struct text texts[TEXTS];
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "prepared_again: %s\n", what);
    exit(1);
}

static unsigned any(struct job *job, unsigned below)
{
    job->seed = job->seed * 1664525 + 1013904223;
    return (job->seed >> 8) % below;
}

/* Texts of which one is the beginning of another, and that end where memory does. */
static sqlite3_stmt *prepare(struct job *job, struct text *text)
{
    size_t length = strlen(text->sql), page = (size_t)sysconf(_SC_PAGESIZE);
    char further[sizeof text->sql + 20], *at = job->page + page - length - 1;
    sqlite3_stmt *stmt = NULL;
    const char *tail;
    int result;

    memcpy(at, text->sql, length + 1);
    switch (any(job, 6)) {
    case 0:
        result = sqlite3_prepare_v2(job->db, at, -1, &stmt, NULL);
        break;
    case 1: /* no terminator */
        memmove(at + 1, at, length);
        result = sqlite3_prepare_v2(job->db, at + 1, (int)length, &stmt, &tail);
        break;
    case 2:
        result = sqlite3_prepare_v3(job->db, at, (int)length + 1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
        break;
    case 3: /* it goes on behind what counts */
        snprintf(further, sizeof further, "%s0 AND garbage", text->sql);
        result = sqlite3_prepare_v2(job->db, further, (int)length, &stmt, &tail);
        break;
    case 4: /* two statements */
        snprintf(further, sizeof further, "%s;SELECT 1", text->sql);
        result = sqlite3_prepare(job->db, further, -1, &stmt, &tail);
        break;
    default:
        result = sqlite3_prepare_v2(job->db, text->sql, -1, &stmt, NULL);
    }
    if (result != SQLITE_OK || !stmt)
        fail(sqlite3_errmsg(job->db));
    return stmt;
}

/* What is bound stays behind in no later statement. */
static void use(struct job *job, struct text *text)
{
    sqlite3_stmt *stmt = prepare(job, text);
    unsigned times = any(job, 4), bound = VALUES;

    text->prepared += times > 0;
    for (unsigned i = 0; i < times; i++) {
        if (any(job, 3)) {
            bound = any(job, VALUES);
            sqlite3_bind_int(stmt, 1, (int)bound);
        }
        if (sqlite3_step(stmt) != SQLITE_ROW)
            fail(sqlite3_errmsg(job->db));
        if (any(job, 2) && sqlite3_step(stmt) != SQLITE_DONE)
            fail(sqlite3_errmsg(job->db));
        sqlite3_reset(stmt);
        text->executions++;
        text->given[bound] = true;
    }
    sqlite3_finalize(stmt);
}

/* SQLite's own statements, which get addresses that were free. */
static void search(struct job *job)
{
    sqlite3 *db;

    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        fail("open");
    job->db = db;
    use(job, &job->texts[0]);
    if (sqlite3_exec(db, "CREATE VIRTUAL TABLE note USING fts5(body)", NULL, NULL, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(db));
    use(job, &job->texts[0]);
    if (sqlite3_exec(db, "INSERT INTO note VALUES ('here it is'), ('and here')", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(db, "SELECT * FROM note WHERE note MATCH 'here'", NULL, NULL, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(db));
    use(job, &job->texts[0]);
    if (sqlite3_close(db) != SQLITE_OK)
        fail("close");
}

static void *run(void *argument)
{
    struct job *job = argument;
    sqlite3 *db = job->db;

    for (int i = 0; i < ROUNDS; i++) {
        struct text *text = &job->texts[any(job, 4) ? (unsigned)i / 100 % TEXTS : any(job, TEXTS)];

        use(job, text);
        if (i % 100 == 0)
            search(job);
        job->db = db;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static struct job jobs[THREADS];
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    int threads = argc == 3 ? atoi(argv[2]) : 0;
    sqlite3 *db;

    if (threads < 1 || threads > THREADS) {
        fprintf(stderr, "usage: prepared_again SEED THREADS\n");
        return 2;
    }
    if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL) != SQLITE_OK)
        fail("open");
    for (int i = 0; i < threads; i++) {
        struct job *job = &jobs[i];

        job->db = db;
        job->seed = (unsigned)atoi(argv[1]) + (unsigned)i * 7919;
        job->page = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (job->page == MAP_FAILED || mprotect(job->page + page, page, PROT_NONE) != 0)
            fail("mmap");
        for (int text = 0; text < TEXTS; text++)
            snprintf(job->texts[text].sql, sizeof job->texts[text].sql, "select ? as t%d%.*d%s", i, text + 1, 0,
                     text == TEXTS - 1
                         ? " /* too long: a comment that is not in the statement but counts                           "
                           "                                                                                          "
                           "                                                                                        */"
                         : "");
        if (pthread_create(&job->thread, NULL, run, job) != 0)
            fail("pthread_create");
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(jobs[i].thread, NULL);
        for (int text = 0; text < TEXTS; text++) {
            const struct text *t = &jobs[i].texts[text];
            int values = 0;
            for (int value = 0; value <= VALUES; value++)
                values += t->given[value];
            printf("%.*s|%ld|%ld|%d\n", (int)strcspn(t->sql, "/") - (strchr(t->sql, '/') != NULL), t->sql, t->prepared,
                   t->executions, values);
        }
    }
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
