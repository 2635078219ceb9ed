#include "exporter/advice/sql/statement.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/map.h"

#define SIZE_KEPT ((size_t)32 << 20) /* bytes; a token takes some ten times the memory of its text */

struct sql_statements {
    struct arena *arena;
    size_t size; /* taken from the arena */
    struct map map;
    const struct sql_statement **at;
    uint32_t count, capacity;
    /* While one is taken apart. */
    struct sql_token tokens[SQL_TOKENS_MAX];
    struct sql_item items[SQL_ITEMS_MAX];
};

struct sql_statements *sql_statements_create(void)
{
    struct sql_statements *s = alloc_resize(NULL, 1, sizeof *s); /* the arrays are large, and filled where they are used */
    s->arena = arena_create();
    s->size = 0;
    s->map = (struct map){0};
    s->at = NULL;
    s->count = s->capacity = 0;
    return s;
}

static void *keep(struct sql_statements *s, const void *data, size_t size)
{
    s->size += size;
    return memcpy(arena_alloc(s->arena, size), data, size);
}

static const struct sql_statement *take_apart(struct sql_statements *s, const char *text)
{
    struct sql_statement parts = {.text = text, .trouble = SQL_STRANGE};
    parts.tokens.at = s->tokens;
    parts.select.items = s->items;
    parts.is_plain = sql_tokenise(text, &parts.tokens);
    if (parts.is_plain)
        parts.trouble = sql_select_parse(&parts.tokens, &parts.select);
    else
        parts.tokens.count = 0;
    struct sql_statement *statement = keep(s, &parts, sizeof parts);
    statement->tokens.at = keep(s, s->tokens, parts.tokens.count * sizeof *s->tokens);
    statement->select.tokens = &statement->tokens;
    statement->select.items = keep(s, s->items, parts.select.item_count * sizeof *s->items);
    return statement;
}

const struct sql_statement *sql_statements_get(struct sql_statements *s, const char *text)
{
    uint32_t index;
    if (map_find(&s->map, (uintptr_t)text, NULL, NULL, &index))
        return s->at[index];
    ALLOC_GROW(s->at, s->count, s->capacity);
    s->at[s->count] = take_apart(s, text);
    map_add(&s->map, (uintptr_t)text, s->count);
    return s->at[s->count++];
}

void sql_statements_trim(struct sql_statements *s)
{
    if (s->size <= SIZE_KEPT)
        return;
    arena_destroy(s->arena);
    map_finish(&s->map);
    s->arena = arena_create();
    s->size = 0;
    s->count = 0;
}

void sql_statements_destroy(struct sql_statements *s)
{
    if (!s)
        return;
    arena_destroy(s->arena);
    map_finish(&s->map);
    free(s->at);
    free(s);
}
