#include "fingerprint.h"

#include "fingerprint_literal.h"
#include "fingerprint_state.h"
#include "fingerprint_tags.h"
#include "fingerprint_words.h"

/* A token is written with at most one space before it, and the space depends on the previous token's kind and the next one's
 * alone; what a token is depends on its own bytes, those two behind it, the previous token, whether there is space between
 * them, and the open parentheses. So the normalised text reads as the same tokens again, which makes it canonical. */

static inline byte *space(byte *o, unsigned prev, unsigned set)
{
    *o = ' ';
    return o + PREV_IN(prev, set);
}

static inline bool slots_wanted(const struct lexer *s)
{
    return s->ret->slots_kept < FINGERPRINT_LITERALS;
}

static inline void slot(struct lexer *s, uint64_t value, uint32_t parameter)
{
    struct fingerprint *ret = s->ret;

    ret->slot_count++;
    if (ret->slots_kept < FINGERPRINT_LITERALS)
        ret->slots[ret->slots_kept++] = (struct fingerprint_slot){value, parameter};
}

/* SQLite's numbering: ? is one more than the largest number before it, and so is a name that is new. */
static uint32_t parameter_next(struct lexer *s)
{
    return s->parameter < UINT32_MAX ? ++s->parameter : s->parameter;
}

static void slot_numbered(struct lexer *s, const byte *p, const byte *end)
{
    uint64_t number = 0;

    for (; p < end && number <= UINT32_MAX; p++)
        number = number * 10 + (*p - '0');
    if (number == 0)
        number = parameter_next(s);
    if (number > UINT32_MAX)
        number = UINT32_MAX;
    if (number > s->parameter)
        s->parameter = (uint32_t)number;
    slot(s, VALUE_NULL, (uint32_t)number);
}

static void slot_named(struct lexer *s, const byte *text, size_t length)
{
    uint32_t number = 0;

    for (uint32_t i = 0; i < s->names && number == 0; i++) {
        if (s->name[i].length == length && memcmp(s->name[i].text, text, length) == 0)
            number = s->name[i].number;
    }
    if (number == 0 && slots_wanted(s)) {
        number = parameter_next(s);
        s->name[s->names].text = text;
        s->name[s->names].length = length;
        s->name[s->names++].number = number;
    }
    slot(s, VALUE_NULL, number);
}

static void note_tags(struct lexer *s, const byte *p, const byte *behind, bool first)
{
    const char *text;
    size_t length;

    if (*p != '/' || behind - p < 4 || behind[-1] != '/' || behind[-2] != '*')
        return;
    if (!fingerprint_tags_find((const char *)p + 2, (size_t)(behind - p) - 4, &text, &length))
        return;
    if (first) {
        s->tags_first.text = text;
        s->tags_first.length = length;
    } else {
        s->tags_last.text = text;
        s->tags_last.length = length;
        s->tags_last.behind = behind;
    }
}

static inline bool comment_at(const byte *p, const byte *end)
{
    return end - p >= 2 && ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*'));
}

/* Skips what stands between two statements. */
static const byte *skip_between(struct lexer *s, const byte *p, bool first)
{
    const byte *end = s->end;

    for (;;) {
        while (p < end && (lex_class[*p] == LEX_SPACE || *p == ';'))
            p++;
        if (!comment_at(p, end))
            return p;
        const byte *behind = lex_skip_comment(p, end);
        note_tags(s, p, behind, first);
        p = behind;
    }
}

static const byte *begin_statement(struct lexer *s, const byte *p, bool first)
{
    p = skip_between(s, p, first);
    if (p < s->end) {
        s->ret->statements++;
        s->stage = VERB_FIRST;
        s->insert = false;
        s->limit = 0;
        list_reset(s);
    }
    return p;
}

