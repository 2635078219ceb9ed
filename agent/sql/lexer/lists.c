#include "agent/sql/lexer/lists.h"

#include "agent/sql/lexer/words.h"

static void frame_init(struct frame *f, uint32_t position, uint32_t slots)
{
    *f = (struct frame){.opened = position - 1, .element = position, .first = slots, .slots = slots};
}

void list_reset(struct lexer *s)
{
    s->frame = s->frames;
    s->overflow = 0;
    frame_init(s->frame, 1, 0);
}

/* Whether ARRAY [ ends the output behind an operator that asks whether it holds other values. */
static bool is_containing(const struct lexer *s, const byte *o)
{
    static const char text[] = "<@ array[";
    const size_t length = sizeof text - 1;

    return (size_t)(o - s->buffer) >= length && memcmp(o - length, text, length) == 0;
}

void list_open(struct lexer *s, const byte *o, unsigned prev, bool bracket)
{
    struct frame *parent = s->frame;
    struct frame *f = parent + 1;
    unsigned id = prev >> WORD_ID_SHIFT & 0x1f;
    bool element = PREV_IN(prev, PREV_SET(OPEN) | PREV_SET(COMMA));

    if (parent == &s->frames[FRAMES - 1]) {
        s->overflow++;
        return;
    }
    s->frame = f;
    frame_init(f, output_position(s, o), s->ret->slot_count);
    if (f == &s->frames[FRAMES - 1])
        return;
    f->bracket = bracket;
    if (bracket) {
        if (id == WORD_ARRAY || (parent->bracket && parent->kind == FRAME_LIST && element))
            f->kind = FRAME_LIST;
        f->counted = id == WORD_ARRAY && (parent->after_any || is_containing(s, o));
    } else if (id == WORD_IN) {
        f->kind = FRAME_LIST;
        f->counted = true;
    } else if (prev & PREV_ROW) {
        f->kind = FRAME_LIST;
        f->row = true;
    } else if (id == WORD_VALUES && parent->kind != FRAME_LIST) {
        f->kind = FRAME_LIST;
        f->row = true;
        parent->rows = 0;
        parent->rows_first = s->ret->slot_count;
    } else if (parent->kind == FRAME_LIST && element) {
        f->kind = FRAME_TUPLE;
    } else {
        f->after_any = id == WORD_ANY;
    }
}

bool list_same_text(const struct lexer *s, uint32_t a, uint32_t a_end, uint32_t b, uint32_t b_end)
{
    if (a < s->base || b >= b_end || a_end - a != b_end - b)
        return false;

    const byte *p = s->buffer + (a - s->base);
    const byte *q = s->buffer + (b - s->base);
    return *p == *q && (b_end - b == 1 || memcmp(p, q, b_end - b) == 0);
}

byte *list_element_any(struct lexer *s, byte *o)
{
    struct frame *f = s->frame;
    uint32_t position = output_position(s, o);

    if (f->element >= position) { /* nothing between two commas */
        f->last_start = f->last_end = position;
        f->marks = false;
        f->run = 0;
        return o;
    }
    if (list_same_text(s, f->last_start, f->last_end, f->element, position)) {
        o = output_cut(s, f->last_end);
        slots_moved(s, f->slots, f->element - f->last_start);
        f->run++;
    } else {
        f->last_start = f->element;
        f->last_end = position;
        f->marks = position == f->element + 1 && o[-1] == '?';
        f->run = 1;
    }
    if (f->counted && f->slots != s->ret->slot_count && f->run > s->ret->list_max)
        s->ret->list_max = f->run;
    return o;
}

/* Behind the plain number, parameter or string at p; NULL: it is something else. */
static inline const byte *skip_plain(const struct lexer *s, const byte *p, const byte *end)
{
    const byte *start = p;

    switch (*p++) {
    case '?':
        return s->dialect->question_parameters ? p : NULL;
    case '\'':
        p = lex_find(p, end, '\'');
        return p < end && p[-1] != '\\' ? p + 1 : NULL;
    case '$':
        while (p < end && lex_class[*p] == LEX_DIGIT)
            p++;
        return p > start + 1 ? p : NULL;
    default:
        if (lex_class[*start] != LEX_DIGIT)
            return NULL;
        while (p < end && lex_class[*p] == LEX_DIGIT)
            p++;
        return p;
    }
}

const byte *list_skip(struct lexer *s, const byte *p)
{
    struct frame *f = s->frame;
    const byte *const end = s->end;
    uint32_t count = 0;

    for (;; count++) {
        const byte *q = p + 1;
        q += q < end && *q == ' ';
        if (q == end || !(q = skip_plain(s, q, end)) || q == end || *q != ',')
            break;
        p = q;
    }
    s->ret->slot_count += count;
    f->run += count;
    if (f->counted && f->run > s->ret->list_max)
        s->ret->list_max = f->run;
    return p;
}

void list_mark(struct fingerprint *ret, uint32_t first)
{
    uint32_t behind = first < FINGERPRINT_LITERALS ? ~UINT32_C(0) << first : 0;

    ret->listed |= behind & ((UINT32_C(1) << ret->slots_kept) - 1);
}

static byte *row_end(struct lexer *s, byte *o, uint32_t start, uint32_t first)
{
    struct frame *f = s->frame;
    uint32_t position = output_position(s, o);

    if (f->rows++ > 0 && list_same_text(s, f->row_start, f->row_end, start, position)) {
        o = output_cut(s, f->row_end);
        slots_moved(s, first, start - f->row_start);
    } else {
        f->row_start = start;
        f->row_end = position;
    }
    if (s->insert && f->rows > s->ret->rows_max)
        s->ret->rows_max = f->rows;
    if (!s->insert && f->rows > 1) { /* IN (VALUES (1, 2), (3, 4)) */
        if (f->rows > s->ret->list_max)
            s->ret->list_max = f->rows;
        list_mark(s->ret, f->rows_first);
    }
    return o;
}

unsigned list_close(struct lexer *s, byte **o)
{
    struct frame *f = s->frame;

    if (s->overflow > 0) {
        s->overflow--;
        return PREV_CLOSE;
    }
    if (f == s->frames)
        return PREV_CLOSE;
    s->frame = f - 1;
    if (f->after_any || (f->counted && f->run > 1))
        list_mark(s->ret, f->first);
    if (!f->row)
        return PREV_CLOSE;
    *o = row_end(s, *o, f->opened, f->first);
    return PREV_CLOSE | PREV_ROW;
}
