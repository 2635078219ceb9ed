#include "exporter/advice/parameter.h"

static uint32_t count_marks(const char *text)
{
    uint32_t marks = 0;
    for (; *text; text++)
        marks += *text == '?';
    return marks;
}

/* Before the first list the numbers are the same, behind the last one they are the same counted from the end. Within a list that
 * is the only one, every element is its ?. */
uint32_t parameter_shown(const struct sql_statement *statement, uint32_t sent, uint32_t sent_count)
{
    const struct sql_tokens *t = &statement->tokens;
    uint32_t first = 0;
    uint32_t last = 0;
    if (!statement->is_plain) /* each has its ?, so that no list hides some and no operator is one */
        return sent <= sent_count && sent_count == count_marks(statement->text) ? sent : 0;
    for (size_t i = 0; i < t->count; i++) {
        if (!t->at[i].is_list)
            continue;
        if (first == 0)
            first = t->at[i].number;
        last = t->at[i].number;
    }
    if (sent == 0 || first == 0 || sent < first)
        return sent <= t->placeholders ? sent : 0;
    if (sent_count < t->placeholders || sent > sent_count)
        return 0;
    if (sent_count == t->placeholders) /* lists of one */
        return sent;
    if (sent_count - sent < t->placeholders - last)
        return t->placeholders - (sent_count - sent);
    return first == last ? first : 0;
}
