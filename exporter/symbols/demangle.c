#include "exporter/symbols/demangle.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBIBERTY
#include <libiberty/demangle.h>
#endif

#define NAME_MAX_LENGTH 8192 /* the demangler recurses: longer names stay as they are */

/* .constprop.0, .part.0, .isra.0, .lto_priv.0, .cold: clones of one function, numbered anew by every build. */
static size_t without_clone(const char *name)
{
    static const char *const suffixes[] = {".constprop.", ".part.", ".isra.", ".lto_priv.", ".cold", ".llvm."};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        const char *found = strstr(name, suffixes[i]);
        if (found && found > name && (size_t)(found - name) < length)
            length = (size_t)(found - name);
    }
    return length;
}

/* _ZN...17h<16 hex digits>E, the older of Rust's two manglings. */
static bool is_legacy_rust(const char *name)
{
    size_t length = without_clone(name);
    if (strncmp(name, "_ZN", 3) != 0 || length < 24 || name[length - 1] != 'E' || strncmp(name + length - 20, "17h", 3) != 0)
        return false;
    for (size_t i = length - 17; i < length - 1; i++) {
        if (!isxdigit((unsigned char)name[i]))
            return false;
    }
    return true;
}

const char *demangle_language(const char *name)
{
    if (!name)
        return "c";
    if ((name[0] == '_' && name[1] == 'R') || is_legacy_rust(name))
        return "rust";
    return strncmp(name, "_Z", 2) == 0 ? "c++" : "c";
}

/* As it is written in the source, to be freed; NULL: stays as it is. */
static char *readable_name(const char *plain)
{
#ifdef HAVE_LIBIBERTY
    return strcmp(demangle_language(plain), "rust") == 0 ? rust_demangle(plain, 0)
                                                         : cplus_demangle(plain, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO);
#else
    return NULL;
#endif
}

const char *demangle(struct text_pool *pool, const char *name)
{
    if (!name)
        return NULL;
    size_t length = without_clone(name);
    char *readable = NULL;
    if (length < NAME_MAX_LENGTH && name[0] == '_' && (name[1] == 'Z' || name[1] == 'R')) {
        char *plain = strndup(name, length);
        if (plain)
            readable = readable_name(plain);
        free(plain);
    }
    const char *result = readable ? text_intern_string(pool, readable) : text_intern(pool, name, length);
    free(readable);
    return result;
}
