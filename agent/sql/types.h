/* The lexer's result for a text: verbs, slots, the fingerprint. Plain data. */
#ifndef NPLUS1_AGENT_SQL_TYPES_H
#define NPLUS1_AGENT_SQL_TYPES_H

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

#define FINGERPRINT_LITERALS 16         /* literals whose values are kept, first come; fewer than 32 */
#define FINGERPRINT_MOST     (1u << 30) /* bytes of a text that are read: databases take no more */
#define SLOT_PARAMETERS      0xfffff    /* more than any database binds */
#define FINGERPRINT_TEXT     4096       /* bytes of normalised text that are kept; the hash is of the whole text */

/* One literal or parameter of the text, in the order of the text. A literal has a value (agent/value/value.h);
 * a parameter (?, ?1, :a, @a, $a, $1) has none. */
struct fingerprint_slot {
    /* Hash of a literal's value; VALUE_NULL for NULL or when parameter is set. A string counts decoded (of one with escapes only
     * the first 256 bytes), true and false as 1 and 0, a decimal that is no simple double as its text. */
    uint64_t value;
    uint32_t parameter : 20; /* 1-based number when this is a parameter that is bound ($3 -> 3, ? -> its ordinal, names -> ordinal
                                of first use), at most SLOT_PARAMETERS; 0 for a literal */
    uint32_t at : 12; /* where its ? stands in the normalised text, a list's in its first element; 0: not in what is kept */
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
    bool doubtful; /* where a string ends was told by what comes later */
    /* sqlcommenter tags: the text inside the last comment of form key='value',... at the end (or the start) of the statement,
     * as a span of the input; tags_length 0: none. Still URL-encoded. */
    const char *tags;
    size_t tags_length;
    struct fingerprint_slot slots[FINGERPRINT_LITERALS];
    char text[FINGERPRINT_TEXT];
};

#endif
