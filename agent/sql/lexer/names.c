#include "agent/sql/lexer/names.h"

#include <string.h>

#include "agent/base/hash.h"
#include "agent/sql/lexer/lexer.h"
#include "agent/sql/lexer/words_table.h"

struct words {
    char *at, *end;
};

/* The word, if it comes next; what is behind it and its space. */
static bool take(struct words *w, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(w->end - w->at) <= length || memcmp(w->at, word, length) != 0 || w->at[length] != ' ')
        return false;
    w->at += length + 1;
    return true;
}

/* The end of the name at p: of the word, or of the quoted identifier; p itself when there is neither. */
static char *name_end(const struct sql_dialect *dialect, char *p, const char *end)
{
    char quote = *p == '[' ? ']' : *p;

    if (lex_is_word((byte)*p)) {
        while (p < end && lex_is_word((byte)*p))
            p++;
        return p;
    }
    if (*p != '"' && !(*p == '[' && dialect->bracket_names) && !(*p == '`' && dialect->backtick_names))
        return p;
    for (char *q = p + 1; q < end; q++) {
        if (*q != quote)
            continue;
        if (q + 1 == end || q[1] != quote || quote == ']')
            return q + 1;
        q++;
    }
    return p;
}

/* Where the last token of the text begins, if it is a name: there is a space before it. PostgreSQL's, so no brackets. */
static char *last_name(const struct sql_dialect *dialect, char *text, char *end)
{
    for (char *p = text; p < end;) {
        char *behind = *p == '[' ? p : name_end(dialect, p, end);
        if (behind == end)
            return p[-1] == ' ' ? p : end;
        p = behind > p ? behind : p + 1;
    }
    return end;
}

/* Where the name stands; end: there is none. */
static char *find_name(const struct sql_dialect *dialect, char *text, char *end)
{
    struct words w = {text, end};

    if (take(&w, "savepoint"))
        return w.at;
    if (take(&w, "release")) {
        take(&w, "savepoint");
        return w.at;
    }
    if (take(&w, "rollback") || take(&w, "abort")) {
        if (!take(&w, "transaction"))
            take(&w, "work");
        if (!take(&w, "to"))
            return end;
        take(&w, "savepoint");
        return w.at;
    }
    if (take(&w, "declare"))
        return w.at;
    if (take(&w, "close"))
        return (size_t)(end - w.at) == 3 && memcmp(w.at, "all", 3) == 0 ? end : w.at;
    if (take(&w, "fetch") || take(&w, "move"))
        return last_name(dialect, w.at, end);
    return end;
}

/* Words that change how the text around them is read: what follows was normalised with them in mind. */
static bool is_special(const char *name, size_t length)
{
    const struct word *word = word_find(name, length);

    return word && (word->info & (WORD_PREV_MASK | WORD_HANDLED)) != 0;
}

/* Whether the statement goes on as one with a name does: it ends, or DECLARE goes on. */
static bool goes_on(const char *text, char *behind, char *end)
{
    static const char *const words[] = {"cursor", "binary", "insensitive", "asensitive", "no", "scroll"};
    struct words w = {behind + 1, end};

    if (behind == end || memcmp(text, "declare", strlen("declare")) != 0 || *behind != ' ')
        return behind == end;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (take(&w, words[i]))
            return true;
    }
    return false;
}

void names_hide(const struct sql_dialect *dialect, struct fingerprint *fp)
{
    char *end = fp->text + fp->text_length, *name, *behind;

    if (fp->statements != 1 || fp->length > FINGERPRINT_TEXT)
        return;
    name = find_name(dialect, fp->text, end);
    behind = name < end ? name_end(dialect, name, end) : name;
    if (behind == name || !goes_on(fp->text, behind, end) || is_special(name, (size_t)(behind - name)))
        return;
    for (uint32_t i = 0; i < fp->slots_kept; i++) {
        if (fp->slots[i].at > name - fp->text)
            fp->slots[i].at = (fp->slots[i].at - (uint32_t)(behind - name) + 1) & (FINGERPRINT_TEXT - 1);
    }
    *name = '?';
    memmove(name + 1, behind, (size_t)(end - behind));
    fp->text_length = fp->length = (size_t)(name + 1 - fp->text) + (size_t)(end - behind);
    fp->hash = hash_bytes(fp->text, fp->length, 0);
}
