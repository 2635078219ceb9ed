/* Whether the joins of a statement are all to one: join k on k.id = t.k_id gives no row twice. Pure. */
#ifndef NPLUS1_AGENT_SQL_FACTS_JOINS_H
#define NPLUS1_AGENT_SQL_FACTS_JOINS_H

#include "agent/sql/facts/scan.h"

enum joins_stage { JOINS_OUTSIDE, JOINS_TABLE, JOINS_NAMED, JOINS_ON, JOINS_EQUAL };

/* The join that is being read; zeroed at first. */
struct joins {
    enum joins_stage stage;
    struct scan_token table, alias;  /* kind SCAN_END: none */
    struct scan_token owner, column; /* of the operand that is being read */
    struct scan_token left, left_owner;
    unsigned count, to_one;
};

void joins_take(struct joins *joins, const struct scan_token *token);

/* After the last token. */
bool joins_are_to_one(const struct joins *joins);

#endif
