/* What the fingerprint's lexer knows while it runs: private to the fingerprint_*.c files. It lives on the stack of
 * fingerprint_compute, below 8 KiB with everything that is called from there.
 */
#ifndef NPLUS1_AGENT_SQL_STATE_H
#define NPLUS1_AGENT_SQL_STATE_H

#include "agent/sql/fingerprint.h"
#include "agent/sql/lexer.h"
#include "agent/base/value.h"

/* The hash goes over blocks of FINGERPRINT_TEXT bytes. The buffer holds one more window, so that what was just written can
 * still be taken back where a list collapses, even at a block's edge. */
#define OUTPUT_WINDOW 1024
#define OUTPUT_SLACK  64 /* a token may write so much before it asks for room again */

/* Deeper parentheses than these are copied, but lists in them do not collapse. */
#define FRAMES 20

enum frame_kind {
    FRAME_PLAIN,
    FRAME_LIST,  /* IN (...), a row of VALUES, ARRAY[...]: equal neighbours collapse, NULL is a literal */
    FRAME_TUPLE, /* a row inside such a list: NULL is a literal */
};

/* One open parenthesis or bracket; frame 0 is the statement. Positions count from the start of the normalised text. */
struct frame {
    uint8_t kind;
    bool bracket;
    bool row;                    /* a row of VALUES */
    bool counted;                /* after IN, or ARRAY after ANY: counts for list_max */
    bool after_any;              /* ANY ( */
    uint32_t run;                /* equal elements up to here */
    uint32_t first, slots;       /* slot_count at the start of the list and of the element */
    uint32_t rows;               /* rows of the VALUES list that is read in this frame */
    size_t opened;               /* where the parenthesis is */
    size_t element;              /* start of the element that is read */
    size_t last_start, last_end; /* the element before it; empty: none */
    size_t row_start, row_end;   /* the last row that was kept */
};

enum verb_stage {
    VERB_KNOWN = 0,
    VERB_FIRST, /* the next word is the statement's first */
    VERB_WITH,  /* reading common table expressions */
};

struct lexer {
    struct fingerprint *ret;
    const byte *begin, *end;
    uint64_t hash; /* of the blocks that have left the buffer */
    size_t base;   /* their bytes */
    struct frame *frame;
    unsigned overflow; /* open parentheses beyond the last frame */
    size_t statement;  /* where the normalised statement begins */
    enum verb_stage stage;
    bool insert;        /* the statement is an INSERT, or has one */
    size_t limit;       /* where the word LIMIT ended at the outermost level; 0: not seen */
    uint32_t parameter; /* the largest number of a parameter so far */
    uint32_t names;
    struct {
        const byte *text;
        size_t length;
        uint32_t number;
    } name[FINGERPRINT_LITERALS]; /* more are not needed: only slots that are kept have a number */
    struct {
        const char *text;
        size_t length;
        const byte *behind;  /* the comment */
    } tags_first, tags_last; /* before the first statement; anywhere later */
    struct frame frames[FRAMES];
    byte buffer[FINGERPRINT_TEXT + OUTPUT_WINDOW];
};

static inline byte *output_limit(struct lexer *s)
{
    return s->buffer + sizeof s->buffer - OUTPUT_SLACK;
}

static inline size_t output_position(const struct lexer *s, const byte *o)
{
    return s->base + (size_t)(o - s->buffer);
}

/* Makes room behind o when there is less than OUTPUT_SLACK; returns where o is now. */
byte *output_flush(struct lexer *s, byte *o);
byte *output_copy(struct lexer *s, byte *o, const byte *text, size_t length);

/* Cuts the text from position `from` on; o is its end. Only where list_kept says so. */
static inline byte *output_cut(struct lexer *s, size_t from)
{
    return s->buffer + (from - s->base);
}

/* Hash, length and text of the result. */
void output_finish(struct lexer *s, const byte *o);

/* Opens a parenthesis or a bracket that has just been written; prev is the token before it. */
void list_open(struct lexer *s, const byte *o, unsigned prev, bool bracket);

/* Ends an element of the current list (kind FRAME_LIST), collapsing it; returns the new end of the output. */
byte *list_element_any(struct lexer *s, byte *o);

static inline byte *list_element(struct lexer *s, byte *o)
{
    struct frame *f = s->frame;

    /* one more ? in a list of them, far the most frequent */
    if (f->run > 0 && output_position(s, o) == f->element + 1 && f->last_end == f->last_start + 1 && f->last_start >= s->base &&
        s->buffer[f->last_start - s->base] == '?' && o[-1] == '?') {
        f->run++;
        if (f->counted && f->run > s->ret->list_max)
            s->ret->list_max = f->run;
        return s->buffer + (f->last_end - s->base);
    }
    return list_element_any(s, o);
}

/* After the comma behind an element. */
static inline void list_next(struct lexer *s, const byte *o)
{
    s->frame->element = output_position(s, o) + 1; /* a space comes first */
    s->frame->slots = s->ret->slot_count;
}

/* Closes what is open; *o is behind the closing character, and is moved back when a row of VALUES collapses. Returns the
 * previous token for what follows. */
unsigned list_close(struct lexer *s, byte **o);

void list_reset(struct lexer *s);

/* Whether the lexer is inside no parenthesis. */
static inline bool list_outermost(const struct lexer *s)
{
    return s->frame == s->frames;
}

static inline size_t list_depth(const struct lexer *s)
{
    return (size_t)(s->frame - s->frames) + s->overflow;
}

#endif
