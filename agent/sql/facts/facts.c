#include "agent/sql/facts/facts.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/sql/facts/comparison.h"
#include "agent/sql/facts/joins.h"
#include "agent/sql/facts/scan.h"

#define DEPTHS 32 /* of parentheses that are looked at */
#define SIDES  8  /* comparisons with < and > that are remembered */
#define ORDERS 6  /* names after ORDER BY */

/* A parenthesis. */
struct level {
    bool query; /* a subquery */
    bool call;  /* of a function */
    bool lists; /* what is given to it is a list */
};

struct side {
    struct scan_token column;
    enum comparison_kind kind;
    bool strict;
    uint8_t mark;
};

/* A SELECT's result columns. */
enum columns_stage { COLUMNS_BEFORE, COLUMNS_HERE, COLUMNS_DONE };

struct reader {
    struct sql_facts *ret;
    const struct fingerprint *fp;
    struct comparison comparison;
    struct joins joins;
    struct scan_token last; /* the token before */
    struct level levels[DEPTHS];
    unsigned depth;
    uint16_t at[FINGERPRINT_LITERALS]; /* of the marks */
    unsigned marks;
    struct side sides[SIDES];
    unsigned side_count;
    uint8_t lower; /* mark of a BETWEEN whose second one is still to come */
    uint8_t limit; /* mark of the LIMIT at the outermost level */
    struct scan_token orders[ORDERS];
    unsigned order_count;
    bool ordering;
    bool table;       /* there is a FROM */
    bool returning;   /* at the outermost level */
    bool inner_limit; /* in a subquery */
    enum columns_stage columns;
    unsigned column;
    bool expression, named; /* of that column: it is one; its name follows */
};

void facts_marks(const struct fingerprint_slot *slots, uint32_t count, uint8_t *ret)
{
    uint32_t known = 0, farthest = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t equal = 0;
        if (slots[i].at > farthest) {
            farthest = slots[i].at;
            ret[i] = (uint8_t)known++;
            continue;
        }
        while (slots[equal].at != slots[i].at)
            equal++;
        ret[i] = equal < i && slots[i].at ? ret[equal] : FACTS_NO_MARK;
    }
}

static struct level *level(struct reader *r)
{
    return &r->levels[r->depth < DEPTHS ? r->depth : DEPTHS - 1];
}

static uint8_t mark_at(const struct reader *r, const struct scan_token *token)
{
    size_t at = (size_t)(token->text - r->fp->text);

    for (unsigned i = 0; i < r->marks; i++) {
        if (r->at[i] == at)
            return (uint8_t)i;
    }
    return FACTS_NO_MARK;
}

/* Whether the token is inside of no subquery. */
static bool in_main_query(const struct reader *r)
{
    for (unsigned i = 1; i <= r->depth && i < DEPTHS; i++) {
        if (r->levels[i].query)
            return false;
    }
    return r->depth < DEPTHS;
}

/* ?::int[], with the ? before it */
static bool is_array_type(const struct reader *r, const char *p)
{
    const char *end = r->fp->text + r->fp->text_length;

    if (end - p < 2 || p[0] != ':' || p[1] != ':')
        return false;
    for (p += 2; p < end && ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || strchr("_.\" ", *p)); p++)
        ;
    return end - p >= 2 && p[0] == '[' && p[1] == ']';
}

static void note_range(struct reader *r, uint8_t a, uint8_t b)
{
    r->ret->range = true;
    if (a != FACTS_NO_MARK && b != FACTS_NO_MARK)
        r->ret->range_ends |= (uint16_t)(1u << a | 1u << b);
}

/* OFFSET ?, or the first one of LIMIT ?, ? */
static void note_page(struct reader *r, uint8_t mark)
{
    if (scan_is(&r->last, KEYWORD_OFFSET))
        r->ret->offset = mark;
    else if (scan_is(&r->last, KEYWORD_LIMIT))
        r->limit = mark;
    else if (r->last.kind == SCAN_COMMA && r->limit != FACTS_NO_MARK)
        r->ret->offset = r->limit;
}

static void take_mark(struct reader *r, const struct scan_token *token)
{
    const struct comparison *c = &r->comparison;
    uint8_t mark = mark_at(r, token);
    bool given = r->last.kind == SCAN_OPEN || r->last.kind == SCAN_COMMA;
    bool contains = r->last.kind == SCAN_OPERATOR && r->last.length == 2 && memcmp(r->last.text, "<@", 2) == 0;

    if (mark != FACTS_NO_MARK && ((level(r)->lists && given) || contains || is_array_type(r, token->text + 1)))
        r->ret->list_values |= (uint16_t)(1u << mark);
    for (unsigned i = 1; i <= r->depth && i < DEPTHS && !r->ret->function_call; i++)
        r->ret->function_call = r->levels[i].call;
    if (c->kind == COMPARISON_BETWEEN)
        r->lower = mark;
    if (c->kind == COMPARISON_AND)
        note_range(r, r->lower, mark);
    if (r->depth == 0)
        note_page(r, mark);
    if ((c->kind != COMPARISON_LESS && c->kind != COMPARISON_MORE) || !in_main_query(r))
        return;
    for (unsigned i = 0; i < r->side_count; i++) {
        if (r->sides[i].kind != c->kind && scan_same_name(&r->sides[i].column, &c->compared))
            note_range(r, r->sides[i].mark, mark);
    }
    if (r->side_count < SIDES)
        r->sides[r->side_count++] = (struct side){c->compared, c->kind, c->strict, mark};
}

