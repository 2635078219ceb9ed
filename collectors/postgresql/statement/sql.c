#include "collectors/postgresql/statement/sql.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct cursor {
    const char *p, *end;
};

uint64_t pq_sql_name(const char *name, size_t length)
{
    return hash_bytes(name, length < PQ_NAME_MAX ? length : PQ_NAME_MAX, PQ_SQL_SEED);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c < 0;
}

static bool at(const struct cursor *c, const char *text)
{
    size_t length = strlen(text);

    return (size_t)(c->end - c->p) >= length && memcmp(c->p, text, length) == 0;
}

static void skip_comment(struct cursor *c)
{
    int depth = 0;

    do {
        if (at(c, "/*")) {
            depth++;
            c->p += 2;
        } else if (at(c, "*/")) {
            depth--;
            c->p += 2;
        } else {
            c->p++;
        }
    } while (depth > 0 && c->p < c->end);
}

static void skip_space(struct cursor *c)
{
    while (c->p < c->end) {
        if ((unsigned char)*c->p <= ' ') {
            c->p++;
        } else if (at(c, "--")) {
            while (c->p < c->end && *c->p != '\n')
                c->p++;
        } else if (at(c, "/*")) {
            skip_comment(c);
        } else {
            return;
        }
    }
}

/* The key word `word`, if it is what comes next. */
static bool take(struct cursor *c, const char *word)
{
    size_t length = strlen(word);
    struct cursor ahead = *c;

    skip_space(&ahead);
    if ((size_t)(ahead.end - ahead.p) < length || strncasecmp(ahead.p, word, length) != 0 ||
        (ahead.p + length < ahead.end && is_word(ahead.p[length])))
        return false;
    c->p = ahead.p + length;
    return true;
}

static bool take_name(struct cursor *c, uint64_t *ret)
{
    char name[PQ_NAME_MAX + 1];
    size_t length = 0;
    bool quoted;

    skip_space(c);
    quoted = at(c, "\"");
    c->p += quoted;
    while (c->p < c->end) {
        char ch = *c->p;
        if (quoted && ch == '"') {
            c->p++;
            if (!at(c, "\""))
                break;
        } else if (!quoted && !is_word(ch)) {
            break;
        }
        if (!quoted && ch >= 'A' && ch <= 'Z')
            ch = (char)(ch | 0x20);
        if (length < PQ_NAME_MAX)
            name[length++] = ch;
        c->p++;
    }
    *ret = pq_sql_name(name, length);
    return length > 0;
}

static void skip_parentheses(struct cursor *c)
{
    int depth = 0;

    skip_space(c);
    if (!at(c, "("))
        return;
    for (; c->p < c->end; c->p++) {
        depth += *c->p == '(';
        depth -= *c->p == ')';
        if (depth == 0) {
            c->p++;
            return;
        }
    }
}

static enum pq_sql_kind parse(struct cursor *c, uint64_t *ret_name)
{
    if (take(c, "prepare")) {
        if (take(c, "transaction") || !take_name(c, ret_name))
            return PQ_SQL_PLAIN;
        skip_parentheses(c); /* names of types: no quotes that matter */
        return take(c, "as") ? PQ_SQL_PREPARE : PQ_SQL_PLAIN;
    }
    if (take(c, "execute"))
        return take_name(c, ret_name) ? PQ_SQL_EXECUTE : PQ_SQL_PLAIN;
    if (take(c, "deallocate")) {
        take(c, "prepare");
        if (take(c, "all"))
            return PQ_SQL_DEALLOCATE_ALL;
        return take_name(c, ret_name) ? PQ_SQL_DEALLOCATE : PQ_SQL_PLAIN;
    }
    return take(c, "discard") && take(c, "all") ? PQ_SQL_DEALLOCATE_ALL : PQ_SQL_PLAIN;
}

void pq_sql_parse(const char *text, size_t length, struct pq_sql *ret)
{
    struct cursor c = {text, text + length};

    ret->name = 0;
    ret->kind = parse(&c, &ret->name);
    ret->body = c.p;
    ret->length = (size_t)(c.end - c.p);
}