static void note_verb(struct lexer *s, uint32_t info, unsigned prev)
{
    enum sql_verb verb = info >> WORD_VERB_SHIFT;
    unsigned id = info >> WORD_ID_SHIFT & 0x1f;

    if (s->stage == VERB_WITH) {
        bool main = verb == SQL_SELECT || verb == SQL_INSERT || verb == SQL_UPDATE || verb == SQL_DELETE || verb == SQL_MERGE;
        bool closed = PREV_IN(prev, PREV_SET(CLOSE)); /* a table expression can be called replace or merge */
        if (!list_outermost(s) || !main || !(closed || (info & WORD_PREFIX) || id == WORD_INSERT))
            return;
    } else if (!PREV_IN(prev, PREV_SET(START) | PREV_SET(OPEN))) {
        verb = SQL_OTHER; /* the first word is not the first token */
    } else if (id == WORD_WITH) {
        s->stage = VERB_WITH;
        return;
    }
    s->stage = VERB_KNOWN;
    s->insert |= verb == SQL_INSERT;
    if (s->ret->statements == 1)
        s->ret->verb = verb;
}

/* A word that means something here; o is where it ends. Returns the previous token for what follows: PREV_VALUE when the word is
 * a literal, which takes its place. */
static __attribute__((noinline)) unsigned handle_word(struct lexer *s, uint32_t info, unsigned prev, const byte *o)
{
    unsigned id = info >> WORD_ID_SHIFT & 0x1f;
    unsigned before = prev >> WORD_ID_SHIFT & 0x1f;
    struct frame *f = s->frame;
    bool clause = list_outermost(s) && PREV_IN(prev, SET_OPERAND);

    if (s->stage != VERB_KNOWN)
        note_verb(s, info, prev);
    switch (id) {
    case WORD_SELECT:
    case WORD_WITH:
    case WORD_VALUES:
        if (PREV_IN(prev, PREV_SET(OPEN)) && f->kind != FRAME_PLAIN) {
            f->kind = FRAME_PLAIN;
            f->row = false;
        }
        break;
    case WORD_NULL:
        if (f->kind == FRAME_PLAIN || !PREV_IN(prev, PREV_SET(OPEN) | PREV_SET(COMMA)))
            break;
        slot(s, VALUE_NULL, 0);
        return PREV_VALUE;
    case WORD_TRUE:
    case WORD_FALSE:
        if (before == WORD_IS || before == WORD_NOT)
            break;
        slot(s, value_hash_int(id == WORD_TRUE), 0);
        return PREV_VALUE;
    case WORD_LIMIT:
        if (clause) {
            s->ret->has_limit = true;
            s->limit = output_position(s, o);
        }
        break;
    case WORD_OFFSET:
        s->ret->has_offset |= clause;
        break;
    case WORD_FETCH:
        if (!clause)
            return PREV_WORD; /* FETCH NEXT FROM cursor */
        break;
    case WORD_FIRST:
        s->ret->has_limit |= before == WORD_FETCH;
        break;
    case WORD_INSERT:
        s->insert = true;
        break;
    default:
        break;
    }
    return PREV_WORD | (info & WORD_PREV_MASK);
}

static const byte *skip_string(const byte *p, const byte *end, bool escapes)
{
    for (;;) {
        p = escapes ? lex_find_either(p, end, '\'', '\\') : lex_find(p, end, '\'');
        if (p == end)
            return end;
        if (*p == '\'' && (end - p < 2 || p[1] != '\''))
            return p;
        p = end - p < 2 ? end : p + 2;
    }
}

/* p is behind the opening quote. Returns what is behind the closing one. */
static const byte *string(struct lexer *s, const byte *p, enum literal_kind kind)
{
    const byte *close = skip_string(p, s->end, kind == LITERAL_ESCAPE);
    uint64_t value = slots_wanted(s) ? literal_string(kind, p, (size_t)(close - p)) : VALUE_NULL;

    slot(s, value, 0);
    return close < s->end ? close + 1 : close;
}

/* The string that a word of one letter at p introduces; NULL when it does not. */
static const byte *prefixed_string(struct lexer *s, const byte *p)
{
    const byte *end = s->end;
    byte letter = *p | 0x20;

    if (letter == 'u' && end - p > 2 && p[1] == '&' && p[2] == '\'')
        return string(s, p + 3, LITERAL_UNICODE);
    if (end - p < 2 || p[1] != '\'')
        return NULL;
    switch (letter) {
    case 'e':
        return string(s, p + 2, LITERAL_ESCAPE);
    case 'n':
        return string(s, p + 2, LITERAL_PLAIN);
    case 'x':
        return string(s, p + 2, LITERAL_HEX);
    case 'b':
        return string(s, p + 2, LITERAL_RAW);
    default:
        return NULL;
    }
}

