/* Parentheses, and the lists in them that collapse. Private to the lexer. */
#ifndef NPLUS1_LISTS_H
#define NPLUS1_LISTS_H

#include "agent/sql/output.h"
#include "agent/sql/state.h"

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
