/* Runs statements until it is killed, and writes after each execution how many there were:
 *
 *     counting_itself FILE
 *
 * The count is a 64-bit word of the file, which is mapped: what was stored when the process died is in it. Says "ready" when the
 * first execution is over. SIGUSR1 makes it call _exit, SIGUSR2 abort. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile uint64_t *executions;

static void done(void)
{
    __asm__ volatile("" ::: "memory");
    ++*executions;
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        exit(3);
    done();
}

static void leave(int number)
{
    if (number == SIGUSR1)
        _exit(17);
    abort();
}

int main(int argc, char **argv)
{
    int fd = argc == 2 ? open(argv[1], O_RDWR | O_CREAT, 0600) : -1;
    sqlite3_stmt *lookup, *insert;
    sqlite3 *db;

    if (fd < 0 || ftruncate(fd, sizeof *executions) != 0)
        return 2;
    executions = mmap(NULL, sizeof *executions, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (executions == MAP_FAILED || sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 2;
    signal(SIGUSR1, leave);
    signal(SIGUSR2, leave);
    run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
    if (write(STDOUT_FILENO, "ready\n", 6) != 6 || sqlite3_prepare_v2(db, "SELECT v FROM t WHERE id = ?", -1, &lookup, NULL) ||
        sqlite3_prepare_v2(db, "INSERT INTO t(v) VALUES (?)", -1, &insert, NULL))
        return 2;
    for (int i = 1;; i++) {
        char sql[80];
        sqlite3_bind_int(insert, 1, i);
        sqlite3_step(insert);
        sqlite3_reset(insert);
        done();
        for (int k = 0; k < 20; k++) {
            sqlite3_bind_int(lookup, 1, i - k);
            while (sqlite3_step(lookup) == SQLITE_ROW)
                continue;
            sqlite3_reset(lookup);
            done();
        }
        snprintf(sql, sizeof sql, "SELECT %d AS c%d", i, i % 5000); /* new ones, so that the recording grows */
        run(db, sql);
    }
}
