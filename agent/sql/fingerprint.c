#include "agent/sql/fingerprint.h"

#include "agent/sql/lexer/chains.h"
#include "agent/sql/lexer/generated.h"
#include "agent/sql/lexer/lists.h"
#include "agent/sql/lexer/names.h"
#include "agent/sql/lexer/output.h"
#include "agent/sql/lexer/positions.h"
#include "agent/sql/tags.h"
#include "agent/sql/lexer/tokens.h"
#include "agent/sql/lexer/words_table.h"

/* A token is written with at most one space before it, and the space depends on the previous token's kind and the next one's
 * alone; what a token is depends on its own bytes, those two behind it, the previous token, whether there is space between
 * them, and the open parentheses. So the normalised text reads as the same tokens again, which makes it canonical. */

static void note_tags(struct lexer *s, const byte *p, const byte *behind, bool first)
{
    const char *text;
    size_t length;

    if (*p != '/' || behind - p < 4 || behind[-1] != '/' || behind[-2] != '*')
        return;
    if (!tags_find((const char *)p + 2, (size_t)(behind - p) - 4, &text, &length))
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
        const byte *behind = lex_skip_comment(p, end, s->dialect->nested_comments);
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
        s->chained = false;
        s->attentive = true;
        s->positions = positions_wanted(s->dialect);
        s->columns = s->masking = false;
        s->setting = SETTING_NONE;
        s->limit = 0;
        list_reset(s);
    }
    return p;
}

static void note_verb(struct lexer *s, uint32_t info, unsigned prev, const byte *o, size_t length)
{
    enum sql_verb verb = info >> WORD_VERB_SHIFT;
    unsigned id = info >> WORD_ID_SHIFT & 0x1f;

    if (s->stage == VERB_SETTING) {
        positions_explained(s, o, length);
        return;
    }
    if (s->stage == VERB_WITH) {
        bool main = verb == SQL_SELECT || verb == SQL_INSERT || verb == SQL_UPDATE || verb == SQL_DELETE || verb == SQL_MERGE;
        bool closed = PREV_IN(prev, PREV_SET(CLOSE)); /* a table expression can be called replace or merge */
        if (!list_outermost(s) || !main || !(closed || (info & WORD_PREFIX) || id == WORD_INSERT))
            return;
    } else if (output_position(s, o) != s->statement + list_depth(s)) {
        verb = SQL_OTHER; /* something other than parentheses comes before the first word */
    } else if (id == WORD_WITH) {
        s->stage = VERB_WITH;
        return;
    }
    s->stage = VERB_KNOWN;
    s->attentive = s->chained;
    if (verb == SQL_PRAGMA || verb == SQL_DDL || verb == SQL_COPY || verb == SQL_EXECUTE)
        positions_begin(s, verb, o);
    s->insert |= verb == SQL_INSERT;
    if (s->ret->statements == 1)
        s->ret->verb = verb;
}

/* A word that means something here, written at *at, which moves when what was before it collapses. Returns the previous token for
 * what follows: PREV_VALUE when the word is a literal, which takes its place. */
