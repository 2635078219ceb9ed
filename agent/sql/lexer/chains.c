#include "agent/sql/lexer/chains.h"

#include "agent/sql/lexer/lists.h"

/* The chain of the current frame; NULL: too deep, or in a list. */
static struct chain *chain_of(struct lexer *s, enum chain_kind kind)
{
    size_t depth = (size_t)(s->frame - s->frames);

    if (depth >= CHAIN_FRAMES || s->overflow > 0 || s->frame->kind != FRAME_PLAIN)
        return NULL;
    if (!s->frame->chained) {
        for (unsigned i = 0; i < CHAIN_KINDS; i++)
            s->chains[depth][i].begun = false;
        s->frame->chained = true;
    }
    return &s->chains[depth][kind];
}

static void begin(struct chain *chain, uint32_t start, uint32_t slots)
{
    *chain = (struct chain){.begun = true, .start = start, .slots = slots};
}

/* Another link begins. */
static void next(struct lexer *s, struct chain *chain, uint32_t start)
{
    chain->start = start;
    chain->slots = s->ret->slot_count;
    chain->begun = true;
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
    struct chain *chain = s->frame->chained ? chain_of(s, kind) : NULL;

    if (!chain || !chain->begun)
        return end;
    chain->begun = false;
    if (chain->run == 0 || (kind == CHAIN_OR && s->frame->comma))
        return end;
    return link_end(s, chain, end);
}

byte *chains_end(struct lexer *s, byte *o)
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
    if (!chain->begun && f != s->frames)
        begin(chain, f->opened + 1, f->first);
    if (chain->begun && !f->comma)
        return link_end(s, chain, end);
    begin(chain, 0, 0);
    return end;
}

/* What ends before the word. */
static byte *end_before(struct lexer *s, unsigned id, byte *end)
{
    struct chain *chain;

    switch (id) {
    case WORD_OR:
        return condition_end(s, end);
    case WORD_CASE:
        if (s->frame->chained && (chain = chain_of(s, CHAIN_WHEN)))
            chain->begun = false;
        return end;
    case WORD_WHEN:
        end = chain_end(s, CHAIN_OR, end);
        chain = chain_of(s, CHAIN_WHEN);
        return chain && chain->begun ? link_end(s, chain, end) : end;
    case WORD_UNION:
        end = chain_end(s, CHAIN_OR, end);
        chain = chain_of(s, CHAIN_UNION);
        return chain && chain->begun ? link_end(s, chain, end) : end;
    case WORD_END:
        return chain_end(s, CHAIN_WHEN, chain_end(s, CHAIN_OR, end));
    case WORD_CLAUSE:
    case WORD_ENDS:
        return chain_end(s, CHAIN_OR, end);
    default:
        return chains_end(s, end);
    }
}

/* What begins with the word at o, or behind it. */
static void begin_after(struct lexer *s, unsigned id, const byte *o, size_t length)
{
    uint32_t position = output_position(s, o), behind = position + (uint32_t)length + 1;
    struct chain *condition, *when;

    if (id != WORD_OR && id != WORD_CLAUSE && id != WORD_WHEN)
        return;
    if (!(condition = chain_of(s, CHAIN_OR)))
        return;
    s->frame->comma = false;
    if (id == WORD_OR) {
        next(s, condition, behind);
        return;
    }
    begin(condition, behind, s->ret->slot_count);
    if (id == WORD_WHEN && (when = chain_of(s, CHAIN_WHEN))) {
        if (!when->begun)
            begin(when, position, s->ret->slot_count);
        next(s, when, position);
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
    static const char all[] = "union all ";
    struct chain *chain = chain_of(s, CHAIN_UNION);

    if (!chain)
        return;
    if (chain->begun && o - s->buffer > (ptrdiff_t)strlen(all) && memcmp(o - strlen(all), all, strlen(all)) == 0)
        next(s, chain, output_position(s, o));
    else
        begin(chain, output_position(s, o), s->ret->slot_count);
}
