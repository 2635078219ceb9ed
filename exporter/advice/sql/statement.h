/* Statements in parts, each text taken apart once however many findings speak of it. One thread at a time. */
#ifndef NPLUS1_EXPORTER_ADVICE_SQL_STATEMENT_H
#define NPLUS1_EXPORTER_ADVICE_SQL_STATEMENT_H

#include "exporter/advice/sql/select.h"

struct sql_statement {
    const char *text;
    bool is_plain; /* its tokens are understood; else there are none */
    struct sql_tokens tokens;
    enum sql_trouble trouble; /* SQL_PLAIN: it is a SELECT with the shape that follows */
    struct sql_select select;
};

/* Statements that were taken apart, by the addresses of their texts. */
struct sql_statements;

struct sql_statements *sql_statements_create(void);

/* The text must not change while the statements live. What is returned lasts until sql_statements_trim. */
const struct sql_statement *sql_statements_get(struct sql_statements *statements, const char *text);

/* Forgets all of them where they take too much memory. */
void sql_statements_trim(struct sql_statements *statements);

void sql_statements_destroy(struct sql_statements *statements); /* takes NULL */

#endif
