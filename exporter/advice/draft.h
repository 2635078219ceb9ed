/* An advice while it is put together: what the kinds of findings share. One thread at a time for each set of statements. */
#ifndef NPLUS1_EXPORTER_ADVICE_DRAFT_H
#define NPLUS1_EXPORTER_ADVICE_DRAFT_H

#include <stdio.h>

#include "exporter/advice/input.h"
#include "exporter/advice/rewrite/rewriting.h"
#include "exporter/advice/sql/statement.h"

#define DRAFT_NAME_MAX 100 /* bytes of a name that are shown */

struct draft {
    const struct advice_input *in;
    struct sql_statements *statements;
    const struct sql_statement *statement; /* NULL: it was cut */
    FILE *out;                             /* its words */
    struct advice advice;
};

struct rewrite_input draft_rewrite_input(const struct draft *draft);

/* Takes over the SQL of a rewriting, or says why there is none. */
void draft_take(struct draft *draft, struct rewriting rewriting);

/* Writes the mapper's own words; nothing where it has none. */
void draft_write_orm(struct draft *draft, enum orm_fix fix);

#endif
