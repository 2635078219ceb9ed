#include "agent/sql/lexer/chains.h"

#include "agent/sql/lexer/lists.h"

/* The chain of the current frame; NULL: too deep, or in a list. */
static inline struct chain *chain_of(struct lexer *s, enum chain_kind kind)
{
    size_t depth = (size_t)(s->frame - s->frames);

    if (depth >= CHAIN_FRAMES || s->overflow > 0 || s->frame->kind != FRAME_PLAIN)
        return NULL;
    return &s->chains[depth][kind];
}

static inline bool is_begun(const struct lexer *s, enum chain_kind kind)
{
    return s->frame->chained >> kind & 1;
}

static inline void stop(struct lexer *s, enum chain_kind kind)
{
    s->frame->chained &= (uint8_t) ~(1u << kind);
}

/* Another link begins. */
static void next(struct lexer *s, struct chain *chain, uint32_t start)
{
    chain->start = start;
    chain->slots = s->ret->slot_count;
    s->chained = s->attentive = true;
}

static void count_links(struct lexer *s, const struct chain *chain)
{
    struct fingerprint *ret = s->ret;

    if (s->insert && chain == &s->chains[0][CHAIN_UNION]) {
        if (chain->run > ret->rows_max)
            ret->rows_max = chain->run;
        return;
    }
    if (chain->run > ret->list_max)
        ret->list_max = chain->run;
    list_mark(ret, chain->first);
}

/* The link that is read ends at `end`; returns the new end of the output. */
static byte *link_end(struct lexer *s, struct chain *chain, byte *end)
{
    uint32_t position = output_position(s, end);
    bool slots = s->ret->slot_count > chain->slots;

    if (chain->start >= position) {
        chain->run = 0;
        return end;
    }
    if (slots && chain->run > 0 && list_same_text(s, chain->last_start, chain->last_end, chain->start, position)) {
        slots_moved(s, chain->slots, chain->start - chain->last_start);
        chain->run++;
        count_links(s, chain);
        return output_cut(s, chain->last_end);
    }
    chain->last_start = chain->start;
    chain->last_end = position;
    chain->first = chain->slots;
    chain->run = slots;
    return end;
}

static byte *chain_end(struct lexer *s, enum chain_kind kind, byte *end)
{
    struct chain *chain;

    if (!is_begun(s, kind))
        return end;
    stop(s, kind);
    chain = chain_of(s, kind);
    if (!chain || chain->run == 0 || (kind == CHAIN_OR && s->frame->comma))
        return end;
    return link_end(s, chain, end);
}

byte *chains_end_any(struct lexer *s, byte *o)
{
    return chain_end(s, CHAIN_UNION, chain_end(s, CHAIN_OR, o));
}

/* A condition goes on behind OR. */
static byte *condition_end(struct lexer *s, byte *end)
{
    const struct frame *f = s->frame;
    struct chain *chain = chain_of(s, CHAIN_OR);

    if (!chain)
        return end;
    if (!is_begun(s, CHAIN_OR) && f != s->frames) {
        chains_begin(s, CHAIN_OR, f->opened + 1);
        chain->slots = f->first;
    }
    if (is_begun(s, CHAIN_OR) && !f->comma)
        return link_end(s, chain, end);
    chains_begin(s, CHAIN_OR, 0);
    return end;
}

static byte *link_end_of(struct lexer *s, enum chain_kind kind, byte *end)
{
    struct chain *chain = is_begun(s, kind) ? chain_of(s, kind) : NULL;

    return chain ? link_end(s, chain, end) : end;
}

/* Ends the chains that the word cannot belong to. */
static byte *end_before(struct lexer *s, unsigned id, byte *end)
{
    switch (id) {
    case WORD_OR:
        return condition_end(s, end);
    case WORD_CASE:
        stop(s, CHAIN_WHEN);
        return end;
    case WORD_WHEN:
        return link_end_of(s, CHAIN_WHEN, chain_end(s, CHAIN_OR, end));
    case WORD_UNION:
        s->chained = s->attentive = true;
        return link_end_of(s, CHAIN_UNION, chain_end(s, CHAIN_OR, end));
    case WORD_END:
        return chain_end(s, CHAIN_WHEN, chain_end(s, CHAIN_OR, end));
    case WORD_CLAUSE:
    case WORD_ENDS:
        return chain_end(s, CHAIN_OR, end);
    default:
        return chains_end_any(s, end);
    }
}

/* Begins the chains that the word at o opens, there or behind it. */
static void begin_after(struct lexer *s, unsigned id, const byte *o, size_t length)
{
    uint32_t position = output_position(s, o), behind = position + (uint32_t)length + 1;

    if ((id != WORD_OR && id != WORD_CLAUSE && id != WORD_WHEN) || !chain_of(s, CHAIN_OR))
        return;
    s->frame->comma = false;
    if (id == WORD_OR) {
        next(s, chain_of(s, CHAIN_OR), behind);
        return;
    }
    chains_begin(s, CHAIN_OR, behind);
    if (id == WORD_WHEN) {
        if (!is_begun(s, CHAIN_WHEN))
            chains_begin(s, CHAIN_WHEN, position);
        next(s, chain_of(s, CHAIN_WHEN), position);
    }
}

byte *chains_word(struct lexer *s, byte *o, unsigned id, size_t length)
{
    byte *before = o > s->buffer && o[-1] == ' ' ? o - 1 : o;
    byte *end = end_before(s, id, before);

    if (end != before) {
        *end++ = ' ';
        memmove(end, o, 16);
        o = end;
    }
    begin_after(s, id, o, length);
    return o;
}

void chains_select(struct lexer *s, const byte *o)
{
    static const char all[] = " union all "; /* a whole word: that link has ended */
    struct chain *chain = chain_of(s, CHAIN_UNION);

    if (!chain)
        return;
    if (is_begun(s, CHAIN_UNION) && o - s->buffer > (ptrdiff_t)strlen(all) && memcmp(o - strlen(all), all, strlen(all)) == 0)
        next(s, chain, output_position(s, o));
    else
        chains_begin(s, CHAIN_UNION, output_position(s, o));
}