static __attribute__((noinline)) unsigned handle_word(struct lexer *s, uint32_t info, unsigned prev, byte **at, size_t length)
{
    unsigned id = info >> WORD_ID_SHIFT & 0x1f;
    unsigned before = prev >> WORD_ID_SHIFT & 0x1f;
    struct frame *f = s->frame;
    bool clause = list_outermost(s) && PREV_IN(prev, SET_OPERAND);

    byte *o;

    if (chains_want(s, id))
        *at = chains_word(s, *at, id, length);
    o = *at;
    if (s->stage == VERB_SETTING && positions_setting(s, prev, o, o, length)) {
        slot_add(s, value_hash_text((const char *)o, length), 0);
        return PREV_VALUE;
    }
    if (s->stage != VERB_KNOWN)
        note_verb(s, info, prev, o, length);
    switch (id) {
    case WORD_SELECT:
    case WORD_WITH:
    case WORD_VALUES:
        if (PREV_IN(prev, PREV_SET(OPEN)) && f->kind != FRAME_PLAIN) {
            f->kind = FRAME_PLAIN;
            f->row = false;
        }
        s->columns &= *o == 't'; /* CREATE TABLE */
        if (id == WORD_SELECT && s->chained)
            chains_select(s, o);
        else if (id == WORD_SELECT)
            chains_begin(s, CHAIN_UNION, output_position(s, o));
        break;
    case WORD_CLAUSE:
        f->comma = false;
        chains_begin(s, CHAIN_OR, output_position(s, o) + (uint32_t)length + 1);
        break;
    case WORD_INTO:
        s->columns = s->dialect->string_names;
        break;
    case WORD_NULL:
        if (f->kind == FRAME_PLAIN || !PREV_IN(prev, PREV_SET(OPEN) | PREV_SET(COMMA)))
            break;
        slot_add(s, VALUE_NULL, 0);
        return PREV_VALUE;
    case WORD_TRUE:
    case WORD_FALSE:
        if (before == WORD_IS || before == WORD_NOT)
            break;
        slot_add(s, value_hash_int(id == WORD_TRUE), 0);
        return PREV_VALUE;
    case WORD_LIMIT:
        if (clause) {
            s->ret->has_limit = true;
            s->limit = output_position(s, o) + (uint32_t)strlen("limit");
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

static inline bool is_subscript(const struct lexer *s, unsigned prev, bool adjacent)
{
    if (!s->dialect->subscripts || !s->dialect->bracket_names)
        return s->dialect->subscripts;
    return s->frame->bracket || (prev >> WORD_ID_SHIFT & 0x1f) == WORD_ARRAY || (adjacent && PREV_IN(prev, SET_OPERAND));
}

/* One turn per token; p, o and prev stay in registers. The labels at the end are what many kinds of token come down to: a ? in
 * the output, or the characters [p, q) as they are. */
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
                q = token_prefixed_string(s, p);
                if (q)
                    goto literal;
                if (s->dialect->string_prefixes && end - p > 2 && (*p | 0x20) == 'u' && p[2] == '"' &&
                    token_skip_quoted(p + 2, end)) {
                    o = token_space(o, prev, SET_SPACED);
                    *o++ = 'u';
                    *o++ = '&';
                    prev = PREV_START;
                    p = token_quoted(s, p + 2, &o, &prev);
                    break;
                }
            }
            o = token_space(o, prev, SET_SPACED);
            _mm_storeu_si128((__m128i *)(void *)o, lower);
            p += n;
            if (n < 16) {
                uint64_t head = (uint64_t)_mm_cvtsi128_si64(lower) & masks[n < 8 ? n : 8];
                uint32_t info = (prev & PREV_KIND) == PREV_GLUE ? 0 : word_info(o, n, head);

                if (__builtin_expect((info & WORD_HANDLED) || s->attentive, 0)) {
                    prev = handle_word(s, info, prev, &o, n);
                    if (prev == PREV_VALUE) {
                        slot_at(s, o);
                        *o++ = '?';
                        break;
                    }
                } else {
                    prev = PREV_WORD | (info & WORD_PREV_MASK);
                }
                o += n;
                if (n > GENERATED_LEAST + 1 && generated_digits(_mm_loadu_si128((const __m128i *)(const void *)(o - n)), n))
                    o = generated_fold(o - n, o, true);
            } else {
                if (s->stage == VERB_SETTING && positions_setting(s, prev, o, p - n, n)) {
                    o -= PREV_IN(prev, SET_SPACED);
                    p -= n;
                    q = lex_skip_word(p, end);
                    goto setting;
                }
                if (s->stage != VERB_KNOWN)
                    note_verb(s, 0, prev, o, n);
                uint32_t start = output_position(s, o);
                bool digits = generated_digits(lower, n);
                o += 16;
                do {
                    o = output_flush(s, o);
                    n = lex_word_run(lex_load(p, end), &lower);
                    _mm_storeu_si128((__m128i *)(void *)o, lower);
                    p += n;
                    o += n;
                    digits |= generated_digits(lower, n);
                } while (n == 16);
                if (digits && start >= s->base)
                    o = generated_fold(output_cut(s, start), o, true);
                prev = PREV_WORD;
            }
            break;
        }

        case LEX_DIGIT:
            q = token_number(s, p, false);
            slot_place(s, p, q, PREV_IN(prev, SET_SIGN));
            goto literal;

        case LEX_STRING:
            if (__builtin_expect(s->dialect->string_names, 0) && positions_name(s, prev, o)) {
                q = token_string_name(s, p, &o, prev);
                if (q) {
                    prev = PREV_QUOTED;
                    p = q;
                    break;
                }
            }
            q = token_string(s, p + 1, LITERAL_PLAIN);
            slot_place(s, p, q, false);
            goto literal;

        case LEX_DOT:
            if (end - p > 1 && lex_class[p[1]] == LEX_DIGIT) {
                q = token_number(s, p, false);
                goto literal;
            }
            o = token_space(o, prev, SET_SPACED_GLUE);
            *o++ = '.';
            prev = PREV_GLUE;
            p++;
            break;

        case LEX_COMMA:
            if (s->frame->kind == FRAME_LIST) {
                o = list_element(s, o);
                if (s->frame->marks && s->ret->slot_count >= FINGERPRINT_LITERALS)
                    p = list_skip(s, p);
                *o++ = ',';
                list_next(s, o);
            } else {
                if (s->limit && output_position(s, o) == s->limit + 2 && list_outermost(s))
                    s->ret->has_offset = true; /* LIMIT ?, ? */
                s->frame->comma = true;
                *o++ = ',';
            }
            prev = PREV_COMMA | (prev & PREV_ROW);
            p++;
            break;

        case LEX_OPEN:
            o = token_space(o, prev, SET_SPACED_OPEN);
            *o++ = '(';
            list_open(s, o, prev, false);
            if (__builtin_expect(s->columns, 0))
                positions_open(s, prev, o);
            prev = PREV_OPEN;
            p++;
            break;

        case LEX_CLOSE:
            if (s->frame->kind == FRAME_LIST && s->overflow == 0)
                o = list_element(s, o);
            else
                o = chains_end(s, o);
            *o++ = *p++;
            prev = list_close(s, &o);
            break;

        case LEX_BRACKET:
            if (!is_subscript(s, prev, p == behind)) {
                q = s->stage == VERB_SETTING ? token_skip_quoted(p, end) : NULL;
                if (q && positions_setting(s, prev, o, p, (size_t)(q - p)))
                    goto setting;
                p = token_quoted(s, p, &o, &prev);
                break;
            }
            o = token_space(o, prev, SET_SPACED & ~SET_OPERAND);
            *o++ = '[';
            list_open(s, o, prev, true);
            prev = PREV_OPEN;
            p++;
            break;

        case LEX_QUOTED: {
            __m128i v = lex_load(p + 1, end);
            unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8((char)*p)));
            unsigned n = found ? (unsigned)__builtin_ctz(found) + 2 : 0;

            if (__builtin_expect(s->positions, 0)) {
                q = p + 1;
                if (*p == '`' && !s->dialect->backtick_names)
                    goto symbol;
                q = token_skip_quoted(p, end);
                if (q && (positions_setting(s, prev, o, p, (size_t)(q - p)) ||
                          (*p == '"' && s->dialect->quoted_values && positions_value(s, prev, o, p, q))))
                    goto setting;
                s->quoted |= *p == '"';
            }
            if (n == 0 || (n < (size_t)(end - p) && p[n] == *p)) {
                p = token_quoted(s, p, &o, &prev);
                break;
            }
            o = token_space(o, prev, SET_SPACED);
            *o = *p;
            _mm_storeu_si128((__m128i *)(void *)(o + 1), v);
            o += n;
            p += n;
            if (n > GENERATED_LEAST + 1 && generated_digits(v, n - 2))
                o = generated_fold(o - n + 1, o - 1, false), *o++ = p[-1];
            prev = PREV_QUOTED;
            break;
        }

        case LEX_SEMICOLON:
            o = chains_end(s, o);
            if (__builtin_expect(s->quoted, 0))
                positions_end(s, o);
            p = begin_statement(s, p, false);
            if (p == end)
                goto done;
            *o++ = ';';
            *o++ = ' ';
            s->statement = output_position(s, o);
            prev = PREV_START;
            break;

        case LEX_COLON:
            q = p + 1;
            if (q < end && *q == ':') {
                o = token_space(o, prev, SET_SPACED_GLUE);
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
            goto symbol;

        case LEX_DOLLAR:
            q = token_dollar(s, p);
            if (q)
                goto literal;
            q = p + 1;
            goto symbol;

        case LEX_QUESTION:
            q = p + 1;
            if (p == behind && o > s->buffer && o[-1] == '_' && PREV_IN(prev, PREV_SET(WORD))) {
                q = lex_skip_word(q, end); /* the rest of a name that was folded */
                *o++ = '?';
                for (p++; p < q; p++) {
                    o = output_flush(s, o);
                    *o++ = *p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p;
                }
                prev = PREV_WORD;
                break;
            }
            if (q < end && lex_class[*q] == LEX_DIGIT) {
                while (q < end && lex_class[*q] == LEX_DIGIT)
                    q++;
                slot_numbered(s, p + 1, q);
                goto literal;
            }
            if (s->dialect->question_operators && q < end && (*q == '|' || *q == '&') && (end - q < 2 || q[1] != *q) &&
                PREV_IN(prev, SET_OPERAND)) {
                q++;
                goto symbol;
            }
            if (s->dialect->question_parameters && !(s->dialect->question_operators && PREV_IN(prev, SET_ANSWERED)))
                slot_add(s, VALUE_NULL, slot_next(s));
            else
                goto operator; /* it has to look like a literal in its place, which it is when the text is read again */
            goto literal;

        case LEX_OPERATOR:
            q = p + 1;
            if (comment_at(p, end)) {
                q = lex_skip_comment(p, end, s->dialect->nested_comments);
                note_tags(s, p, q, false);
                p = q;
                goto again;
            }
            if ((*p == '-' || *p == '+') && q < end && PREV_IN(prev, SET_SIGN) &&
                (lex_class[*q] == LEX_DIGIT || (*q == '.' && end - q > 1 && lex_class[q[1]] == LEX_DIGIT))) {
                q = token_number(s, q, *p == '-');
                if (*p == '-' && p[1] != '.')
                    slot_place(s, p, q, true);
                goto literal;
            }
            if (*p == '@' && s->dialect->at_parameters && q < end && lex_is_word(*q)) {
                q = lex_skip_word(q, end);
                slot_named(s, p, (size_t)(q - p));
                goto literal;
            }
            if (q < end && (lex_class[*q] == LEX_OPERATOR || *q == '?'))
                q = lex_skip_operator(p, end);
            goto symbol;

        case LEX_STRAY:
            q = p + 1;
            goto symbol;
        }
        continue;

    setting:
        slot_add(s, token_word_value(p, q), 0);
    literal:
        o = token_space(o, prev, SET_SPACED);
        slot_at(s, o);
        *o++ = '?';
        prev = PREV_VALUE;
        p = q;
        continue;

        operator: o = token_space(o, prev, SET_SPACED);
        *o++ = '?';
        prev = PREV_VALUE;
        p = q;
        continue;

    symbol:
        o = token_space(o, prev, SET_SPACED);
        if (__builtin_expect(q - p > 1, 0))
            o = output_copy(s, o, p, (size_t)(q - p));
        else
            *o++ = *p;
        prev = PREV_OPERATOR;
        p = q;
    }
    o = chains_end(s, o);
