#include "collectors/languages/tcl/script.h"

#include <stdbool.h>
#include <string.h>

static bool is_boundary(char c)
{
    return c != '\0' && strchr("{}[]\"; \t\n", c) != NULL;
}

static const char *match(const char *at, const char *end, const char *script, size_t length, size_t offset)
{
    const char *found = NULL;

    for (size_t i = 0; i < length; i++) {
        if (i == offset)
            found = at;
        if (at == end)
            return NULL;
        if (*at == script[i]) {
            at++;
        } else if (script[i] == ' ' && end - at >= 2 && at[0] == '\\' && at[1] == '\n') {
            at += 2;
            while (at < end && (*at == ' ' || *at == '\t'))
                at++;
        } else {
            return NULL;
        }
    }
    return at == end || is_boundary(*at) ? found : NULL;
}

const char *tcl_script_find(const char *text, size_t length, const char *script, size_t script_length, size_t offset)
{
    const char *end = text + length, *found;

    if (offset >= script_length || script_length > length)
        return NULL;
    for (const char *at = text; at < end && (at = memchr(at, script[0], (size_t)(end - at))) != NULL; at++) {
        if (at > text && !is_boundary(at[-1]))
            continue;
        found = match(at, end, script, script_length, offset);
        if (found)
            return found;
    }
    return NULL;
}

/* Skips a character that makes the next one mean itself, and that one. */
static const char *skip_escaped(const char *at, const char *end)
{
    return end - at > 1 ? at + 2 : end;
}

/* Behind the brace that closes the one before `at`. */
static const char *skip_braces(const char *at, const char *end)
{
    for (int depth = 1; at < end;) {
        if (*at == '\\') {
            at = skip_escaped(at, end);
            continue;
        }
        depth += (*at == '{') - (*at == '}');
        at++;
        if (depth == 0)
            break;
    }
    return at;
}

/* Skips brackets: a script, whose words may have brackets that are none. */
static const char *skip_brackets(const char *at, const char *end)
{
    for (int depth = 1; at < end;) {
        if (*at == '\\') {
            at = skip_escaped(at, end);
        } else if (*at == '{') {
            at = skip_braces(at + 1, end);
        } else {
            depth += (*at == '[') - (*at == ']');
            at++;
            if (depth == 0)
                break;
        }
    }
    return at;
}

/* Up to one of these. */
static const char *skip_until(const char *at, const char *end, const char *stop)
{
    while (at < end && !(*at != '\0' && strchr(stop, *at))) {
        if (*at == '\\')
            at = skip_escaped(at, end);
        else if (*at == '[')
            at = skip_brackets(at + 1, end);
        else if (*at == '$' && end - at > 1 && at[1] == '{')
            at = skip_braces(at + 2, end);
        else
            at++;
    }
    return at;
}

static const char *skip_word(const char *at, const char *end)
{
    if (end - at > 3 && strncmp(at, "{*}", 3) == 0 && !strchr(" \t\n", at[3]))
        at += 3;
    if (*at == '{')
        return skip_braces(at + 1, end);
    if (*at == '"') {
        at = skip_until(at + 1, end, "\"");
        return at < end ? at + 1 : end;
    }
    return skip_until(at, end, " \t\n");
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end) {
        if (*at == ' ' || *at == '\t' || *at == '\n')
            at++;
        else if (*at == '\\' && end - at > 1 && at[1] == '\n')
            at += 2;
        else
            break;
    }
    return at;
}

size_t tcl_script_word(const char *text, size_t length, const char *place, const char **ret_start)
{
    const char *end = text + length, *at = skip_space(text, end);
    size_t index = 0;

    for (;;) {
        const char *after = at < end ? skip_word(at, end) : end;
        *ret_start = at;
        if (place < after || after >= end)
            return index;
        at = skip_space(after, end);
        index += at > after; /* else what follows a brace or a quote, which Tcl would not take */
    }
}
