/* The state of the fingerprint's lexer while it runs: private to the files of this room. It lives on the stack of
 * fingerprint_compute, below 8 KiB with everything that is called from there.
 */
#ifndef NPLUS1_AGENT_SQL_LEXER_STATE_H
#define NPLUS1_AGENT_SQL_LEXER_STATE_H

#include "agent/sql/dialect.h"
#include "agent/sql/lexer/lexer.h"
#include "agent/sql/types.h"

/* The hash goes over blocks of FINGERPRINT_TEXT bytes. The buffer holds one more window, so that what was just written can
 * still be taken back where a list collapses, even at a block's edge. */
#define OUTPUT_WINDOW 1024
#define OUTPUT_SLACK  64 /* a token may write so much before it asks for room again */

/* Deeper parentheses than these are copied, but lists in them do not collapse. */
#define FRAMES 20

#define TABLELESS 64 /* statements of a text; in later ones names stay names */

enum frame_kind {
    FRAME_PLAIN,
    FRAME_LIST,  /* IN (...), a row of VALUES, ARRAY[...]: equal neighbours collapse, NULL is a literal */
    FRAME_TUPLE, /* a row inside such a list: NULL is a literal */
};

/* One open parenthesis or bracket; frame 0 is the statement. Positions count from the start of the normalised text. */
struct frame {
    uint8_t kind;
    bool bracket;
    uint8_t chained;               /* bits: its chains that are begun, by enum chain_kind */
    bool names;                    /* columns of an INSERT or of what is created */
    bool comma;                    /* there was one in the condition that is read */
    bool marks;                    /* the element before is a ? */
    bool row;                      /* a row of VALUES */
    bool counted;                  /* after IN, or ARRAY after ANY: counts for list_max */
    bool after_any;                /* ANY ( */
    uint32_t run;                  /* equal elements up to here */
    uint32_t first, slots;         /* slot_count at the start of the list and of the element */
    uint32_t rows, rows_first;     /* rows of the VALUES list that is read in this frame, its first slot */
    uint32_t opened;               /* where the parenthesis is */
    uint32_t element;              /* start of the element that is read */
    uint32_t last_start, last_end; /* the element before it; empty: none */
    uint32_t row_start, row_end;   /* the last row that was kept */
};

/* Forms that repeat for each key in place of a list, and collapse like one. */
enum chain_kind {
    CHAIN_OR,    /* a = ? or a = ? */
    CHAIN_UNION, /* select ... union all select ... */
    CHAIN_WHEN,  /* case when a = ? then ? when a = ? then ? end */
    CHAIN_KINDS,
};

#define CHAIN_FRAMES 8 /* in deeper parentheses they stay as they are */

/* Positions are of the normalised text. */
struct chain {
    uint32_t start, slots;         /* of the link that is read: where it begins, and the slots before it */
    uint32_t last_start, last_end; /* the link before it; empty: none */
    uint32_t run, first;           /* equal links up to here, and the slots before the first of them */
};

enum verb_stage {
    VERB_KNOWN = 0,
    VERB_FIRST,   /* the next word is the statement's first */
    VERB_WITH,    /* reading common table expressions */
    VERB_SETTING, /* known, and the statement has values that look like names, see positions.h */
};

/* Statements of VERB_SETTING. */
enum setting_kind {
    SETTING_NONE,
    SETTING_SET,
    SETTING_PRAGMA,
    SETTING_ATTACH,
    SETTING_ALTER,
    SETTING_CREATE,
    SETTING_COPY,
    SETTING_NOTIFY,
    SETTING_COMMENT,
    SETTING_VACUUM,
    SETTING_EXPLAIN,
    SETTING_EXECUTE,
};

struct lexer {
    struct fingerprint *ret;
    const struct sql_dialect *dialect;
    const byte *begin, *end;
    uint64_t hash; /* of the blocks that have left the buffer */
    uint32_t base; /* their bytes */
    struct frame *frame;
    unsigned overflow;  /* open parentheses beyond the last frame */
    uint32_t statement; /* where the normalised statement begins */
    enum verb_stage stage;
    bool insert;    /* the statement is an INSERT, or has one */
    bool chained;   /* it has what may be a chain */
    bool attentive; /* every word is looked at: the verb is not known, there are chains, or values that look like names */
    bool positions; /* what stands in quotes is to be told by its position */
    bool columns;   /* the next parenthesis has names of columns */
    bool masking;   /* of VERB_SETTING: words are values */
    bool quoted;    /* something in double quotes was taken for a name where a text could be */
    enum setting_kind setting;
    uint64_t tableless;      /* bits: statements of the text without a table whose column it could name, as the run before saw */
    uint64_t seen_tableless; /* the same, as this one sees */
    uint32_t limit;          /* where the word LIMIT ended at the outermost level; 0: not seen */
    uint32_t parameter;      /* the largest number of a parameter so far */
    uint32_t names;
    struct {
        uint32_t start, length; /* in the text that is read */
        uint32_t number;
    } name[FINGERPRINT_LITERALS]; /* more are not needed: only slots that are kept have a number */
    struct {
        const char *text;
        size_t length;
        const byte *behind;                         /* the comment */
    } tags_first, tags_last;                        /* before the first statement; anywhere later */
    struct chain chains[CHAIN_FRAMES][CHAIN_KINDS]; /* of the first frames; a frame says which of its are begun */
    struct frame frames[FRAMES];
    byte buffer[FINGERPRINT_TEXT + OUTPUT_WINDOW];
};

#endif
