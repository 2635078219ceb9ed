/* Reads a result of SQLite's column by column: reading CASE. Cases of tests/corpus; --list prints each and what has to be found.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *label;
    int rows, columns, read; /* the first so many columns are read */
    bool is_mixed;           /* by different functions */
    int times;
    bool is_schema; /* the columns of a table, as the database itself tells them */
    int whole;      /* of the first so many rows every column is read */
} cases[] = {
    {"two_of_twelve_columns_in_c", "unused_rows likely", 200, 12, 2, false, 1},
    {"one_of_eight_columns_in_c", "unused_rows likely", 150, 8, 1, false, 1},
    {"three_of_sixteen_columns_in_c", "unused_rows likely", 1000, 16, 3, true, 1},
    {"no_column_in_c", "unused_rows likely", 300, 3, 0, false, 1},
    {"all_columns_by_different_functions_in_c", "- -", 200, 12, 12, true, 1},
    {"every_column_twice_in_c", "- -", 200, 12, 12, false, 2},
    {"the_first_of_three_columns_in_c", "- -", 500, 3, 1, false, 1},
    {"half_of_the_columns_in_c", "- -", 200, 12, 6, false, 1},
    {"two_of_twelve_columns_of_twenty_rows_in_c", "- -", 20, 12, 2, false, 1},
    {"the_first_column_of_a_table_info_in_c", "- nothing", 150, 6, 1, false, 1, true},
    {"no_row_behind_the_thousandth_in_c", "unused_rows likely", 6000, 3, 0, false, 1, false, 1500},
    {"six_thousand_rows_in_c", "- -", 6000, 3, 3, false, 1},
    {"one_column_behind_the_thousandth_row_in_c", "- -", 6000, 3, 1, false, 1, false, 1500},
};

static long read_column(sqlite3_stmt *statement, int column, bool is_mixed)
{
    switch (is_mixed ? column % 5 : 0) {
    case 1:
        return (long)sqlite3_column_double(statement, column);
    case 2:
        return atol((const char *)sqlite3_column_text(statement, column));
    case 3:
        return sqlite3_value_type(sqlite3_column_value(statement, column));
    case 4:
        return sqlite3_column_bytes(statement, column);
    default:
        return (long)sqlite3_column_int64(statement, column);
    }
}

/* A table of so many columns. */
static bool create_wide(sqlite3 *db, int columns)
{
    char sql[8000] = "CREATE TABLE wide(c0";

    for (int i = 1; i < columns; i++)
        sprintf(sql + strlen(sql), ", c%d", i);
    strcat(sql, ")");
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static int play(size_t which)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    char sql[1000] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i";
    long sum = 0;

    for (int i = 1; i < cases[which].columns; i++)
        sprintf(sql + strlen(sql), ", i * 10 + %d", i);
    strcat(sql, " FROM n");
    if (sqlite3_open(":memory:", &db) != SQLITE_OK || (cases[which].is_schema && !create_wide(db, cases[which].rows)))
        return 1;
    if (cases[which].is_schema)
        strcpy(sql, "PRAGMA table_info(wide)");
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        return 1;
    if (!cases[which].is_schema)
        sqlite3_bind_int(statement, 1, cases[which].rows);
    for (int row = 0; sqlite3_step(statement) == SQLITE_ROW; row++) {
        for (int time = 0; time < cases[which].times; time++) {
            for (int i = 0; i < (row < cases[which].whole ? cases[which].columns : cases[which].read); i++)
                sum += read_column(statement, i, cases[which].is_mixed);
        }
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    printf("%ld\n", sum);
    return 0;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(argv[1], "--list") == 0)
            printf("%s %s\n", cases[i].name, cases[i].label);
        else if (strcmp(argv[1], cases[i].name) == 0)
            return play(i);
    }
    return argc == 2 && strcmp(argv[1], "--list") == 0 ? 0 : 2;
}
