/* The same queries again and again, 15 frames deep: what the agent's cost is measured on.
 *
 *     sqlite_queries lookup|prepare|scan|alike|boxes COUNT [THREADS]
 *
 * lookup: a point lookup through one prepared statement, COUNT times. prepare: the same, prepared and finalized each time.
 * scan: one scan of COUNT rows. alike: lookups through eight statements, each from a place of its own, all by one function.
 * boxes: rows put into an R-tree, whose own statements are not the program's. Each thread has a database of its own. Prints the
 * seconds that the queries took, and the most memory that the process had, in KiB.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEPTH 11 /* main, run, 12 x deeper and query: 15 frames, and those of the C library */
#define ROWS  1000

#define ALIKE 8

enum mode { LOOKUP, PREPARE, SCAN, SEVERAL, BOXES, MODES };

struct job {
    enum mode mode;
    long count;
    sqlite3 *db;
    sqlite3_stmt *stmt, *alike[ALIKE];
    long sum;
};

static const char lookup_sql[] = "SELECT id, name, price FROM product WHERE id = ?";

static void check(sqlite3 *db, int result, int expected)
{
    if (result == expected)
        return;
    fprintf(stderr, "sqlite_queries: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static __attribute__((noinline)) void query(struct job *job, long i)
{
    sqlite3_stmt *stmt = job->stmt;

    if (job->mode == PREPARE)
        check(job->db, sqlite3_prepare_v2(job->db, lookup_sql, -1, &stmt, NULL), SQLITE_OK);
    sqlite3_bind_int64(stmt, 1, i % ROWS + 1);
    check(job->db, sqlite3_step(stmt), SQLITE_ROW);
    job->sum += sqlite3_column_int64(stmt, 0) + sqlite3_column_int(stmt, 2);
    job->sum += sqlite3_column_text(stmt, 1)[0];
    check(job->db, sqlite3_step(stmt), SQLITE_DONE);
    if (job->mode == PREPARE)
        sqlite3_finalize(stmt);
    else
        sqlite3_reset(stmt);
}

static __attribute__((noinline)) void box(struct job *job, long i)
{
    sqlite3_bind_int64(job->stmt, 1, i);
    for (int side = 0; side < 4; side++)
        sqlite3_bind_double(job->stmt, side + 2, (double)(i % 100) + side % 2);
    check(job->db, sqlite3_step(job->stmt), SQLITE_DONE);
    sqlite3_reset(job->stmt);
}

/* Functions that differ in the statement alone: their stacks differ in one return address. */
#define PLACE(n)                                                                                                                 \
    static __attribute__((noinline)) void place##n(struct job *job, long i)                                                      \
    {                                                                                                                            \
        job->stmt = job->alike[n];                                                                                               \
        query(job, i);                                                                                                           \
        __asm__ volatile("" ::: "memory"); /* no tail call */                                                                    \
    }
PLACE(0)
PLACE(1)
PLACE(2)
PLACE(3)
PLACE(4)
PLACE(5)
PLACE(6)
PLACE(7)

static void (*const places[ALIKE])(struct job *, long) = {place0, place1, place2, place3, place4, place5, place6, place7};

static __attribute__((noinline)) void deeper(struct job *job, long i, int depth)
{
    if (depth > 0)
        deeper(job, i, depth - 1);
    else
        query(job, i);
    __asm__ volatile("" ::: "memory"); /* no tail call */
}

/* The modes that came later: apart, so that a lookup has the instructions that it always had. */
static __attribute__((noinline)) void deeper_in_others(struct job *job, long i, int depth)
{
    if (depth > 0)
        deeper_in_others(job, i, depth - 1);
    else if (job->mode == SEVERAL)
        places[i % ALIKE](job, i);
    else
        box(job, i);
    __asm__ volatile("" ::: "memory"); /* no tail call */
}

static void scan(struct job *job)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %ld) "
             "SELECT i, i * 2, 'row' FROM n",
             job->count);
    check(job->db, sqlite3_prepare_v2(job->db, sql, -1, &job->stmt, NULL), SQLITE_OK);
    while (sqlite3_step(job->stmt) == SQLITE_ROW)
        job->sum += sqlite3_column_int64(job->stmt, 0);
    sqlite3_finalize(job->stmt);
}

