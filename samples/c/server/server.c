/* A small server: each request looks something up by an id of its own, as an API that serves one object does.
 *
 *     server lookup|list [REQUESTS [THREADS [read|poll|epoll|scopes]]]
 *
 * `lookup` serves an order by its id, one statement for each request; that is how it should be. `list` loads the orders of a
 * customer and then the items of each of them, one by one; that is the mistake, and there is one of it however many requests
 * come. The last word says how a thread waits for its next request; with `scopes` it waits where nobody can see it, and names
 * each request with nplus1.h instead.
 *
 * Clients are children of the server, one for each of its threads, over a socket pair, one request after the other.
 * Prints how many statements it ran.
 */
#include <nplus1.h>
#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CUSTOMERS 50
#define ORDERS    4 /* of each customer */
#define THREADS   64

static const char *mode, *waiting = "read";
static int requests = 10000, threads = 1;
static atomic_long statements;

struct worker {
    pthread_t thread;
    pid_t client;
    int socket;
    int requests;
    long rows;
};

_Noreturn static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(db));
    atomic_fetch_add(&statements, 1);
}

static sqlite3 *open_shop(void)
{
    sqlite3 *db;

    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        fail("sqlite3_open");
    run(db, "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER, total INTEGER)");
    run(db, "CREATE TABLE items(id INTEGER PRIMARY KEY, order_id INTEGER, name TEXT)");
    run(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
            " INSERT INTO orders SELECT i, (i - 1) / 4 + 1, i * 10 FROM n");
    run(db, "INSERT INTO items SELECT NULL, id, 'pen' FROM orders UNION ALL SELECT NULL, id, 'ink' FROM orders");
    run(db, "CREATE INDEX items_order ON items(order_id)");
    return db;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql, int64_t id)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(db));
    sqlite3_bind_int64(stmt, 1, id);
    atomic_fetch_add(&statements, 1);
    return stmt;
}

static long load_order(sqlite3 *db, int64_t id)
{
    sqlite3_stmt *stmt = prepare(db, "SELECT id, total FROM orders WHERE id = ?", id);
    long rows = 0;

    while (sqlite3_step(stmt) == SQLITE_ROW)
        rows += sqlite3_column_int64(stmt, 1) > 0;
    sqlite3_finalize(stmt);
    return rows;
}

static long load_items(sqlite3 *db, int64_t order)
{
    sqlite3_stmt *stmt = prepare(db, "SELECT id, name FROM items WHERE order_id = ?", order);
    long rows = 0;

    while (sqlite3_step(stmt) == SQLITE_ROW)
        rows += sqlite3_column_int64(stmt, 0) > 0;
    sqlite3_finalize(stmt);
    return rows;
}

static long list_orders(sqlite3 *db, int64_t customer)
{
    sqlite3_stmt *stmt = prepare(db, "SELECT id, total FROM orders WHERE customer_id = ?", customer);
    long rows = 0;

    while (sqlite3_step(stmt) == SQLITE_ROW)
        rows += 1 + load_items(db, sqlite3_column_int64(stmt, 0));
    sqlite3_finalize(stmt);
    return rows;
}

static long handle(sqlite3 *db, int64_t id)
{
    if (strcmp(mode, "list") == 0)
        return list_orders(db, id % CUSTOMERS + 1);
    return load_order(db, id % (CUSTOMERS * ORDERS) + 1);
}

/* The next request; false: the client has gone. */
static int receive(const struct worker *worker, int watcher, int64_t *id)
{
    struct epoll_event event;
    struct pollfd polled = {.fd = worker->socket, .events = POLLIN};

    if (strcmp(waiting, "poll") == 0)
        poll(&polled, 1, -1);
    else if (strcmp(waiting, "epoll") == 0)
        epoll_wait(watcher, &event, 1, -1);
    else if (strcmp(waiting, "scopes") == 0)
        return syscall(SYS_read, worker->socket, id, sizeof *id) == sizeof *id;
    return read(worker->socket, id, sizeof *id) == sizeof *id;
}

static void *serve(void *argument)
{
    struct worker *worker = argument;
    sqlite3 *db = open_shop();
    struct epoll_event event = {.events = EPOLLIN};
    int watcher = epoll_create1(EPOLL_CLOEXEC);
    int64_t id;

    epoll_ctl(watcher, EPOLL_CTL_ADD, worker->socket, &event);
    while (receive(worker, watcher, &id)) {
        if (strcmp(waiting, "scopes") == 0)
            nplus1_scope_begin(strcmp(mode, "list") == 0 ? "GET /customers/:id/orders" : "GET /orders/:id");
        worker->rows += handle(db, id);
        if (strcmp(waiting, "scopes") == 0)
            nplus1_scope_end();
        if (write(worker->socket, &id, sizeof id) != sizeof id)
            break;
    }
    close(watcher);
    sqlite3_close(db);
    return NULL;
}

/* In a process of its own. */
_Noreturn static void ask(int server, int64_t count)
{
    for (int64_t i = 0, answer; i < count; i++) {
        int64_t id = i * 7919;
        if (write(server, &id, sizeof id) != sizeof id || read(server, &answer, sizeof answer) != sizeof answer || answer != id)
            _exit(1);
    }
    _exit(0);
}

static void start(struct worker *worker)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        fail("socketpair");
    worker->client = fork();
    if (worker->client < 0)
        fail("fork");
    if (worker->client == 0) {
        close(pair[0]);
        ask(pair[1], worker->requests);
    }
    close(pair[1]);
    worker->socket = pair[0];
}

int main(int argc, char **argv)
{
    static struct worker workers[THREADS];
    int status = 0, client_status;
    long rows = 0;

    mode = argc > 1 ? argv[1] : "";
    requests = argc > 2 ? atoi(argv[2]) : requests;
    threads = argc > 3 ? atoi(argv[3]) : threads;
    waiting = argc > 4 ? argv[4] : waiting;
    if ((strcmp(mode, "lookup") != 0 && strcmp(mode, "list") != 0) || requests < 1 || threads < 1 || threads > THREADS) {
        fprintf(stderr, "usage: server lookup|list [REQUESTS [THREADS [read|poll|epoll|scopes]]]\n");
        return 2;
    }
    for (int i = 0; i < threads; i++) { /* all clients before the first thread: they are forked */
        workers[i].requests = requests / threads + (i < requests % threads);
        start(&workers[i]);
    }
    for (int i = 0; i < threads; i++) {
        if (pthread_create(&workers[i].thread, NULL, serve, &workers[i]) != 0)
            fail("pthread_create");
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        close(workers[i].socket);
        if (waitpid(workers[i].client, &client_status, 0) < 0 || client_status != 0)
            status = 1;
        rows += workers[i].rows;
    }
    printf("%ld statements, %ld rows\n", atomic_load(&statements), rows);
    return status;
}
