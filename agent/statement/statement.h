/* Statements: texts as the program sends them -> interned, fingerprinted statements.
 *
 * Interned by their fingerprint; agent/probe/text_cache.h remembers the texts.
 */
#ifndef NPLUS1_AGENT_STATEMENT_STATEMENT_H
#define NPLUS1_AGENT_STATEMENT_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "agent/sql/facts/facts.h"
#include "agent/sql/types.h"

struct scope;
struct sql_dialect;
struct thread;

/* Interned: lives as long as the process. Immutable but for id, generation and places, which recording_lock guards, and
 * text_facts, which any thread may find out. */
struct statement {
    uint64_t fingerprint;
    enum sql_verb verb;
    bool has_limit, has_offset;
    struct sql_facts facts;
    bool returns;         /* it may return rows */
    uint32_t text_length; /* bytes kept in text */
    uint64_t length;      /* bytes of the whole normalised text */
    uint32_t id;          /* in the recording of `generation` */
    uint32_t generation;
    uint32_t places; /* groups that it has, those of a fork's parent included; read without the lock */
    _Atomic uint32_t
        text_facts;      /* what a verdict asks of the text (evidence/finding.c), which is long to read; 0: not known yet */
    const char *example; /* the first text as sent, only with NPLUS1_CAPTURE_VALUES */
    uint32_t example_length;
    char text[]; /* terminated */
};

#define STATEMENT_LARGE 1000 /* elements of a list that are too many */

/* Properties of a text that each of its executions has to look at. */
enum statement_special {
    STATEMENT_BATCHED = 1,      /* it has a list of several values */
    STATEMENT_LARGE_LIST = 2,   /* of more than STATEMENT_LARGE */
    STATEMENT_WRITES = 4,       /* it changes rows */
    STATEMENT_TAGGED = 8,       /* sqlcommenter's tags */
    STATEMENT_TRANSACTION = 16, /* it may open or close a transaction */
    STATEMENT_LIST_VALUES = 64, /* one of its values may be a list */
    STATEMENT_DEQUEUES = 128,   /* it takes a job off a queue */
    STATEMENT_SESSION = 256,    /* after it the same question is another one */
    STATEMENT_SKIPS = 512,      /* OFFSET ? */
    STATEMENT_RANGES = 1024,    /* between two of its values */
    STATEMENT_NAMES = 32        /* PREPARE, EXECUTE, DEALLOCATE, DISCARD */
};

/* Of these those that matter when an execution begins, whatever its values. */
#define STATEMENT_EXECUTES (STATEMENT_LARGE_LIST | STATEMENT_WRITES | STATEMENT_TAGGED | STATEMENT_DEQUEUES | STATEMENT_SESSION)

/* Keeps statements without any value away from what the set of different values has reserved. */
/* Of which some values are looked at. */
#define STATEMENT_LOOKED_AT (STATEMENT_BATCHED | STATEMENT_LIST_VALUES | STATEMENT_SKIPS | STATEMENT_RANGES)

#define STATEMENT_NO_LITERALS (UINT64_C(1) << 20)

#define STATEMENT_SLOTS 16 /* literals and parameters whose values are followed */

/* One text of a statement: what of it is in the text. Plain data, copied freely. */
struct statement_text {
    struct statement *statement; /* NULL: could not be interned */
    uint64_t literals;           /* hash over all literal values; STATEMENT_NO_LITERALS when there are none */
    uint32_t list_max;           /* elements of the longest IN list, rows of the longest VALUES list */
    uint32_t special;            /* enum statement_special */
    struct scope *scope;         /* that tags name; NULL: none */
    uint64_t trace;              /* of the tags; 0: none */
    uint32_t statements;         /* statements in the text */
    uint32_t slot_count;
    uint32_t slots_in_all; /* literals and parameters of the text, kept or not */
    uint32_t listed;       /* bits: slots in lists of several values, and those of list_values */
    uint32_t list_values;  /* bits: slots whose one value is a list */
    uint32_t range_ends;   /* bits: slots that are the ends of ranges */
    uint32_t key_slot;     /* of a key page (facts.h): the slot of its key; STATEMENT_SLOTS: none */
    uint32_t offset_slot;  /* that of the OFFSET; STATEMENT_SLOTS: none */
    struct fingerprint_slot slots[STATEMENT_SLOTS];
};

/* Whether rows may have given what stands in the slot: the key of a page and an OFFSET come from where the page before ended. */
static inline bool statement_slot_has_value(const struct statement_text *text, uint32_t slot)
{
    return slot != text->key_slot && slot != text->offset_slot;
}

/* Slots behind the last one stay what they were in *to. */
static inline void statement_text_copy(struct statement_text *to, const struct statement_text *from)
{
    memcpy(to, from, offsetof(struct statement_text, slots));
    for (uint32_t slot = 0; slot < from->slot_count; slot++)
        to->slots[slot] = from->slots[slot];
}

/* Sets what is asked when a text depends on whether a backslash escapes in plain strings: whether it does for thread->speaks.
 * Returns 1 or 0; -1: it does not know. Once, from any thread. */
void statement_on_doubt(int (*escapes)(const void *connection));

/* sql need not be terminated. text_hash stands for the literals where there are too many. The fingerprint is left in
 * thread->scratch. Never fails: ret->statement may be NULL. */
void statement_lex(struct thread *thread, const struct sql_dialect *dialect, const char *sql, size_t length, uint64_t text_hash,
                   struct statement_text *ret);

/* The column that a slot is compared with, without its table and quotes, terminated: col = ?, col in (?), col > ?. Returns its
 * length; 0: it is compared with none, or the name has `size` bytes or more. Reads the normalised text, so not for each
 * execution. */
size_t statement_slot_column(const struct statement_text *text, uint32_t slot, char *ret, size_t size);

/* What its text tells, as bits of enum StatementFact of nplus1.proto. Pure. */
uint32_t statement_facts(const struct statement *statement);

/* The statement's id in the present recording, written to it if needed; 0: it does not fit. Locked. */
uint32_t statement_record(struct statement *statement);

void statement_reset_after_fork(void);

#endif
