/* The decision: what the counters of a group and of the edges that lead to it amount to.
 *
 * A pure function of the evidence, used by the agent at the moment when a rule first holds and by readers afterwards, so both
 * say the same. Safe from any thread; allocates nothing.
 */
#ifndef NPLUS1_EXPORTER_STREAM_VERDICT_H
#define NPLUS1_EXPORTER_STREAM_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/stream/sums.h"

#define VERDICT_DEFAULT_THRESHOLD 5
#define VERDICT_PROOF_BITS        5 /* of evidence that make a proof, see docs/detection.md */

/* Values are those of the enums of the same names in nplus1.proto. */
enum verdict_kind {
    VERDICT_NONE = 0,
    VERDICT_N_PLUS_ONE = 1,
    VERDICT_DUPLICATE_QUERY = 2,
    VERDICT_WRITE_LOOP = 3,
    VERDICT_JOIN_FANOUT = 4,
    VERDICT_UNUSED_ROWS = 5,
    VERDICT_LARGE_IN_LIST = 6,
    VERDICT_REPREPARE = 7,
    VERDICT_LONG_TRANSACTION = 8,
    VERDICT_CHATTY_FETCH = 9,
    VERDICT_BATCHED_N_PLUS_ONE = 10,
};

enum verdict_confidence {
    VERDICT_CONFIDENCE_NONE = 0,
    VERDICT_POSSIBLE = 1,
    VERDICT_LIKELY = 2,
    VERDICT_PROVEN = 3,
};

/* Made by evidence.h. What is counted of the group, what else is known of it, and the edge that explains its values best, by the
 * names of fields.h and nplus1.proto; units of work that are not over count as if they were. */
struct verdict_evidence {
    SUMS_MEMBERS(COUNTER_FIELDS, counters);
    SUMS_MEMBERS(FACT_FIELDS, facts); /* repeated_elsewhere: of the place that speaks for all that ask alike, else 0 */
    struct edge_sums edge;            /* zero when there is none */
    bool edge_from_itself;            /* parent group == child group: the next page of a pagination */
    uint64_t executions_elsewhere;    /* of the other places that ask alike */
    uint32_t verb;                    /* enum Verb */
    uint32_t text;                    /* verdict_text of its normalised text; 0: nothing that depends on it is decided */
    bool handed_out;                  /* once for each row of a result, to processes that the one with the result forked */
    bool parent_loops;                /* the parent of `edge` is itself one of many in a loop */
    bool parent_is_polled;            /* and so is it, but asks the same each time: the next job, one for each execution */
    bool has_stack;
    /* A test's client asks for what the group is part of, as often as nobody can see; and what `edge` comes from is part of the
     * same. Known to readers alone. */
    bool in_request, parent_in_request;
    bool is_remote; /* each execution is a round trip */
    bool is_memory; /* the database is in memory: a commit writes nothing */
    /* The program asks for the schema, no mapper: a loop of that is one like any other. Known to readers alone. */
    bool asks_schema_itself;
};

/* Facts about a normalised text, as bits. */
enum verdict_text {
    VERDICT_TEXT_KNOWN = 1 << 0,
    VERDICT_TEXT_CUT = 1 << 1, /* only its beginning is known */
    VERDICT_TEXT_TABLE = 1 << 2,
    VERDICT_TEXT_JOIN = 1 << 3,
    VERDICT_TEXT_OFFSET = 1 << 4,   /* it skips rows */
    VERDICT_TEXT_LIST = 1 << 5,     /* a list in one pointer, as SQLite's carray takes it */
    VERDICT_TEXT_SCHEMA = 1 << 6,   /* it asks for the schema */
    VERDICT_TEXT_VOLATILE = 1 << 7, /* a value that is another one each time, or a lock */
    VERDICT_TEXT_COPY_IN = 1 << 8,  /* COPY from the program */
    VERDICT_TEXT_BEHIND = 1 << 9,   /* it compares by more than equality: what comes behind a value */
    /* Facts that the agent's lexer found: bits of StatementFact in nplus1.proto, so far up. */
    VERDICT_FACTS = 10,
    VERDICT_FACT_KEY_PAGE = 1 << VERDICT_FACTS,
    VERDICT_FACT_RANGE = 2 << VERDICT_FACTS,
    VERDICT_FACT_NO_TABLE = 4 << VERDICT_FACTS,
    VERDICT_FACT_FUNCTION_CALL = 8 << VERDICT_FACTS,
    VERDICT_FACT_DEQUEUE = 16 << VERDICT_FACTS,
    VERDICT_FACT_SESSION = 32 << VERDICT_FACTS,
    VERDICT_FACT_SCHEMA = 64 << VERDICT_FACTS,
    VERDICT_FACT_LIMIT = 128 << VERDICT_FACTS,
    VERDICT_FACT_OFFSET = 256 << VERDICT_FACTS,
    VERDICT_FACT_LIST_VALUE = 512 << VERDICT_FACTS,
    VERDICT_FACT_JOINS_TO_ONE = 1024 << VERDICT_FACTS,
};

/* Searches a text; worth keeping for its other groups. */
uint32_t verdict_text(const char *text, bool is_cut);

struct verdict {
    enum verdict_kind kind;
    enum verdict_confidence confidence;
};

struct verdict verdict_decide(const struct verdict_evidence *evidence, uint64_t threshold);

/* The surest that it can be, whatever its text: if that says nothing new, the text need not be searched. */
struct verdict verdict_at_most(const struct verdict_evidence *evidence, uint64_t threshold);

/* Nine of ten, with which a source explains the values of a group: the others may be stale or made up. */
bool verdict_is_most(uint64_t part, uint64_t whole);

/* Of the bits of an edge those that count: a loop's grow with each result that it goes through, so a few of them in many results
 * are what now and then comes about by chance, where several tasks read the same rows. */
uint64_t verdict_bits(const struct edge_sums *edge);

#endif
