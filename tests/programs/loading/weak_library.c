/* A library that asks by weak references whether a program has others. */
extern int sqlite3_step(void *stmt) __attribute__((weak));
extern void *PQexec(void *conn, const char *query) __attribute__((weak));

static int (*const table[])(void *) = {sqlite3_step};

int weak_library_asks(void);

int weak_library_asks(void)
{
    return (sqlite3_step != 0) + 2 * (PQexec != 0) + 4 * (table[0] != 0);
}