done:
    if (__builtin_expect(s->quoted, 0))
        positions_end(s, o);
    output_finish(s, o);
}

static inline void start(struct lexer *s, struct fingerprint *ret, const struct sql_dialect *dialect, const byte *sql,
                         size_t length)
{
    memset(ret, 0, offsetof(struct fingerprint, slots));
    memset(s, 0, offsetof(struct lexer, name));
    s->tags_first.length = 0;
    s->tags_last.length = 0;
    s->ret = ret;
    s->dialect = dialect;
    s->begin = sql;
    s->end = s->begin + length;
    list_reset(s);
}

void fingerprint_compute(const struct sql_dialect *dialect, const char *sql, size_t length, struct fingerprint *ret)
{
    struct lexer s;

    if (length > FINGERPRINT_MOST)
        length = FINGERPRINT_MOST;
    if (length == 0)
        sql = ""; /* not NULL, to which nothing may be added */
    start(&s, ret, dialect, (const byte *)sql, length);
    run(&s, (const byte *)sql);
    if (__builtin_expect(s.seen_tableless != 0, 0)) {
        uint64_t seen = s.seen_tableless;
        start(&s, ret, dialect, (const byte *)sql, length);
        s.tableless = seen;
        run(&s, (const byte *)sql);
    }
    if (ret->verb == SQL_SAVEPOINT || ret->verb == SQL_RELEASE || ret->verb == SQL_ROLLBACK || ret->verb == SQL_DECLARE ||
        ret->verb == SQL_FETCH || ret->verb == SQL_CLOSE)
        names_hide(dialect, ret);

    if (s.tags_last.length > 0 && skip_between(&s, s.tags_last.behind, false) == s.end) {
        ret->tags = s.tags_last.text;
        ret->tags_length = s.tags_last.length;
    } else if (s.tags_first.length > 0) {
        ret->tags = s.tags_first.text;
        ret->tags_length = s.tags_first.length;
    }
}
