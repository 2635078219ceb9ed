/* Any bytes as statements to rewrite: a child's, and after a zero byte its parent's. What comes out must be sound text. */
#include "exporter/advice/rewrite/join.h"
#include "exporter/advice/rewrite/selects.h"
#include "exporter/advice/rewrite/writes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct rewriting r, size_t size)
{
    int depth = 0;
    if (!r.sql != (r.form == REWRITE_NONE))
        abort();
    for (const char *p = r.sql; p && *p; p++) {
        if (*p == '"' || *p == '`') { /* parentheses in names count for nothing */
            p = strchr(p + 1, *p);
            if (!p)
                abort();
        }
        depth += *p == '(';
        depth -= *p == ')';
        if (depth < 0)
            abort();
    }
    if (depth != 0 || (r.sql && strlen(r.sql) > 200 * (size + 100)))
        abort();
    free(r.sql);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 2); /* a copy that ends where the text ends, for the address sanitiser */
    char table[8];
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = text[size + 1] = '\0';
    struct sql_statements *statements = sql_statements_create();
    const struct sql_statement *statement = sql_statements_get(statements, text);
    const struct sql_statement *parent = sql_statements_get(statements, text + strlen(text) + 1);
    for (unsigned i = 0; i < 12; i++) {
        struct rewrite_input in = {.statement = statement, .parameter = i / 4, .has_one_row = i & 2};
        in.dialect = &system_named(i & 1 ? "postgresql" : "sqlite")->dialect;
        check(rewrite_select(&in), size);
        check(rewrite_keys(&in), size);
        check(rewrite_join(&in, parent, "id"), size);
        check(rewrite_delete(&in), size);
        check(rewrite_insert(&in), size);
        check(rewrite_array(&in), size);
    }
    rewrite_is_aggregate(statement);
    rewrite_table(statement, table, sizeof table);
    sql_statements_destroy(statements);
    free(text);
    return 0;
}
