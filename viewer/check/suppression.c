#include "viewer/check/suppression.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/hex.h"
#include "exporter/model/kind.h"

/* One word from the text: blanks end it but for those within quotes, which are dropped. NULL at the end or at a comment. */
static char *next_word(const char **text, bool *unterminated)
{
    const char *p = *text + strspn(*text, " \t\r\n");
    *text = p;
    if (!*p || *p == '#')
        return NULL;
    char *word = alloc_zeroed(strlen(p) + 1, 1);
    size_t length = 0;
    bool quoted = false;
    for (; *p && *p != '\n' && (quoted || !isspace((unsigned char)*p)); p++) {
        if (*p == '"')
            quoted = !quoted;
        else
            word[length++] = *p;
    }
    *unterminated = *unterminated || quoted;
    *text = p;
    return word;
}

static char **field_of(struct suppression *s, const char *word, size_t length)
{
    struct {
        const char *name;
        char **value;
    } fields[] = {{"kind", &s->kind}, {"file", &s->file}, {"function", &s->function}, {"statement", &s->statement}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strlen(fields[i].name) == length && strncmp(fields[i].name, word, length) == 0)
            return fields[i].value;
    }
    return NULL;
}

static char *parse_word(struct suppression *s, const char *word)
{
    if (hex_read_name(word, &s->signature)) {
        s->by_signature = true;
        return NULL;
    }
    const char *equals = strchr(word, '=');
    char **value = equals ? field_of(s, word, (size_t)(equals - word)) : NULL;
    if (!value)
        return alloc_format("'%s' is not a signature, kind=, file=, function= or statement=", word);
    free(*value);
    *value = alloc_format("%s", equals + 1);
    return NULL;
}

enum suppression_line suppression_parse(struct suppression *ret, const char *text, unsigned line, char **wrong)
{
    bool any = false;
    bool unterminated = false;
    *ret = (struct suppression){.line = line};
    for (char *word; !*wrong && (word = next_word(&text, &unterminated));) {
        any = true;
        *wrong = parse_word(ret, word);
        free(word);
    }
    if (!*wrong && unterminated)
        *wrong = alloc_format("a quote is not closed");
    if (!*wrong && any)
        return SUPPRESSION_RULE;
    suppression_finish(ret);
    return *wrong ? SUPPRESSION_WRONG : SUPPRESSION_EMPTY;
}

static bool matches(const char *glob, const char *text)
{
    return !glob || (text && fnmatch(glob, text, 0) == 0);
}

static bool matches_file(const char *glob, const char *file)
{
    if (matches(glob, file))
        return true;
    if (!file || glob[0] == '/')
        return false;
    for (const char *slash = strchr(file, '/'); slash; slash = strchr(slash + 1, '/')) {
        if (matches(glob, slash + 1))
            return true;
    }
    return false;
}

bool suppression_matches(const struct suppression *s, const struct model *model, const struct model_finding *f)
{
    const struct model_group *g = &model->groups[f->group];
    const struct model_frame *frame = g->location != MODEL_NONE ? &model->frames[g->location] : NULL;
    if (s->by_signature)
        return s->signature == f->signature || s->signature == f->first;
    return matches(s->kind, kind_of(f->kind)->name) && matches_file(s->file, frame ? frame->file : NULL) &&
           matches(s->function, frame ? frame->function : NULL) && matches(s->statement, model->statements[g->statement].text);
}

void suppression_finish(struct suppression *s)
{
    free(s->kind);
    free(s->file);
    free(s->function);
    free(s->statement);
    *s = (struct suppression){.line = s->line};
}
