/* Reads findings and prints the advice for each: what tests/integration/test_advice.py runs against a database.
 *
 * A finding is nine fields, each ended by a zero byte: kind, 1 for PostgreSQL, statement (normalised), parameter, executions,
 * rows, different values, the parent's statement, its column; of an advice come three: strategy, text, sql. Empty: none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/advice/advice.h"

enum { KIND, POSTGRESQL, STATEMENT, PARAMETER, EXECUTIONS, ROWS, VALUES, PARENT, COLUMN, FIELDS };

#define FIELD_MAX 65536

static bool read_finding(char fields[FIELDS][FIELD_MAX])
{
    for (int i = 0; i < FIELDS; i++) {
        size_t length = 0;
        int c;
        while ((c = getchar()) > 0 && length + 1 < FIELD_MAX)
            fields[i][length++] = (char)c;
        fields[i][length] = '\0';
        if (c != 0)
            return false;
    }
    return true;
}

static void write_field(const char *text)
{
    fputs(text ? text : "", stdout);
    putchar('\0');
}

int main(void)
{
    static char f[FIELDS][FIELD_MAX];
    while (read_finding(f)) {
        struct advice_input input = {
            .kind = (enum verdict_kind)atoi(f[KIND]),
            .statement = f[STATEMENT],
            .system = system_named(atoi(f[POSTGRESQL]) ? "postgresql" : "sqlite"),
            .parameter = (uint32_t)atoi(f[PARAMETER]),
            .shape = advice_shape_of(strtoull(f[EXECUTIONS], NULL, 10), strtoull(f[ROWS], NULL, 10),
                                     strtoull(f[VALUES], NULL, 10)),
            .parent_statement = f[PARENT][0] ? f[PARENT] : NULL,
            .parent_column = f[COLUMN][0] ? f[COLUMN] : NULL,
        };
        struct sql_statements *statements = sql_statements_create();
        struct advice advice = advice_give(&input, statements);
        write_field(advice.strategy);
        write_field(advice.text);
        write_field(advice.sql);
        free(advice.text);
        free(advice.sql);
        sql_statements_destroy(statements);
    }
    return 0;
}
