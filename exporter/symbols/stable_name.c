#include "exporter/symbols/stable_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "exporter/base/alloc.h"

#define HEX_LEAST    8 /* digits of a hash, with two of 0 to 9 among them */
#define DIGITS_LEAST 6 /* of a number that no person writes into a name: a time, a process, an object */

static const char digits[] = "0123456789";
static const char hex[] = "0123456789abcdefABCDEF";

static bool is_after(const char *name, const char *at, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(at - name) >= length && memcmp(at - length, word, length) == 0;
}

/* A number behind a word that only generated names have. */
static bool is_numbered(const char *name, const char *at)
{
    static const char *const words[] = {"(eval ",   "eval ",    "eval at ",    "__tilt_",      "content_",    "__lambda_",
                                        "_erb__",   "_haml__",  "_slim__",     "_builder__",   "_jbuilder__", "_erb___",
                                        "_haml___", "_slim___", "_builder___", "_jbuilder___", "line ",       NULL};
    for (size_t i = 0; words[i]; i++) {
        if (is_after(name, at, words[i]))
            return true;
    }
    return false;
}

/* The length of what changes at that place, 0: nothing. */
static size_t changing(const char *name, const char *at)
{
    size_t number = strspn(at, digits);
    size_t hash = strspn(at, hex);
    if (at[0] == '0' && at[1] == 'x' && strspn(at + 2, hex) > 0)
        return 2 + strspn(at + 2, hex);
    if (at > name && (isalpha((unsigned char)at[-1]) || isdigit((unsigned char)at[-1])))
        return 0;
    size_t decimal = 0;
    for (size_t i = 0; i < hash; i++)
        decimal += isdigit((unsigned char)at[i]) != 0;
    if (hash >= HEX_LEAST && decimal >= 2 && !isalnum((unsigned char)at[hash]))
        return hash;
    return number > 0 && (number >= DIGITS_LEAST || is_numbered(name, at)) && !isalpha((unsigned char)at[number]) ? number : 0;
}

/* tmpab12_x9z.py, as Python's tempfile names them. */
static size_t temporary(const char *name, const char *at)
{
    bool starts = at == name || at[-1] == '/';
    size_t length = starts && strncmp(at, "tmp", 3) == 0 ? strspn(at + 3, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;
    return length == 8 && (at[11] == '.' || at[11] == '/' || at[11] == '\0') ? 11 : 0;
}

char *stable_name(const char *name)
{
    if (!name)
        return NULL;
    char *copy = alloc_format("%s", name);
    char *out = copy;
    for (const char *in = name; *in;) {
        bool goes_on = out > copy + 1 && out[-1] == '_' && out[-2] == '#'; /* 1234_56 is one */
        size_t length = temporary(name, in);
        length = length ? length : goes_on && strspn(in, digits) > 0 ? strspn(in, digits) : changing(name, in);
        if (length == 0) {
            *out++ = *in++;
            continue;
        }
        in += length;
        if (goes_on || is_after(copy, out, "___")) /* a third one is the minus of every other hash */
            out--;
        if (!goes_on)
            *out++ = '#';
    }
    *out = '\0';
    return copy;
}
