/* Threads that come and go, stacks that are small, foreign or left by a jump, errno. */
#include "trap.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

static void *five(void *argument)
{
    sqlite3 *db = trap_open();

    trap_lookup(db, 5);
    sqlite3_close(db);
    return NULL;
}

static void run_threads(size_t stack, unsigned together, unsigned times)
{
    pthread_t threads[64];
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    if (stack)
        TRAP_MUST(pthread_attr_setstacksize(&attributes, stack) == 0);
    for (unsigned i = 0; i < times; i++) {
        for (unsigned k = 0; k < together; k++)
            TRAP_MUST(pthread_create(&threads[k], &attributes, five, NULL) == 0);
        for (unsigned k = 0; k < together; k++)
            pthread_join(threads[k], NULL);
    }
    pthread_attr_destroy(&attributes);
}

static void a_thousand_short_threads(void)
{
    run_threads(0, 4, 250);
}

static void small_stacks(void)
{
    run_threads((size_t)64 << 10, 4, 10);
}

#define TOGETHER 250

static pthread_barrier_t all_are_there;

/* What a server's thread does: a list, what belongs to each of its rows, and the same again when all others have done so. */
static void *list_twice(void *argument)
{
    static const char *const lists[] = {
        "SELECT 1 AS id, 2 AS customer_id UNION ALL SELECT 2, 3", "SELECT 1 AS id, 'a' AS name UNION ALL SELECT 2, 'b'",
        "SELECT 1 AS id, 5 AS price UNION ALL SELECT 2, 6", "SELECT 1 AS id, 'c' AS body UNION ALL SELECT 2, 'd'"};
    sqlite3 *db = trap_open();

    for (int times = 0; times < 2; times++) {
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
            trap_run(db, lists[i]);
            trap_lookup(db, 5);
        }
        pthread_barrier_wait(&all_are_there);
    }
    sqlite3_close(db);
    return NULL;
}

static void many_threads_at_once(void)
{
    pthread_t threads[TOGETHER];
    pthread_attr_t attributes;

    pthread_barrier_init(&all_are_there, NULL, TOGETHER);
    pthread_attr_init(&attributes);
    TRAP_MUST(pthread_attr_setstacksize(&attributes, (size_t)256 << 10) == 0);
    for (unsigned i = 0; i < TOGETHER; i++)
        TRAP_MUST(pthread_create(&threads[i], &attributes, list_twice, NULL) == 0);
    for (unsigned i = 0; i < TOGETHER; i++)
        pthread_join(threads[i], NULL);
    pthread_attr_destroy(&attributes);
}

static void *five_of_one(void *argument)
{
    sqlite3_stmt *stmt = argument;

    for (int i = 0; i < 5; i++) {
        sqlite3_bind_int(stmt, 1, i);
        sqlite3_step(stmt);
        sqlite3_reset(stmt);
    }
    return NULL;
}

