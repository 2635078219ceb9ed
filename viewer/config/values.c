#include "viewer/config/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"

#define NS_MIN 1e3
#define NS_MAX 3600e9

char *values_text(const char *text, enum config_origin origin, const char *folder, char **wrong)
{
    (void)origin, (void)folder, (void)wrong;
    return alloc_format("%s", text);
}

/* One path as it is kept: NULL where it may not be relative. */
static char *absolute(const char *text, enum config_origin origin, const char *folder)
{
    const char *home = getenv("HOME");
    if (text[0] == '/')
        return path_normalise(NULL, text);
    if (origin == CONFIG_OF_USER && strncmp(text, "~/", 2) == 0 && home && home[0] == '/')
        return path_normalise(home, text + 2);
    return origin == CONFIG_OF_PROJECT && folder ? path_normalise(folder, text) : NULL;
}

char *values_paths(const char *text, enum config_origin origin, const char *folder, char **wrong)
{
    if (origin == CONFIG_OF_ENVIRONMENT)
        return alloc_format("%s", text);
    char *copy = alloc_format("%s", text);
    char *rest = copy;
    char *all = alloc_format("%s", "");
    for (char *item; (item = strsep(&rest, ":"));) {
        if (!*item)
            continue;
        char *path = absolute(item, origin, folder);
        if (!path) {
            *wrong = alloc_format("'%s' is not absolute and does not begin with ~/", item);
            free(all);
            all = NULL;
            break;
        }
        char *more = alloc_format("%s%s%s", all, *all ? ":" : "", path);
        free(path);
        free(all);
        all = more;
    }
    free(copy);
    return all;
}

char *values_path(const char *text, enum config_origin origin, const char *folder, char **wrong)
{
    char *path = !text[0] ? NULL : origin == CONFIG_OF_PROJECT ? alloc_format("%s", text) : absolute(text, origin, folder);
    if (!path)
        *wrong = text[0] ? alloc_format("'%s' is not absolute and does not begin with ~/", text)
                         : alloc_format("'' is not a path");
    return path;
}

char *values_duration(const char *text, enum config_origin origin, const char *folder, char **wrong)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"", 1e6}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    char *end = NULL;
    double number = text[0] >= '0' && text[0] <= '9' && !strpbrk(text, "xXpP") ? strtod(text, &end) : -1;
    (void)origin, (void)folder;
    if (end)
        end += strspn(end, " ");
    for (size_t i = 0; end && i < sizeof units / sizeof *units; i++) {
        double ns = number * units[i].ns;
        if (strcmp(end, units[i].name) == 0 && ns >= NS_MIN && ns <= NS_MAX)
            return alloc_format("%llu", (unsigned long long)(ns + 0.5));
    }
    *wrong = alloc_format("'%s' is not a time from 1us to 3600s, such as 500us, 1.5ms or 2s", text);
    return NULL;
}

static char *read_number(const char *text, unsigned long least, unsigned long most, char **wrong)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && !*end && errno == 0 && number >= least && number <= most)
        return alloc_format("%lu", number);
    *wrong = alloc_format("'%s' is not a number from %lu to %lu", text, least, most);
    return NULL;
}

char *values_width(const char *text, enum config_origin origin, const char *folder, char **wrong)
{
    (void)origin, (void)folder;
    return read_number(text, 60, 1000, wrong);
}

char *values_threshold(const char *text, enum config_origin origin, const char *folder, char **wrong)
{
    (void)origin, (void)folder;
    return read_number(text, 2, 1000000000, wrong);
}

char *values_color(const char *text, enum config_origin origin, const char *folder, char **wrong)
{
    (void)origin, (void)folder;
    if (strcmp(text, "auto") == 0 || strcmp(text, "always") == 0 || strcmp(text, "never") == 0)
        return alloc_format("%s", text);
    *wrong = alloc_format("'%s' is not auto, always or never", text);
    return NULL;
}

/* The number of a word in SGR sequences; NULL: there is none. */
static char *code_of(const char *word)
{
    static const char *const colors[] = {"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"};
    static const struct {
        const char *name;
        unsigned code;
    } attributes[] = {{"bold", 1}, {"dim", 2}, {"italic", 3}, {"underline", 4}, {"reverse", 7}};
    bool bright = strncmp(word, "bright-", 7) == 0;
    char *end;
    for (unsigned i = 0; i < sizeof colors / sizeof *colors; i++) {
        if (strcmp(word + (bright ? 7 : 0), colors[i]) == 0)
            return alloc_format("%u", (bright ? 90 : 30) + i);
    }
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (strcmp(word, attributes[i].name) == 0)
            return alloc_format("%u", attributes[i].code);
    }
    unsigned long number = strtoul(word, &end, 10);
    return word[0] >= '0' && word[0] <= '9' && !*end && number < 256 ? alloc_format("38;5;%lu", number) : NULL;
}

char *values_style(const char *text, enum config_origin origin, const char *folder, char **wrong)
{
    char *copy = alloc_format("%s", text);
    char *rest = copy;
    char *all = alloc_format("%s", "");
    (void)origin, (void)folder;
    for (char *word; all && (word = strsep(&rest, " "));) {
        char *code = *word && strcmp(word, "none") != 0 ? code_of(word) : alloc_format("%s", "");
        char *more = code ? alloc_format("%s%s%s", all, *all && *code ? ";" : "", code) : NULL;
        if (!code)
            *wrong = alloc_format(
                "'%s' is not a colour (red, bright-red, 0 to 255), bold, dim, italic, underline, reverse or none", word);
        free(code);
        free(all);
        all = more;
    }
    free(copy);
    char *sequence = all && *all ? alloc_format("\033[%sm", all) : all ? alloc_format("%s", "") : NULL;
    free(all);
    return sequence;
}