static void *run(void *argument)
{
    struct job *job = argument;

    if (job->mode == SCAN) {
        scan(job);
        return NULL;
    }
    if (job->mode == SEVERAL || job->mode == BOXES) {
        for (long i = 0; i < job->count; i++)
            deeper_in_others(job, i, DEPTH);
        return NULL;
    }
    for (long i = 0; i < job->count; i++)
        deeper(job, i, DEPTH);
    return NULL;
}

static void open_database(struct job *job)
{
    char seed[300];

    snprintf(seed, sizeof seed,
             "INSERT INTO product WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
             "SELECT i, 'product ' || i, i * 7 %% 100 FROM n",
             ROWS);
    check(NULL, sqlite3_open(":memory:", &job->db), SQLITE_OK);
    check(job->db,
          sqlite3_exec(job->db, "CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT, price INTEGER)", NULL, NULL, NULL),
          SQLITE_OK);
    check(job->db, sqlite3_exec(job->db, seed, NULL, NULL, NULL), SQLITE_OK);
    if (job->mode == LOOKUP)
        check(job->db, sqlite3_prepare_v2(job->db, lookup_sql, -1, &job->stmt, NULL), SQLITE_OK);
    for (int i = 0; job->mode == SEVERAL && i < ALIKE; i++) {
        snprintf(seed, sizeof seed, "%s AND price >= 0 %.*s", lookup_sql, i * 15,
                 "AND id = id    AND id = id    AND id = id    AND id = id    AND id = id    AND id = id    AND id = id    ");
        check(job->db, sqlite3_prepare_v2(job->db, seed, -1, &job->alike[i], NULL), SQLITE_OK);
    }
    if (job->mode != BOXES)
        return;
    check(job->db, sqlite3_exec(job->db, "CREATE VIRTUAL TABLE box USING rtree(id, x1, x2, y1, y2); BEGIN", NULL, NULL, NULL),
          SQLITE_OK);
    check(job->db, sqlite3_prepare_v2(job->db, "INSERT INTO box VALUES(?, ?, ?, ?, ?)", -1, &job->stmt, NULL), SQLITE_OK);
}

/* getrusage would say what the process had before exec as well. */
static long peak_memory(void)
{
    char line[100];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");

    while (status && fgets(line, sizeof line, status) && sscanf(line, "VmHWM: %ld", &kib) != 1)
        ;
    if (status)
        fclose(status);
    return kib;
}

int main(int argc, char **argv)
{
    static const char *const modes[MODES] = {"lookup", "prepare", "scan", "alike", "boxes"};
    struct job jobs[256] = {0};
    pthread_t threads[256];
    struct timespec begin, end;
    int mode = 0, count = argc > 3 ? atoi(argv[3]) : 1;

    while (mode < MODES && (argc < 3 || strcmp(argv[1], modes[mode]) != 0))
        mode++;
    if (mode == MODES || count < 1 || count > 256) {
        fprintf(stderr, "usage: sqlite_queries lookup|prepare|scan|alike|boxes COUNT [THREADS]\n");
        return 2;
    }
    for (int i = 0; i < count; i++) {
        jobs[i].mode = (enum mode)mode;
        jobs[i].count = atol(argv[2]);
        open_database(&jobs[i]);
    }
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 1; i < count; i++)
        pthread_create(&threads[i], NULL, run, &jobs[i]);
    run(&jobs[0]);
    for (int i = 1; i < count; i++)
        pthread_join(threads[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.6f %ld\n", (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9, peak_memory());
    return 0;
}