static void take_open(struct reader *r, const struct scan_token *token)
{
    bool name = token->adjacent && (r->last.kind == SCAN_WORD || r->last.kind == SCAN_QUOTED);

    if (r->depth < DEPTHS)
        r->depth++;
    *level(r) = (struct level){
        .call = name && !scan_is_one(&r->last, KEYWORDS_NO_CALLS),
        .lists = name && scan_is_one(&r->last, KEYWORDS_LIST_FUNCTIONS),
    };
}

static void end_column(struct reader *r)
{
    if (r->expression && r->column < 32)
        r->ret->aggregate_columns |= UINT32_C(1) << r->column;
    r->column++;
    r->expression = r->named = false;
}

/* A token at the outermost level, or the parenthesis that leads away from it. */
static void take_column(struct reader *r, const struct scan_token *token)
{
    if (r->columns == COLUMNS_BEFORE && scan_is(token, KEYWORD_SELECT)) {
        r->columns = COLUMNS_HERE;
        return;
    }
    if (r->columns != COLUMNS_HERE)
        return;
    if (token->kind == SCAN_END || token->kind == SCAN_SEMICOLON || scan_is_one(token, KEYWORDS_BEHIND_COLUMNS)) {
        if (!scan_is(&r->last, KEYWORD_DISTINCT) || !scan_is(token, KEYWORD_FROM))
            r->columns = COLUMNS_DONE;
        end_column(r);
    } else if (token->kind == SCAN_COMMA) {
        end_column(r);
    } else if (token->kind == SCAN_OPERATOR && token->length == 1 && *token->text == '*' &&
               (r->last.kind == SCAN_DOT || r->last.kind == SCAN_COMMA || scan_is(&r->last, KEYWORD_SELECT) ||
                scan_is(&r->last, KEYWORD_DISTINCT) || scan_is(&r->last, KEYWORD_ALL))) {
        r->columns = COLUMNS_DONE; /* how many columns it stands for is unknown */
    } else if (scan_is(token, KEYWORD_AS)) {
        r->named = true;
    } else if (!r->named && !(token->kind == SCAN_OPEN && scan_is(&r->last, KEYWORD_ON))) {
        r->expression |= token->kind == SCAN_OPERATOR || token->kind == SCAN_MARK || token->kind == SCAN_OPEN ||
                         token->kind == SCAN_SUBSCRIPT || (r->last.kind != SCAN_DOT && scan_is_one(token, KEYWORDS_VALUES));
    }
}

static bool is_catalog(const struct scan_token *token)
{
    struct scan_token bare = scan_as_word(token);

    return scan_is_one(&bare, KEYWORDS_CATALOG);
}

static bool begins_with(const struct scan_token *token, const char *words)
{
    size_t length = strlen(words);

    return token->kind == SCAN_WORD && token->length > length && memcmp(token->text, words, length) == 0;
}

static void take_name(struct reader *r, const struct scan_token *token)
{
    bool main = r->depth == 0;

    if (r->last.kind == SCAN_OPEN &&
        (scan_is(token, KEYWORD_SELECT) || scan_is(token, KEYWORD_WITH) || scan_is(token, KEYWORD_VALUES)))
        level(r)->query = true;
    if (r->ordering && r->order_count < ORDERS)
        r->orders[r->order_count++] = *token;
    if (r->last.kind == SCAN_DOT) {
        r->ret->schema_query |= is_catalog(token) && memcmp(scan_unquoted(token).text, "sqlite_", strlen("sqlite_")) == 0;
        return;
    }
    if (is_catalog(token) && (r->last.kind == SCAN_COMMA || scan_is(&r->last, KEYWORD_FROM) || scan_is(&r->last, KEYWORD_JOIN)))
        r->ret->schema_query = true;
    if (scan_is(token, KEYWORD_FROM) && !scan_is(&r->last, KEYWORD_DISTINCT))
        r->table |= main || level(r)->query;
    r->returning |= main && scan_is(token, KEYWORD_RETURNING);
    r->inner_limit |= !main && (scan_is(token, KEYWORD_LIMIT) || scan_is(token, KEYWORD_FETCH));
    r->ret->dequeue |= scan_is(token, KEYWORD_LOCKED) && scan_is(&r->last, KEYWORD_SKIP);
    r->ret->session |= scan_is(token, KEYWORD_SET_CONFIG) || begins_with(token, "pg_advisory_") ||
                       begins_with(token, "pg_try_advisory_");
    if (main && scan_is(token, KEYWORD_BY) && scan_is(&r->last, KEYWORD_ORDER))
        r->ordering = true;
    else if (main && (scan_is(token, KEYWORD_LIMIT) || scan_is(token, KEYWORD_OFFSET) || scan_is(token, KEYWORD_FETCH) ||
                      scan_is(token, KEYWORD_FOR)))
        r->ordering = false;
}

