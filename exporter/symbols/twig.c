/* Facts and their source: src/Node/ModuleNode.php and src/Error/Error.php of github.com/twigphp/Twig, version 3: a compiled
 * template is a class __TwigTemplate_ and digits, whose getDebugInfo() gives an array of lines of the class's file => lines of
 * the template, the last ones first, of which the first that is not behind a line counts; its getSourceContext() gives a Source
 * of the text, the name, and the path. */
#include "exporter/symbols/twig.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/file.h"

#define FILE_MAX ((size_t)1 << 20)

bool twig_has_function(const char *function)
{
    return strncmp(function, "__TwigTemplate_", strlen("__TwigTemplate_")) == 0;
}

/* Behind the words, in a method; NULL: they are not there. */
static const char *behind(const char *text, const char *method, const char *words)
{
    const char *at = strstr(text, method);
    at = at ? strstr(at, words) : NULL;
    return at ? at + strlen(words) : NULL;
}

/* 0: no pair is for the line. */
static uint32_t find_line(const char *pairs, uint32_t line)
{
    for (const char *at = pairs; *at && *at != ')' && *at != ']';) {
        char *end;
        unsigned long compiled = strtoul(at, &end, 10);
        const char *arrow = end != at ? strstr(end, "=>") : NULL;
        if (!arrow || strspn(end, " ") != (size_t)(arrow - end))
            return 0;
        unsigned long own = strtoul(arrow + 2, &end, 10);
        if (end == arrow + 2 || own > UINT32_MAX)
            return 0;
        if (compiled <= line)
            return (uint32_t)own;
        at = end + strspn(end, ", \n");
    }
    return 0;
}

/* Reads a string in double quotes; NULL: there is none. To be freed. */
static char *read_string(const char **at)
{
    const char *from = strchr(*at, '"');
    if (!from)
        return NULL;
    char *text = alloc_zeroed(strlen(from) + 1, 1);
    size_t length = 0;
    for (from++; *from && *from != '"'; from++) {
        if (*from == '\\' && from[1])
            from++;
        text[length++] = *from;
    }
    *at = *from ? from + 1 : from;
    return text;
}

bool twig_find(const char *file, uint32_t line, char **ret_file, uint32_t *ret_line)
{
    size_t length;
    char *text = file_read(file, FILE_MAX, &length);
    const char *pairs = text ? behind(text, "function getDebugInfo()", "return ") : NULL;
    const char *source = text ? behind(text, "function getSourceContext()", "new Source(") : NULL;
    char *path = NULL;
    uint32_t found = 0;
    if (pairs && source) {
        found = find_line(pairs + strcspn(pairs, "0123456789)];"), line);
        for (int i = 0; i < 3; i++) { /* the text, the name, the path */
            free(path);
            path = read_string(&source);
        }
    }
    free(text);
    if (!found || !path || path[0] != '/') {
        free(path);
        return false;
    }
    *ret_file = path;
    *ret_line = found;
    return true;
}
