/* Facts of a statement that its normalised text tells, worked out once, when the statement is new; so that verdicts search no
 * text.
 *
 * A mark is a ? of the normalised text that stands for a slot; marks count from 0. A list's slots have the marks of its first
 * element. Only the first FINGERPRINT_LITERALS marks are known. Pure, no allocation, no lock.
 */
#ifndef NPLUS1_AGENT_SQL_FACTS_FACTS_H
#define NPLUS1_AGENT_SQL_FACTS_FACTS_H

#include "agent/sql/types.h"

#define FACTS_NO_MARK 0xff

struct sql_facts {
    /* A page by its form: where key > ? order by key limit ?, or (a, b) > (?, ?); `key` is the mark, else FACTS_NO_MARK. */
    bool key_page;
    uint8_t key;
    bool range;           /* between ? and ?, or both sides of one column: a chunk of rows */
    uint16_t range_ends;  /* bits: marks that are the ends of ranges */
    uint8_t offset;       /* the mark of the OFFSET at the outermost level, else FACTS_NO_MARK */
    bool no_table;        /* a SELECT without FROM: select ?, now(), nextval(?), f(?) */
    bool function_call;   /* of these, one with a value that is given to a function */
    bool dequeue;         /* takes a job off a queue: SKIP LOCKED, or UPDATE and DELETE ... RETURNING of what a LIMIT chose */
    bool session;         /* after it the same question may be another one: SET role, ATTACH, temporary tables, a lock */
    bool schema_query;    /* asks about the schema */
    bool joins_to_one;    /* it has joins, and all are to one */
    uint16_t list_values; /* bits: marks whose one value is a list: any(?), unnest(?), json_each(?), ?::int[] */
    uint32_t aggregate_columns; /* bits: of the first 32 columns of the result, those that are no plain column; none behind a * */
};

void facts_compute(const struct fingerprint *fp, struct sql_facts *ret);

/* The mark of each slot of a text. */
void facts_marks(const struct fingerprint_slot *slots, uint32_t count, uint8_t *ret);

#endif