static void take(struct reader *r, const struct scan_token *token)
{
    comparison_take(&r->comparison, token);
    joins_take(&r->joins, token);
    if (r->depth == 0)
        take_column(r, token);
    switch (token->kind) {
    case SCAN_OPEN:
        take_open(r, token);
        break;
    case SCAN_CLOSE:
        if (r->depth > 0 && *token->text == ')')
            r->depth--;
        break;
    case SCAN_MARK:
        take_mark(r, token);
        break;
    case SCAN_WORD:
    case SCAN_QUOTED:
        take_name(r, token);
        break;
    case SCAN_DOT:
        if (r->ordering && r->order_count > 0)
            r->order_count--; /* a table */
        break;
    default:
        break;
    }
    r->last = *token;
}

/* Facts that the first words tell. */
static void read_first_words(const struct fingerprint *fp, struct sql_facts *ret)
{
    struct scan scan = {.start = fp->text, .p = fp->text, .end = fp->text + fp->text_length};
    struct scan_token first = scan_next(&scan), second = scan_next(&scan), third = scan_next(&scan);

    if (scan_is(&first, KEYWORD_SET) || scan_is(&first, KEYWORD_RESET)) {
        if (scan_is(&second, KEYWORD_LOCAL) || scan_is(&second, KEYWORD_SESSION)) {
            second = third;
            third = scan_next(&scan);
        }
        ret->session = scan_is_one(&second, KEYWORDS_SETTINGS) || third.kind == SCAN_DOT;
    } else if (scan_is(&first, KEYWORD_ATTACH) || scan_is(&first, KEYWORD_DETACH) || scan_is(&first, KEYWORD_DISCARD)) {
        ret->session = true;
    } else if (scan_is(&first, KEYWORD_CREATE)) {
        if (scan_is(&second, KEYWORD_LOCAL) || scan_is(&second, KEYWORD_GLOBAL))
            second = third;
        ret->session = scan_is(&second, KEYWORD_TEMP) || scan_is(&second, KEYWORD_TEMPORARY);
    } else if (scan_is(&first, KEYWORD_PRAGMA)) {
        if (third.kind == SCAN_DOT) {
            second = scan_next(&scan);
            third = scan_next(&scan);
        }
        ret->schema_query = scan_is_one(&second, KEYWORDS_ABOUT_SCHEMA);
        ret->session = !ret->schema_query && third.kind != SCAN_END;
    }
}

static void find_key_page(const struct reader *r)
{
    if (!r->fp->has_limit || r->fp->verb != SQL_SELECT)
        return;
    for (unsigned i = 0; i < r->side_count; i++) {
        for (unsigned k = 0; k < r->order_count; k++) {
            if (!r->sides[i].strict || r->sides[i].mark == FACTS_NO_MARK || !scan_same_name(&r->sides[i].column, &r->orders[k]))
                continue;
            r->ret->key_page = true;
            r->ret->key = r->sides[i].mark;
            return;
        }
    }
}

void facts_compute(const struct fingerprint *fp, struct sql_facts *ret)
{
    struct scan scan = {.start = fp->text, .p = fp->text, .end = fp->text + fp->text_length};
    uint8_t marks[FINGERPRINT_LITERALS];
    struct reader r;
    struct scan_token token;

    *ret = (struct sql_facts){.key = FACTS_NO_MARK, .offset = FACTS_NO_MARK};
    memset(&r, 0, sizeof r);
    r.lower = r.limit = FACTS_NO_MARK;
    r.ret = ret;
    r.fp = fp;
    facts_marks(fp->slots, fp->slots_kept, marks);
    for (uint32_t i = 0; i < fp->slots_kept; i++) {
        if (marks[i] == r.marks)
            r.at[r.marks++] = fp->slots[i].at;
    }
    read_first_words(fp, ret);
    do {
        token = scan_next(&scan);
        take(&r, &token);
    } while (token.kind != SCAN_END && token.kind != SCAN_SEMICOLON);
    find_key_page(&r);
    ret->joins_to_one = joins_are_to_one(&r.joins);
    ret->no_table = fp->verb == SQL_SELECT && fp->statements == 1 && fp->length == fp->text_length && !r.table &&
                    strncmp(fp->text, "table ", fp->text_length < 6 ? fp->text_length : 6) != 0;
    ret->function_call &= ret->no_table;
    if (fp->verb == SQL_UPDATE || fp->verb == SQL_DELETE)
        ret->dequeue |= r.returning && r.inner_limit;
    if (fp->verb != SQL_SELECT)
        ret->aggregate_columns = 0;
}
