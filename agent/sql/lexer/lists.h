/* Parentheses, and the lists in them that collapse. Private to the lexer. */
#ifndef NPLUS1_AGENT_SQL_LEXER_LISTS_H
#define NPLUS1_AGENT_SQL_LEXER_LISTS_H

#include "agent/sql/lexer/output.h"
#include "agent/sql/lexer/state.h"

/* The text of the slots from `first` on was taken back by so many bytes. */
static inline void slots_moved(struct lexer *s, uint32_t first, uint32_t bytes)
{
    for (uint32_t i = first; i < s->ret->slots_kept; i++) {
        if (s->ret->slots[i].at)
            s->ret->slots[i].at = (s->ret->slots[i].at - bytes) & (FINGERPRINT_TEXT - 1);
    }
}

/* Opens a parenthesis or a bracket that has just been written; prev is the token before it. */
void list_open(struct lexer *s, const byte *o, unsigned prev, bool bracket);

/* Ends an element of the current list (kind FRAME_LIST), collapsing it; returns the new end of the output. */
byte *list_element_any(struct lexer *s, byte *o);

static inline byte *list_element(struct lexer *s, byte *o)
{
    struct frame *f = s->frame;

    /* one more ? in a list of them, far the most frequent */
    if (f->marks && output_position(s, o) == f->element + 1 && o[-1] == '?' && f->last_start >= s->base) {
        f->run++;
        if (s->ret->slot_count <= FINGERPRINT_LITERALS)
            slots_moved(s, f->slots, f->element - f->last_start);
        if (f->counted && f->run > s->ret->list_max)
            s->ret->list_max = f->run;
        return s->buffer + (f->last_end - s->base);
    }
    return list_element_any(s, o);
}

/* Takes elements that normalise to ?, like the one before the comma at p, and are followed by a comma themselves; returns the
 * comma behind the last of them. For long lists: no slot is kept any more. */
const byte *list_skip(struct lexer *s, const byte *p);

/* After the comma behind an element. */
static inline void list_next(struct lexer *s, const byte *o)
{
    s->frame->element = output_position(s, o) + 1; /* a space comes first */
    s->frame->slots = s->ret->slot_count;
}

/* Closes what is open; *o is behind the closing character, and is moved back when a row of VALUES collapses. Returns the
 * previous token for what follows. */
unsigned list_close(struct lexer *s, byte **o);

/* Whether the texts [a, a_end) and [b, b_end), of which the first comes first, are equal and can be compared: what has left the
 * buffer cannot. */
bool list_same_text(const struct lexer *s, uint32_t a, uint32_t a_end, uint32_t b, uint32_t b_end);

/* The slots from `first` on are elements of a list. */
void list_mark(struct fingerprint *ret, uint32_t first);

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