/* PTHREAD_STACK_MIN: SQLite itself takes 5 of them for such a statement. */
static void stacks_of_sixteen_kilobytes(void)
{
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmt = trap_prepare(db, "SELECT ?");
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    TRAP_MUST(pthread_attr_setstacksize(&attributes, (size_t)16 << 10) == 0);
    for (int i = 0; i < 10; i++) {
        trap_expect(5, 5, 0);
        TRAP_MUST(pthread_create(&thread, &attributes, five_of_one, stmt) == 0);
        pthread_join(thread, NULL);
    }
    pthread_attr_destroy(&attributes);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static sqlite3 *shared;

static void *use_shared(void *argument)
{
    trap_lookup(shared, 1000);
    return NULL;
}

static void one_connection_for_all_threads(void)
{
    pthread_t threads[8];

    shared = trap_open();
    for (unsigned i = 0; i < 8; i++)
        TRAP_MUST(pthread_create(&threads[i], NULL, use_shared, NULL) == 0);
    for (unsigned i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    sqlite3_close(shared);
}

static sqlite3_stmt *passed;

static void *step_passed(void *argument)
{
    trap_expect(0, 1, 0);
    TRAP_MUST(sqlite3_step(passed) == SQLITE_ROW);
    return NULL;
}

static void a_statement_that_threads_use_in_turn(void)
{
    sqlite3 *db = trap_open();
    pthread_t thread;

    passed = trap_prepare(db, "VALUES (1), (2), (3), (4)");
    for (unsigned i = 0; i < 50; i++) {
        trap_expect(1, 0, 0);
        for (unsigned row = 0; row < 4; row++) {
            if (row % 2) {
                step_passed(NULL);
                continue;
            }
            TRAP_MUST(pthread_create(&thread, NULL, step_passed, NULL) == 0);
            pthread_join(thread, NULL);
        }
        TRAP_MUST(sqlite3_step(passed) == SQLITE_DONE);
    }
    sqlite3_finalize(passed);
    sqlite3_close(db);
}

static pthread_key_t key;

static void destroy(void *argument)
{
    five(NULL);
    if (argument != &key)
        pthread_setspecific(key, &key); /* a second round */
}

static void *set_key(void *argument)
{
    pthread_setspecific(key, argument);
    return five(NULL);
}

static void statements_in_destructors_of_a_thread(void)
{
    pthread_t thread;
    int something;

    pthread_key_create(&key, destroy);
    for (unsigned i = 0; i < 20; i++) {
        TRAP_MUST(pthread_create(&thread, NULL, set_key, &something) == 0);
        pthread_join(thread, NULL);
    }
}

static void *forever(void *argument)
{
    sqlite3 *db = trap_open();

    for (;;) {
        sqlite3_stmt *stmt = trap_prepare(db, "SELECT 1");
        sqlite3_step(stmt);
        sqlite3_finalize(stmt);
    }
    return NULL;
}

/* Nobody can say how many statements ran: the test looks at how the process ended only. */
static void threads_that_run_at_exit(void)
{
    pthread_t thread;

    for (unsigned i = 0; i < 4; i++)
        TRAP_MUST(pthread_create(&thread, NULL, forever, NULL) == 0);
    trap_lookup(trap_open(), 1000);
}

static void *until_cancelled(void *argument)
{
    sqlite3 *db = trap_open();

    for (;;) {
        trap_lookup(db, 1);
        pthread_testcancel();
    }
    return NULL;
}

static void threads_that_are_cancelled(void)
{
    for (unsigned i = 0; i < 50; i++) {
        pthread_t thread;
        long before = trap_counts.executions;
        TRAP_MUST(pthread_create(&thread, NULL, until_cancelled, NULL) == 0);
        while (trap_counts.executions < before + 10)
            sched_yield();
        pthread_cancel(thread);
        pthread_join(thread, NULL);
    }
}

static jmp_buf back;

static void jump(sqlite3_context *context, int count, sqlite3_value **values)
{
    longjmp(back, 1);
}

static int jump_from_exec(void *argument, int columns, char **values, char **names)
{
    longjmp(back, 1);
}

static sqlite3 *open_without_mutex(void)
{
    sqlite3 *db;

    TRAP_MUST(sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) ==
              SQLITE_OK);
    return db;
}

/* Afterwards everything must count as before: by step, by exec, with statements of the library's own inside. */
static void check_counting(void)
{
    sqlite3 *db = trap_open();

    trap_lookup(db, 10);
    trap_exec(db, "SELECT 1; VALUES (1), (2)", 2, 3);
    trap_exec(db, "CREATE VIRTUAL TABLE f USING fts5(t); INSERT INTO f VALUES ('words'); SELECT * FROM f WHERE f MATCH 'words'",
              3, 1);
    trap_run(db, "INSERT INTO f VALUES ('more words')");
    trap_run(db, "SELECT * FROM f WHERE f MATCH 'words'");
    sqlite3_close(db);
}

static void longjmp_out_of_a_function(void)
{
    for (unsigned i = 0; i < 5; i++) {
        sqlite3 *db = open_without_mutex();
        sqlite3_create_function(db, "jump", 0, SQLITE_UTF8, NULL, jump, NULL, NULL);
        sqlite3_stmt *stmt = trap_prepare(db, "SELECT jump()");
        trap_expect(1, 0, 0);
        if (setjmp(back) == 0)
            sqlite3_step(stmt);
        check_counting();
    }
}

static void longjmp_out_of_exec(void)
{
    for (unsigned i = 0; i < 5; i++) {
        sqlite3 *db = open_without_mutex();
        trap_expect(1, 1, 0);
        if (setjmp(back) == 0)
            sqlite3_exec(db, "VALUES (1), (2)", jump_from_exec, NULL, NULL);
        check_counting();
    }
}

static ucontext_t scheduler, coroutine[8];
static int finished;

static void run_coroutine(int number)
{
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmt = trap_prepare(db, "SELECT ?");

    for (int i = 0; i < 20; i++) {
        sqlite3_bind_int(stmt, 1, i);
        trap_expect(1, 1, 0);
        TRAP_MUST(sqlite3_step(stmt) == SQLITE_ROW);
        swapcontext(&coroutine[number], &scheduler); /* in the middle of an execution */
        TRAP_MUST(sqlite3_step(stmt) == SQLITE_DONE);
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    finished++;
    swapcontext(&coroutine[number], &scheduler);
}

#define STACK ((size_t)128 << 10)

static void coroutines_whose_stacks_vanish(void)
{
    for (unsigned round = 0; round < 10; round++) {
        void *stacks[8];
        finished = 0;
        for (int i = 0; i < 8; i++) {
            stacks[i] = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            TRAP_MUST(stacks[i] != MAP_FAILED);
            getcontext(&coroutine[i]);
            coroutine[i].uc_stack.ss_sp = stacks[i];
            coroutine[i].uc_stack.ss_size = STACK;
            coroutine[i].uc_link = &scheduler;
            makecontext(&coroutine[i], (void (*)(void))run_coroutine, 1, i);
        }
        for (int i = 0; finished < 8; i = (i + 1) % 8)
            swapcontext(&scheduler, &coroutine[i]);
        for (int i = 0; i < 8; i++)
            munmap(stacks[i], STACK);
        trap_lookup(trap_open(), 3); /* on the thread's own stack in between */
    }
}

static sqlite3 *of_handler;

static void run_in_handler(int number)
{
    trap_lookup(of_handler, 3);
}

static void statements_on_a_signal_stack(void)
{
    stack_t stack = {.ss_sp = malloc(STACK), .ss_size = STACK};
    struct sigaction action = {.sa_handler = run_in_handler, .sa_flags = SA_ONSTACK};
    sqlite3 *db = trap_open();

    of_handler = trap_open();
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    for (unsigned i = 0; i < 20; i++) {
        raise(SIGUSR1);
        trap_lookup(db, 2);
    }
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
    free(stack.ss_sp);
    trap_lookup(db, 2);
}

static __attribute__((noinline)) void deep(sqlite3 *db, int depth)
{
    if (depth > 0)
        deep(db, depth - 1);
    else
        trap_lookup(db, 3);
    __asm__ volatile("" ::: "memory");
}

static void deep_recursion(void)
{
    sqlite3 *db = trap_open();

    for (int depth = 1; depth < 20000; depth *= 3)
        deep(db, depth);
}

static void main_stack_that_is_limited(void)
{
    setrlimit(RLIMIT_STACK, &(struct rlimit){(rlim_t)256 << 10, RLIM_INFINITY});
    deep(trap_open(), 100);
    five(NULL);
}

/* What errno is after each call, as it was before or as the library left it. */
static void errno_after_each_call(void)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    char **table;
    int rows, columns;

#define SHOW(call) (errno = 77, (void)(call), printf("%s: %d\n", #call, errno))
    SHOW(sqlite3_open(":memory:", &db));
    SHOW(sqlite3_exec(db, "CREATE TABLE t(a)", NULL, NULL, NULL));
    SHOW(sqlite3_prepare_v2(db, "SELECT ?", -1, &stmt, NULL));
    for (int i = 0; i < 3; i++) {
        SHOW(sqlite3_bind_int(stmt, 1, 5));
        SHOW(sqlite3_step(stmt));
        SHOW(sqlite3_column_int(stmt, 0));
        SHOW(sqlite3_step(stmt));
        SHOW(sqlite3_clear_bindings(stmt));
        SHOW(sqlite3_reset(stmt));
        trap_expect(1, 1, 0);
    }
    SHOW(sqlite3_finalize(stmt));
    SHOW(sqlite3_get_table(db, "SELECT 1", &table, &rows, &columns, NULL));
    sqlite3_free_table(table);
    SHOW(sqlite3_prepare_v2(db, "SELEC", -1, &stmt, NULL));
    SHOW(sqlite3_exec(db, "INSERT INTO nothing VALUES (1)", NULL, NULL, NULL));
    SHOW(sqlite3_close(db));
    trap_expect(2, 1, 0);
}

static const struct trap traps[] = {
    {"a_thousand_short_threads", a_thousand_short_threads},
    {"many_threads_at_once", many_threads_at_once},
    {"small_stacks", small_stacks},
    {"stacks_of_sixteen_kilobytes", stacks_of_sixteen_kilobytes},
    {"one_connection_for_all_threads", one_connection_for_all_threads},
    {"a_statement_that_threads_use_in_turn", a_statement_that_threads_use_in_turn},
    {"statements_in_destructors_of_a_thread", statements_in_destructors_of_a_thread},
    {"threads_that_run_at_exit", threads_that_run_at_exit},
    {"threads_that_are_cancelled", threads_that_are_cancelled},
    {"longjmp_out_of_a_function", longjmp_out_of_a_function},
    {"longjmp_out_of_exec", longjmp_out_of_exec},
    {"coroutines_whose_stacks_vanish", coroutines_whose_stacks_vanish},
    {"statements_on_a_signal_stack", statements_on_a_signal_stack},
    {"deep_recursion", deep_recursion},
    {"main_stack_that_is_limited", main_stack_that_is_limited},
    {"errno_after_each_call", errno_after_each_call},
};
TRAP_MAIN(traps)
