/* An executable whose notes are not as linkers write them: the last one of a segment is not padded, and one says that its name is
 * longer than the segment (elf(5); auditwheel and patchelf leave such ones in wheels). Runs three statements, and says what it
 * found. */
#include <sqlite3.h>
#include <stdio.h>

/* clang-format off */
__asm__(".pushsection .note.unpadded, \"a\", @note\n"
        ".balign 32\n"
        ".long 5, 6, 1\n"
        ".asciz \"apsw\"\n"
        ".balign 4\n"
        ".ascii \"abcdef\"\n"
        ".popsection\n"
        ".pushsection .note.xlong, \"a\", @note\n"
        ".balign 16\n"
        ".long 0x57535041, 0x7fffffff, 3\n"
        ".asciz \"GNU\"\n"
        ".popsection\n");
/* clang-format on */

static int print(void *context, int count, char **values, char **names)
{
    (void)context;
    (void)names;
    return count == 1 ? puts(values[0]) < 0 : 1;
}

int main(void)
{
    sqlite3 *db;

    if (sqlite3_open(":memory:", &db) || sqlite3_exec(db, "CREATE TABLE t(a)", NULL, NULL, NULL) ||
        sqlite3_exec(db, "INSERT INTO t VALUES (7)", NULL, NULL, NULL) || sqlite3_exec(db, "SELECT a FROM t", print, NULL, NULL))
        return 1;
    return sqlite3_close(db);
}
