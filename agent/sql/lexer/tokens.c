#include "agent/sql/lexer/tokens.h"

#include "agent/sql/lexer/generated.h"

void slot_numbered(struct lexer *s, const byte *p, const byte *end)
{
    uint64_t number = 0;

    for (; p < end && number <= UINT32_MAX; p++)
        number = number * 10 + (*p - '0');
    if (number == 0)
        number = slot_next(s);
    if (number > UINT32_MAX)
        number = UINT32_MAX;
    if (number > s->parameter)
        s->parameter = (uint32_t)number;
    slot_add(s, VALUE_NULL, (uint32_t)number);
}

void slot_named(struct lexer *s, const byte *text, size_t length)
{
    uint32_t number = 0;

    for (uint32_t i = 0; i < s->names && number == 0; i++) {
        if (s->name[i].length == length && memcmp(s->begin + s->name[i].start, text, length) == 0)
            number = s->name[i].number;
    }
    if (number == 0 && slots_wanted(s)) {
        number = slot_next(s);
        s->name[s->names].start = (uint32_t)(text - s->begin);
        s->name[s->names].length = (uint32_t)length;
        s->name[s->names++].number = number;
    }
    slot_add(s, VALUE_NULL, number);
}

static inline const byte *skip_string(const byte *p, const byte *end, bool escapes)
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

/* Whether all strings from p on, which is in none and right behind one, have an end. */
static bool strings_end(const byte *p, const byte *end, bool escapes)
{
    if (p < end && lex_is_word(*p))
        return false;
    while ((p = lex_find_either(p, end, '\'', '-')) != end) {
        if (*p == '-') {
            p = end - p > 1 && p[1] == '-' ? lex_skip_comment(p, end, true) : p + 1;
            continue;
        }
        p = skip_string(p + 1, end, escapes);
        if (p == end)
            return false;
        p++;
    }
    return true;
}

/* The end of the plain string whose content begins at p and seems to end at `close`, with a quote behind a backslash in it or at
 * its end: where backslashes escape it goes on. What cannot be told is a string to the end of the text, and so is what is written
 * as if they escaped where they do not. */
static const byte *doubtful_end(struct lexer *s, const byte *p, const byte *close, enum literal_kind *kind)
{
    const byte *escaped = skip_string(p, s->end, true);
    bool plain, escapes;

    if (escaped == close)
        return close;
    s->ret->doubtful = s->dialect->doubtful_strings;
    if (close == s->end)
        return close;
    plain = strings_end(close + 1, s->end, false);
    escapes = s->dialect->doubtful_strings && escaped < s->end && strings_end(escaped + 1, s->end, true);
    if (plain && !escapes)
        return close;
    *kind = LITERAL_ESCAPE;
    return escapes && !plain ? escaped : s->end;
}

/* As skip_string without escapes; *doubtful is set when a quote that is doubled stands behind a backslash. */
static inline const byte *skip_plain_string(const byte *p, const byte *end, bool *doubtful)
{
    for (;;) {
        p = lex_find(p, end, '\'');
        if (end - p < 2 || p[1] != '\'')
            return p;
        *doubtful |= p[-1] == '\\';
        p += 2;
    }
}

const byte *token_string(struct lexer *s, const byte *p, enum literal_kind kind)
{
    const byte *close;
    bool doubtful = false;

    if (kind == LITERAL_PLAIN && s->dialect->escape_strings)
        kind = LITERAL_ESCAPE;
    if (kind == LITERAL_ESCAPE) {
        close = skip_string(p, s->end, true);
    } else {
        close = skip_plain_string(p, s->end, &doubtful);
        if (kind == LITERAL_PLAIN && (s->dialect->doubtful_strings || s->dialect->plain_strings) &&
            (doubtful || (close < s->end && close > p && close[-1] == '\\')))
            close = doubtful_end(s, p, close, &kind);
    }
    slot_add(s, slots_wanted(s) ? literal_string(kind, p, (size_t)(close - p)) : VALUE_NULL, 0);
    return close < s->end ? close + 1 : close;
}