/* The number at p, which begins with a digit or a point. */
static inline const byte *number(struct lexer *s, const byte *p, bool negative)
{
    const byte *end = s->end;
    const byte *q = lex_skip_word(p, end);

    if (q < end && *q == '.')
        q = lex_skip_word(q + 1, end);
    if (end - q > 1 && (*q == '-' || *q == '+') && (q[-1] | 0x20) == 'e' && lex_class[q[1]] == LEX_DIGIT && (p[1] | 0x20) != 'x')
        q = lex_skip_word(q + 1, end);
    slot(s, slots_wanted(s) ? literal_number(p, (size_t)(q - p), negative) : VALUE_NULL, 0);
    return q;
}

/* $1, $name or $tag$..$tag$; NULL when it is neither. */
static const byte *dollar(struct lexer *s, const byte *p)
{
    const byte *end = s->end;
    const byte *q = lex_skip_word(p + 1, end);
    const byte *digits = p + 1;
    const byte *tag = p + 1;

    while (digits < q && lex_class[*digits] == LEX_DIGIT)
        digits++;
    if (digits == q && q > p + 1) {
        slot_numbered(s, p + 1, q);
        return q;
    }
    while (tag < q && *tag != '$')
        tag++;
    if (tag < q && digits == p + 1) {
        size_t length = (size_t)(++tag - p);
        const byte *close = memmem(tag, (size_t)(end - tag), p, length);
        const byte *content_end = close ? close : end;
        slot(s, slots_wanted(s) ? literal_string(LITERAL_RAW, tag, (size_t)(content_end - tag)) : VALUE_NULL, 0);
        return close ? close + length : end;
    }
    if (q == p + 1)
        return NULL;
    slot_named(s, p, (size_t)(q - p));
    return q;
}

/* The end of the quoted identifier at p; NULL when it has none. */
static const byte *skip_quoted(const byte *p, const byte *end)
{
    byte quote = *p == '[' ? ']' : *p;

    for (p++;; p += 2) {
        p = lex_find(p, end, (char)quote);
        if (p == end)
            return NULL;
        if (quote == ']' || end - p < 2 || p[1] != quote)
            return p + 1;
    }
}

/* A quoted identifier, or what would have been one. */
static const byte *quoted(struct lexer *s, const byte *p, byte **o, unsigned *prev)
{
    const byte *behind = skip_quoted(p, s->end);

    *o = space(*o, *prev, SET_SPACED);
    if (behind) {
        *o = output_copy(s, *o, p, (size_t)(behind - p));
        *prev = PREV_QUOTED;
        return behind;
    }
    slot(s, slots_wanted(s) ? literal_string(LITERAL_RAW, p, (size_t)(s->end - p)) : VALUE_NULL, 0);
    *(*o)++ = '?';
    *prev = PREV_VALUE;
    return s->end;
}

static inline bool is_subscript(const struct lexer *s, unsigned prev, bool adjacent)
{
    return s->frame->bracket || (prev >> WORD_ID_SHIFT & 0x1f) == WORD_ARRAY || (adjacent && PREV_IN(prev, SET_OPERAND));
}

