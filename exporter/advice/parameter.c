#include "exporter/advice/parameter.h"

#include <stdlib.h>

#include "exporter/base/alloc.h"
#include "exporter/advice/sql/tokens.h"

/* Before the first list the numbers are the same, behind the last one they are the same counted from the end. Within a list that
 * is the only one, every element is its ?. */
static uint32_t shown(const struct sql_tokens *t, uint32_t sent, uint32_t slots)
{
    uint32_t first = 0;
    uint32_t last = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (!t->at[i].is_list)
            continue;
        if (first == 0)
            first = t->at[i].number;
        last = t->at[i].number;
    }
    if (sent == 0 || first == 0 || sent < first)
        return sent <= t->placeholders ? sent : 0;
    if (slots < t->placeholders || sent > slots)
        return 0;
    if (slots == t->placeholders) /* lists of one */
        return sent;
    if (slots - sent < t->placeholders - last)
        return t->placeholders - (slots - sent);
    return first == last ? first : 0;
}

uint32_t parameter_shown(const char *text, uint32_t sent, uint32_t slots)
{
    struct sql_tokens *tokens = alloc_resize(NULL, 1, sizeof *tokens); /* large, and sql_tokenise fills what is used */
    uint32_t number = sql_tokenise(text, tokens) ? shown(tokens, sent, slots) : 0;
    free(tokens);
    return number;
}