const byte *token_prefixed_string(struct lexer *s, const byte *p)
{
    const byte *end = s->end;
    byte letter = *p | 0x20;

    if (!s->dialect->string_prefixes && letter != 'x')
        return NULL;
    if (letter == 'u' && end - p > 2 && p[1] == '&' && p[2] == '\'')
        return token_string(s, p + 3, LITERAL_UNICODE);
    if (end - p < 2 || p[1] != '\'')
        return NULL;
    switch (letter) {
    case 'e':
        return token_string(s, p + 2, LITERAL_ESCAPE);
    case 'n':
        return token_string(s, p + 2, LITERAL_PLAIN);
    case 'x':
        return token_string(s, p + 2, LITERAL_HEX);
    case 'b':
        return token_string(s, p + 2, LITERAL_RAW);
    default:
        return NULL;
    }
}

const byte *token_number(struct lexer *s, const byte *p, bool negative)
{
    const byte *q = lex_skip_number(p, s->end);

    slot_add(s, slots_wanted(s) ? literal_number(p, (size_t)(q - p), negative) : VALUE_NULL, 0);
    return q;
}

const byte *token_dollar(struct lexer *s, const byte *p)
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
    if (s->dialect->dollar_quotes && tag < q && digits == p + 1) {
        size_t length = (size_t)(++tag - p);
        const byte *close = memmem(tag, (size_t)(end - tag), p, length);
        const byte *content_end = close ? close : end;
        slot_add(s, slots_wanted(s) ? literal_string(LITERAL_RAW, tag, (size_t)(content_end - tag)) : VALUE_NULL, 0);
        return close ? close + length : end;
    }
    if (q == p + 1)
        return NULL;
    slot_named(s, p, (size_t)(q - p));
    return q;
}

uint64_t token_word_value(const byte *p, const byte *q)
{
    bool quoted = lex_class[*p] == LEX_QUOTED || *p == '[';

    return quoted ? literal_string(LITERAL_RAW, p + 1, (size_t)(q - p) - 2) : literal_string(LITERAL_RAW, p, (size_t)(q - p));
}

/* The quoted name whose content begins at that position and whose closing quote was just written at o[-1]. */
static byte *fold_quoted(struct lexer *s, uint32_t start, byte *o)
{
    byte quote = o[-1];
    byte *p, *end = o - 1;

    if (start < s->base)
        return o;
    p = output_cut(s, start);
    if (end - p < GENERATED_LEAST)
        return o;
    while (p < end && lex_class[*p] != LEX_DIGIT)
        p++;
    if (p == end)
        return o;
    end = generated_fold(output_cut(s, start), end, false);
    *end++ = quote;
    return end;
}

const byte *token_string_name(struct lexer *s, const byte *p, byte **o, unsigned prev)
{
    const byte *close = skip_string(p + 1, s->end, false);
    size_t length = (size_t)(close - p) + 1;

    if (close == s->end)
        return NULL;
    *o = token_space(*o, prev, SET_SPACED);
    if (memchr(p + 1, '"', length - 2) || memchr(p + 1, '\'', length - 2)) {
        *o = output_copy(s, *o, p, length);
    } else {
        uint32_t start = output_position(s, *o) + 1;
        *(*o)++ = '"';
        *o = output_copy(s, *o, p + 1, length - 2);
        *(*o)++ = '"';
        *o = fold_quoted(s, start, *o);
    }
    return close + 1;
}

const byte *token_skip_quoted(const byte *p, const byte *end)
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

const byte *token_quoted(struct lexer *s, const byte *p, byte **o, unsigned *prev)
{
    const byte *behind = token_skip_quoted(p, s->end);

    *o = token_space(*o, *prev, SET_SPACED);
    if (behind) {
        uint32_t start = output_position(s, *o) + 1;
        *o = output_copy(s, *o, p, (size_t)(behind - p));
        *o = fold_quoted(s, start, *o);
        *prev = PREV_QUOTED;
        return behind;
    }
    slot_add(s, slots_wanted(s) ? literal_string(LITERAL_RAW, p, (size_t)(s->end - p)) : VALUE_NULL, 0);
    slot_at(s, *o);
    *(*o)++ = '?';
    *prev = PREV_VALUE;
    return s->end;
}
