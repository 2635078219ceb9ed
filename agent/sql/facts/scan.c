#include "agent/sql/facts/scan.h"

#include <string.h>

#include "agent/sql/lexer/lexer.h"

__attribute__((unused)) static const struct keyword *keyword_find(const char *text, size_t length);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include "agent/sql/facts/keywords.gperf.h"
#pragma GCC diagnostic pop

_Static_assert(KEYWORD_TABLE_MAX_WORD_LENGTH <= KEYWORD_LONGEST, "a keyword is longer than its place");

static void look_up(struct scan_token *word)
{
    const struct keyword *keyword;
    unsigned slot;

    word->keyword = KEYWORD_OTHER;
    word->keywords = 0;
    if (word->length < KEYWORD_TABLE_MIN_WORD_LENGTH || word->length > KEYWORD_TABLE_MAX_WORD_LENGTH)
        return;
    slot = keyword_hash(word->text, (unsigned)word->length);
    if (slot > KEYWORD_TABLE_MAX_HASH_VALUE)
        return;
    keyword = &keyword_table[slot];
    if (keyword->name[0] != word->text[0] || keyword->name[word->length] != 0 ||
        memcmp(keyword->name, word->text, word->length) != 0)
        return;
    word->keyword = keyword->id;
    word->keywords = keyword->sets;
}

static const char *quoted_end(const char *p, const char *end)
{
    char quote = *p == '[' ? ']' : *p;

    for (p++; p < end; p++) {
        if (*p != quote)
            continue;
        if (quote == ']' || end - p < 2 || p[1] != quote)
            return p + 1;
        p++;
    }
    return end;
}

/* A part of a name that was generated is a ? behind an underscore. */
static const char *word_end(const char *p, const char *end)
{
    while (p < end && (lex_is_word((byte)*p) || (*p == '?' && p[-1] == '_')))
        p++;
    return p;
}

struct scan_token scan_next(struct scan *scan)
{
    const char *p = scan->p, *end = scan->end, *start;
    struct scan_token token = {.kind = SCAN_END, .adjacent = true};

    while (p < end && *p == ' ')
        p++;
    token.adjacent = p == scan->p && p > scan->start;
    token.text = start = p;
    if (p == end) {
        scan->p = p;
        return token;
    }
    switch ((enum lex_class)lex_class[(byte)*p++]) {
    case LEX_WORD:
        token.kind = SCAN_WORD;
        p = word_end(start + 1, end);
        break;
    case LEX_QUOTED:
    case LEX_STRING:
        token.kind = SCAN_QUOTED;
        p = quoted_end(start, end);
        break;
    case LEX_BRACKET:
        token.kind = token.adjacent ? SCAN_SUBSCRIPT : SCAN_QUOTED;
        if (!token.adjacent)
            p = quoted_end(start, end);
        break;
    case LEX_QUESTION:
        token.kind = SCAN_MARK;
        break;
    case LEX_OPEN:
        token.kind = SCAN_OPEN;
        break;
    case LEX_CLOSE:
        token.kind = SCAN_CLOSE;
        break;
    case LEX_COMMA:
        token.kind = SCAN_COMMA;
        break;
    case LEX_DOT:
        token.kind = SCAN_DOT;
        break;
    case LEX_SEMICOLON:
        token.kind = SCAN_SEMICOLON;
        break;
    default:
        token.kind = SCAN_OPERATOR;
        while (p < end && *p != ' ' && (lex_class[(byte)*p] == LEX_OPERATOR || *p == ':' || *p == '='))
            p++;
        if (p - start >= 2 && start[0] == ':' && start[1] == ':') {
            token.kind = SCAN_CAST;
            p = start + 2;
        }
    }
    token.length = (size_t)(p - start);
    if (token.kind == SCAN_WORD)
        look_up(&token);
    scan->p = p;
    return token;
}

struct scan_token scan_unquoted(const struct scan_token *token)
{
    struct scan_token bare = *token;

    if (bare.kind == SCAN_QUOTED && bare.length >= 2) {
        bare.text++;
        bare.length -= 2;
    }
    return bare;
}

struct scan_token scan_as_word(const struct scan_token *token)
{
    struct scan_token bare = scan_unquoted(token);

    if (bare.kind != SCAN_WORD) {
        bare.kind = SCAN_WORD;
        look_up(&bare);
    }
    return bare;
}

bool scan_same_name(const struct scan_token *a, const struct scan_token *b)
{
    struct scan_token p = scan_unquoted(a), q = scan_unquoted(b);

    return p.length == q.length && memcmp(p.text, q.text, p.length) == 0;
}
