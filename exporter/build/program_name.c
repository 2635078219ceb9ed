#include "exporter/build/program_name.h"

#include <stdbool.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"
#include "exporter/ownership/ownership.h"

#define NAME_MAX_BYTES 60

static bool is_word(const char *word)
{
    return word[0] && word[0] != '-' && strcmp(word, "?") != 0;
}

/* Whether a script's next word is a command of it; of others it is a value that somebody has captured. */
static bool has_commands(const char *script)
{
    static const char *const names[] = {"rails", "rake", "manage.py", "django-admin", "flask", "artisan", "console", NULL};
    for (size_t i = 0; names[i]; i++) {
        if (strcmp(script, names[i]) == 0)
            return true;
    }
    return false;
}

/* Words of node's that are followed by a module, which is loaded before the script. */
static bool loads_first(const char *word)
{
    static const char *const options[] = {"-r", "--require", "--import", "--loader", "--experimental-loader", NULL};
    for (size_t i = 0; options[i]; i++) {
        if (strcmp(word, options[i]) == 0)
            return true;
    }
    return false;
}

/* The words were replaced by a title, as servers do: "puma 5.6 (tcp://...)". Its first word is what they call themselves. */
static size_t title_length(const char *word)
{
    size_t length = strcspn(word, " :");
    return word[length] && word[0] != '/' && length <= NAME_MAX_BYTES ? length : 0;
}

char *program_name(const char *program, const char *const *command, size_t count)
{
    size_t at = 1;
    if (!ownership_is_interpreter(program))
        return alloc_format("%s", program);
    if (count > 0 && title_length(command[0]) > 0)
        return alloc_format("%.*s", (int)title_length(command[0]), command[0]);
    while (at < count && !is_word(command[at]) && strcmp(command[at], "-m") != 0)
        at += loads_first(command[at]) && strcmp(program, "node") == 0 ? 2 : 1;
    at += at < count && strcmp(command[at], "-m") == 0;
    if (at >= count || !is_word(command[at]))
        return alloc_format("%s", program);
    const char *script = path_basename(command[at]);
    if (at + 1 < count && is_word(command[at + 1]) && has_commands(script))
        return alloc_format("%.*s %.*s", NAME_MAX_BYTES, script, NAME_MAX_BYTES, command[at + 1]);
    return alloc_format("%.*s", NAME_MAX_BYTES, script[0] ? script : program);
}
