/* After a statement: how many MiB can be mapped before addresses run out. */
#include <sqlite3.h>
#include <stdio.h>
#include <sys/mman.h>

int main(void)
{
    sqlite3 *db;
    int mapped = 0;

    if (sqlite3_open(":memory:", &db) != SQLITE_OK || sqlite3_exec(db, "SELECT 1", NULL, NULL, NULL) != SQLITE_OK)
        return 1;
    while (mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        mapped++;
    printf("%d\n", mapped);
    return 0;
}
