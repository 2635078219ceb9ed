#include "agent/recording/command.h"

#include <stdbool.h>
#include <string.h>

/* How an interpreter reads its command line up to the script. Letters of options of one dash, from the manual pages. */
static const struct interpreter {
    char name[12];   /* a version may follow */
    char flags[24];  /* alone, and several in a word */
    char valued[8];  /* with a value in the next word, when nothing is behind the letter */
    char code[8];    /* the program itself is the value: there is no script */
    char modules[4]; /* the script's name is the value */
} interpreters[] = {
    {"python", "bBdEhiIOPqRsSuvVx", "WX", "c", "m"},
    {"pypy", "bBdEhiIOPqRsSuvVx", "WX", "c", "m"},
    {"ruby", "acDlnpsSvwWy", "CEFIrx", "e", ""},
    {"perl", "acfnpsStTuUvwWX", "I", "eE", ""},
    {"php", "aCHiHmnqsvw", "cdtzS", "BERr", "fF"},
    {"node", "civ", "rC", "ep", ""},
    {"nodejs", "civ", "rC", "ep", ""},
    {"tclsh", "", "", "", ""},
    {"lua", "Eiv-", "l", "e", ""},
    {"Rscript", "", "", "e", ""},
    {"bash", "aefhiklmnprtuvxBCHP", "oO", "c", ""},
    {"dash", "aefhiklmnprtuvxBCHP", "o", "c", ""},
    {"sh", "aefhiklmnprtuvxBCHP", "o", "c", ""},
};

/* Scripts and modules whose first word is a command. */
static const char *const front_ends[] = {"rails", "rake", "manage.py", "django-admin", "django", "flask", "artisan", "console"};

static char hidden[] = "?";

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_of_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* strspn, which the program may have put something in front of. */
static size_t span(const char *text, const char *accepted)
{
    size_t length = 0;

    while (text[length] && strchr(accepted, text[length]))
        length++;
    return length;
}

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static const struct interpreter *find_interpreter(const char *program)
{
    for (size_t i = 0; i < sizeof interpreters / sizeof *interpreters; i++) {
        size_t length = strlen(interpreters[i].name);
        if (strncmp(program, interpreters[i].name, length) == 0 &&
            span(program + length, "0123456789.-") == strlen(program + length))
            return &interpreters[i];
    }
    return NULL;
}

static bool is_front_end(const char *script)
{
    const char *name = last_component(script);

    for (size_t i = 0; i < sizeof front_ends / sizeof *front_ends; i++) {
        if (strcmp(name, front_ends[i]) == 0)
            return true;
    }
    return false;
}

/* db:migrate, runserver */
static bool is_command(const char *word)
{
    size_t length = span(word, "abcdefghijklmnopqrstuvwxyz_:-");

    return length > 0 && length <= 32 && !word[length];
}

/* Leaves the name of an option; an = or what is no part of a name ends it. */
static void hide_in_option(char *word)
{
    char *end = word + 2;

    if (word[1] == '-') {
        while (is_of_name(*end))
            end++;
        end += *end == '=' && end > word + 2;
    } else if (word[1] && word[2]) { /* one letter: -psecret; or a long name with a value: -Dname=value */
        char *equals = word + 2;
        while (is_of_name(*equals) || *equals == '.')
            equals++;
        if (*equals == '=')
            end = equals + 1;
    } else {
        return;
    }
    if (*end) {
        end[0] = '?';
        end[1] = '\0';
    }
}

/* The options of an interpreter from words[*at] on, up to its script, which is words[*at] then. False: there is no script. */
static bool skip_to_script(const struct interpreter *interpreter, char **words, size_t count, size_t *at)
{
    for (; *at < count && words[*at][0] == '-' && words[*at][1]; ++*at) {
        char *word = words[*at], *last;
        if (strcmp(word, "--") == 0) {
            ++*at;
            break;
        }
        if (word[1] == '-') {
            hide_in_option(word);
            continue;
        }
        last = word + 1 + span(word + 1, interpreter->flags);
        if (!*last) /* flags alone */
            continue;
        if (last[1]) { /* a value right behind the letter */
            bool code = strchr(interpreter->code, *last) != NULL;
            last[1] = '?';
            last[2] = '\0';
            if (code || strchr(interpreter->modules, *last))
                return ++*at, false;
        } else if (strchr(interpreter->code, *last)) {
            return ++*at, false;
        } else if (strchr(interpreter->modules, *last)) {
            return ++*at < count;
        } else if (strchr(interpreter->valued, *last) && *at + 1 < count) {
            words[++*at] = hidden;
        }
    }
    return *at < count;
}

void command_hide_values(const char *program, char **words, size_t count)
{
    const struct interpreter *interpreter = find_interpreter(program);
    size_t at = 1;
    char *blank = count > 0 ? words[0] + strcspn(words[0], " \t\n") : NULL;

    if (blank && blank[0] && blank[1]) { /* a program can write there what it likes */
        blank[1] = '?';
        blank[2] = '\0';
    }
    if (interpreter && skip_to_script(interpreter, words, count, &at)) {
        const char *script = words[at++];
        if (at < count && is_front_end(script) && is_command(words[at]))
            at++;
    }
    for (; at < count; at++) {
        if (words[at][0] == '-' && words[at][1])
            hide_in_option(words[at]);
        else if (words[at][0] != '-')
            words[at] = hidden;
    }
}