static void run(struct lexer *s, const byte *p)
{
    static const uint64_t masks[9] = {0, 0xff, 0xffff, 0xffffff, 0xffffffff, ~0ull >> 24, ~0ull >> 16, ~0ull >> 8, ~0ull};
    const byte *const end = s->end;
    byte *o = s->buffer;
    unsigned prev = PREV_START;
    const byte *behind; /* the end of the previous token */
    const byte *q;

    p = begin_statement(s, p, true);
    for (;;) {
        behind = p;
        if (__builtin_expect(o >= output_limit(s), 0))
            o = output_flush(s, o);
    again:
        if (p == end)
            break;
        if (*p <= ' ') {
            p++;
            if (p == end)
                break;
            if (*p <= ' ')
                p = lex_skip_space(p, end);
            if (p == end)
                break;
        }
        switch ((enum lex_class)lex_class[*p]) {
        case LEX_SPACE:
            p++;
            goto again;

        case LEX_WORD: {
            __m128i lower;
            unsigned n = lex_word_run(lex_load(p, end), &lower);

            if (n == 1 && end - p > 1 && (p[1] == '\'' || p[1] == '&')) {
                q = prefixed_string(s, p);
                if (q)
                    goto literal;
                if (end - p > 2 && (*p | 0x20) == 'u' && p[2] == '"' && skip_quoted(p + 2, end)) {
                    o = space(o, prev, SET_SPACED);
                    *o++ = 'u';
                    *o++ = '&';
                    prev = PREV_START;
                    p = quoted(s, p + 2, &o, &prev);
                    break;
                }
            }
            o = space(o, prev, SET_SPACED);
            _mm_storeu_si128((__m128i *)(void *)o, lower);
            p += n;
            if (n < 16) {
                uint64_t head = (uint64_t)_mm_cvtsi128_si64(lower) & masks[n < 8 ? n : 8];
                uint32_t info = word_info(head, o, n);

                info = (prev & PREV_KIND) == PREV_GLUE ? 0 : info;
                if (__builtin_expect((info & WORD_HANDLED) || s->stage != VERB_KNOWN, 0)) {
                    prev = handle_word(s, info, prev, o + n);
                    if (prev == PREV_VALUE) {
                        *o++ = '?';
                        break;
                    }
                } else {
                    prev = PREV_WORD | (info & WORD_PREV_MASK);
                }
                o += n;
            } else {
                if (s->stage != VERB_KNOWN)
                    note_verb(s, 0, prev);
                o += 16;
                do {
                    o = output_flush(s, o);
                    n = lex_word_run(lex_load(p, end), &lower);
                    _mm_storeu_si128((__m128i *)(void *)o, lower);
                    p += n;
                    o += n;
                } while (n == 16);
                prev = PREV_WORD;
            }
            break;
        }

        case LEX_DIGIT:
            q = number(s, p, false);
            goto literal;

        case LEX_STRING:
            q = string(s, p + 1, LITERAL_PLAIN);
            goto literal;

        case LEX_DOT:
            if (end - p > 1 && lex_class[p[1]] == LEX_DIGIT) {
                q = number(s, p, false);
                goto literal;
            }
            o = space(o, prev, SET_SPACED_GLUE);
            *o++ = '.';
            prev = PREV_GLUE;
            p++;
            break;

        case LEX_COMMA:
            if (s->frame->kind == FRAME_LIST)
                o = list_element(s, o);
            if (s->limit && output_position(s, o) == s->limit + 2 && list_outermost(s))
                s->ret->has_offset = true; /* LIMIT ?, ? */
            *o++ = ',';
            if (s->frame->kind == FRAME_LIST)
                list_next(s, o);
            prev = PREV_COMMA | (prev & PREV_ROW);
            p++;
            break;

        case LEX_OPEN:
            o = space(o, prev, SET_SPACED_OPEN);
            *o++ = '(';
            list_open(s, o, prev, false);
            prev = PREV_OPEN;
            p++;
            break;

        case LEX_CLOSE:
            if (s->frame->kind == FRAME_LIST && s->overflow == 0)
                o = list_element(s, o);
            *o++ = *p++;
            prev = list_close(s, &o);
            break;

        case LEX_BRACKET:
            if (!is_subscript(s, prev, p == behind)) {
                p = quoted(s, p, &o, &prev);
                break;
            }
            o = space(o, prev, SET_SPACED & ~SET_OPERAND);
            *o++ = '[';
            list_open(s, o, prev, true);
            prev = PREV_OPEN;
            p++;
            break;

        case LEX_QUOTED: {
            __m128i v = lex_load(p + 1, end);
            unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8((char)*p)));
            unsigned n = found ? (unsigned)__builtin_ctz(found) + 2 : 0;

            if (n == 0 || (n < (size_t)(end - p) && p[n] == *p)) {
                p = quoted(s, p, &o, &prev);
                break;
            }
            o = space(o, prev, SET_SPACED);
            *o = *p;
            _mm_storeu_si128((__m128i *)(void *)(o + 1), v);
            o += n;
            p += n;
            prev = PREV_QUOTED;
            break;
        }

        case LEX_SEMICOLON:
            p = begin_statement(s, p, false);
            if (p == end)
                goto done;
            *o++ = ';';
            *o++ = ' ';
            prev = PREV_START;
            break;

        case LEX_COLON:
            q = p + 1;
            if (q < end && *q == ':') {
                o = space(o, prev, SET_SPACED_GLUE);
                *o++ = ':';
                *o++ = ':';
                prev = PREV_GLUE;
                p += 2;
                break;
            }
            if (q < end && !s->frame->bracket && lex_is_word(*q)) {
                q = lex_skip_word(q, end);
                slot_named(s, p, (size_t)(q - p));
                goto literal;
            }
            q += q < end && !s->frame->bracket && *q == '=';
            goto operator;

        case LEX_DOLLAR:
            q = dollar(s, p);
            if (q)
                goto literal;
            q = p + 1;
            goto operator;

        case LEX_QUESTION:
            q = p + 1;
            if (q < end && lex_class[*q] == LEX_DIGIT) {
                while (q < end && lex_class[*q] == LEX_DIGIT)
                    q++;
                slot_numbered(s, p + 1, q);
                goto literal;
            }
            if (q < end && (*q == '|' || *q == '&') && (end - q < 2 || q[1] != *q) && PREV_IN(prev, SET_OPERAND)) {
                q++;
                goto operator;
            }
            if (!PREV_IN(prev, SET_ANSWERED))
                slot(s, VALUE_NULL, parameter_next(s));
            goto literal; /* an operator has to look like a literal in its place, which it is when the text is read again */

        case LEX_OPERATOR:
            q = p + 1;
            if (comment_at(p, end)) {
                q = lex_skip_comment(p, end);
                note_tags(s, p, q, false);
                p = q;
                goto again;
            }
            if ((*p == '-' || *p == '+') && q < end && PREV_IN(prev, SET_SIGN) &&
                (lex_class[*q] == LEX_DIGIT || (*q == '.' && end - q > 1 && lex_class[q[1]] == LEX_DIGIT))) {
                q = number(s, q, *p == '-');
                goto literal;
            }
            if (*p == '@' && q < end && lex_is_word(*q)) {
                q = lex_skip_word(q, end);
                slot_named(s, p, (size_t)(q - p));
                goto literal;
            }
            if (q < end && (lex_class[*q] == LEX_OPERATOR || *q == '?'))
                q = lex_skip_operator(p, end);
            goto operator;

        case LEX_STRAY:
            q = p + 1;
            goto operator;
        }
        continue;

    literal:
        o = space(o, prev, SET_SPACED);
        *o++ = '?';
        prev = PREV_VALUE;
        p = q;
        continue;

        operator: o = space(o, prev, SET_SPACED);
        if (__builtin_expect(q - p > 1, 0))
            o = output_copy(s, o, p, (size_t)(q - p));
        else
            *o++ = *p;
        prev = PREV_OPERATOR;
        p = q;
    }
done:
    output_finish(s, o);
}

void fingerprint_compute(const char *sql, size_t length, struct fingerprint *ret)
{
    struct lexer s;

    memset(ret, 0, offsetof(struct fingerprint, slots));
    memset(&s, 0, offsetof(struct lexer, name));
    s.tags_first.length = 0;
    s.tags_last.length = 0;
    s.ret = ret;
    s.end = (const byte *)sql + length;
    list_reset(&s);
    run(&s, (const byte *)sql);

    if (s.tags_last.length > 0 && skip_between(&s, s.tags_last.behind, false) == s.end) {
        ret->tags = s.tags_last.text;
        ret->tags_length = s.tags_last.length;
    } else if (s.tags_first.length > 0) {
        ret->tags = s.tags_first.text;
        ret->tags_length = s.tags_first.length;
    }
}
