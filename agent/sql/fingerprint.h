/* The fingerprint of a statement: its normalised text and the hash of that text. One lexer for SQLite's and PostgreSQL's SQL.
 *
 * Normalised: literals and parameters of every form become ?, lists of them collapse ((?, ?, ?) after IN or in a row of VALUES
 * is (?), and VALUES (?), (?) is VALUES (?)), comments and superfluous white space go, key words and unquoted identifiers are
 * lower case, a final semicolon goes. Quoted identifiers keep their quotes' content; "id" that needs no quotes stays quoted.
 * The text is canonical: normalising it again changes nothing.
 *
 * How a list collapses: of neighbouring elements that normalise to the same text one stays, whatever they are. So IN (1, NULL, 3)
 * is in (?), IN ($1::int, $2::int) is in (?::int), IN ((1, 2), (3, 4)) is in ((?, ?)), VALUES (1, now()), (2, now()) is
 * values (?, now()), ARRAY[1, 2] is array[?]; IN (1, c, 2, 3) is in (?, c, ?). Subqueries, arguments of functions and LIMIT ?, ?
 * stay as they are. NULL is a literal only as an element of such a list, true and false everywhere but after IS and NOT. A minus
 * right before a number belongs to it where an operand is expected: = -5 is = ?, a - 5 is a - ?.
 *
 * Names of savepoints and cursors, which mappers make up anew each time, are ?, too, where they are made, used and dropped.
 *
 * Tokens are separated by one space, except: none before , ; ) ] [subscript] . ::, none after ( [ . ::, and none between a name
 * and its ( - words after which an operand comes (in, values, and, over, ...) have one.
 *
 * Both dialects at once means: [x] is a subscript right after an operand, after ARRAY and inside of another, else a quoted
 * identifier; a ? after a value, a ) or a quoted identifier is PostgreSQL's operator, not a parameter; comments nest; a
 * backslash escapes in E'..' only. Text in double quotes is an identifier, so SQLite's 'misfeature' of "text" as a string is
 * neither a slot nor hidden.
 *
 * Any byte sequence is accepted: what is not understood (an unterminated string, a stray byte) is passed on or treated as
 * literal to the end of the text, never read past `length`. Nothing is allocated, no lock is taken, no state is kept: safe from
 * any thread and from signal handlers. Speed: at least 500 MB/s on ordinary statements.
 */
#ifndef NPLUS1_AGENT_SQL_FINGERPRINT_H
#define NPLUS1_AGENT_SQL_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values are those of enum Verb in nplus1.proto. */
enum sql_verb {
    SQL_OTHER = 0,
    SQL_SELECT,
    SQL_INSERT,
    SQL_UPDATE,
    SQL_DELETE,
    SQL_MERGE,
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_SAVEPOINT,
    SQL_RELEASE,
    SQL_PREPARE,
    SQL_EXECUTE,
    SQL_DEALLOCATE,
    SQL_DISCARD,
    SQL_COPY,
    SQL_DECLARE,
    SQL_FETCH,
    SQL_CLOSE,
    SQL_DDL,
    SQL_PRAGMA,
};

#define FINGERPRINT_LITERALS 16   /* literals whose values are kept, first come; fewer than 32 */
#define FINGERPRINT_TEXT     4096 /* bytes of normalised text that are kept; the hash is of the whole text */

/* What one literal or parameter of the text stands for, in the order of the text. A literal has a value (agent/value.h);
 * a parameter (?, ?1, :a, @a, $a, $1) has none. */
struct fingerprint_slot {
    /* Hash of a literal's value; VALUE_NULL for NULL or when parameter is set. A string counts decoded (of one with escapes only
     * the first 256 bytes), true and false as 1 and 0, a decimal that is no simple double as its text. */
    uint64_t value;
    uint32_t parameter; /* 1-based number when this is a parameter that is bound ($3 -> 3, ? -> its ordinal, names -> ordinal of
                           first use); 0 for a literal */
    /* Where a number that begins with a digit or its minus, or a string in quotes alone, stands in the text, for template.h.
     * length: bytes; 0 for everything else, and far behind. signs: a minus right before a number would belong to it. */
    uint32_t start : 15, signs : 1, length : 16;
};

#define FINGERPRINT_PLACES 32768 /* bytes of a text in which places are noted */

struct fingerprint {
    /* hash_bytes(text, length, 0) of the whole normalised text. A text longer than FINGERPRINT_TEXT is hashed in blocks of so
     * many bytes, the last one shorter or full, each seeded with the hash of those before it. */
    uint64_t hash;
    size_t length;       /* of the whole normalised text */
    size_t text_length;  /* bytes in text: min(length, FINGERPRINT_TEXT), cut at a UTF-8 character boundary */
    enum sql_verb verb;  /* of the first statement; for WITH that of the main statement; EXPLAIN is SQL_PRAGMA */
    uint32_t statements; /* non-empty statements in the text, separated by ; */
    uint32_t slot_count; /* literals and parameters in the whole text */
    uint32_t slots_kept; /* of those, in slots[] */
    uint32_t list_max;   /* elements of the longest list that was collapsed after IN (...) or = ANY(ARRAY[...]), rows of a VALUES
                            list that   is not an INSERT's; 0: none */
    uint32_t rows_max;   /* rows of the longest VALUES list of an INSERT; 0: none */
    uint32_t listed;     /* bits: slots, of those kept, of a list of several elements after IN, or of what ANY (...) holds */
    bool has_limit;      /* LIMIT or FETCH FIRST at the outermost level */
    bool has_offset;
    /* sqlcommenter tags: the text inside the last comment of form key='value',... at the end (or the start) of the statement,
     * as a span of the input; tags_length 0: none. Still URL-encoded. */
    const char *tags;
    size_t tags_length;
    struct fingerprint_slot slots[FINGERPRINT_LITERALS];
    char text[FINGERPRINT_TEXT];
};

/* Fills *ret, but for the unused ends of slots[] and text[], which stay as they are. sql need not be terminated; it may be NULL
 * when length is 0. Takes less than 8 KiB of stack. */
void fingerprint_compute(const char *sql, size_t length, struct fingerprint *ret);

/* Cuts PostgreSQL's text of several statements: takes the first one, with its semicolon, off the *left bytes at *rest. False:
 * there is none left. Semicolons inside of parentheses and of a routine's BEGIN ATOMIC .. END separate nothing. */
bool fingerprint_next_statement(const char **rest, size_t *left, const char **ret, size_t *ret_length);

/* The value of the tag `key` (for instance "route") URL-decoded into out (terminated, cut at size); false if there is none. The
 * value is bytes that the program chose, control characters included; only %00 stays as it is. */
bool fingerprint_tag(const char *tags, size_t tags_length, const char *key, char *out, size_t size);

#endif
