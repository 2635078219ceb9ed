/* A loop of lookups whose statements are stepped by code that is made at run time and says nothing of its callers, as that of
 * Mono's and other just-in-time compilers. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

typedef int (*step_function)(int (*step)(sqlite3_stmt *), sqlite3_stmt *statement);

/* push rbp; xor ebp, ebp; mov rax, rdi; mov rdi, rsi; call rax; pop rbp; ret */
static const unsigned char code[] = {0x55, 0x31, 0xed, 0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0xff, 0xd0, 0x5d, 0xc3};

static step_function make(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    step_function made;

    if (memory == MAP_FAILED)
        return NULL;
    memcpy(memory, code, sizeof code);
    if (mprotect(memory, 4096, PROT_READ | PROT_EXEC))
        return NULL;
    memcpy(&made, &memory, sizeof made);
    return made;
}

int main(void)
{
    sqlite3 *db;
    sqlite3_stmt *parents, *children;
    step_function step = make();

    if (!step || sqlite3_open(":memory:", &db) ||
        sqlite3_exec(
            db, "CREATE TABLE p(id INTEGER); CREATE TABLE c(p INTEGER); INSERT INTO p VALUES (11), (22), (33), (44), (55), (66)",
            NULL, NULL, NULL) ||
        sqlite3_prepare_v2(db, "SELECT id FROM p", -1, &parents, NULL) ||
        sqlite3_prepare_v2(db, "SELECT count(*) FROM c WHERE p = ?", -1, &children, NULL))
        return 1;
    while (step(sqlite3_step, parents) == SQLITE_ROW) {
        sqlite3_bind_int(children, 1, sqlite3_column_int(parents, 0));
        step(sqlite3_step, children);
        sqlite3_reset(children);
    }
    sqlite3_finalize(children);
    sqlite3_finalize(parents);
    return sqlite3_close(db);
}
