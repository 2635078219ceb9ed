#include "exporter/build/update_keys.h"

#include <string.h>

#include "exporter/stream/nplus1.pb-c.h"

/* Behind the name in quotes at p. */
static const char *skip_name(const char *p)
{
    const char *end = strchr(p + 1, *p == '[' ? ']' : *p);
    return end ? end + 1 : p + strlen(p);
}

static bool begins_word(const char *text, const char *p, const char *word)
{
    size_t length = strlen(word);
    return (p == text || p[-1] == ' ' || p[-1] == ')') && strncmp(p, word, length) == 0 && (p[length] == ' ' || p[length] == '(');
}

bool key_of_update(const struct model *model, const struct model_edge *e)
{
    const struct model_statement *s = &model->statements[model->groups[e->child].statement];
    uint32_t marks = 0, first = 0;
    int depth = 0;
    if (!e->parameter_is_shown || s->verb != NPLUS1__VERB__VERB_UPDATE)
        return false;
    for (const char *p = s->text; *p; p++) {
        if (*p == '"' || *p == '`' || (*p == '[' && p > s->text && p[-1] == ' ')) {
            p = skip_name(p) - 1;
            continue;
        }
        depth += (*p == '(') - (*p == ')');
        marks += *p == '?';
        if (depth == 0 && begins_word(s->text, p, "where"))
            first = marks + 1;
        else if (depth == 0 && begins_word(s->text, p, "returning"))
            break;
    }
    return first > 0 && e->parameter >= first && e->parameter <= marks;
}
