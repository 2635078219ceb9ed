#include "exporter/ownership/ownership.h"

#include <string.h>

#include "exporter/base/path.h"
#include "exporter/base/words.h"
#include "exporter/model/system.h"
#include "exporter/ownership/languages.h"
#include "exporter/ownership/plumbing.h"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool starts_with_any(const char *text, const char *starts)
{
    for (; starts && *starts; starts = words_next(starts)) {
        if (starts_with(text, starts))
            return true;
    }
    return false;
}

static bool contains_any(const char *text, const char *parts)
{
    for (; parts && *parts; parts = words_next(parts)) {
        if (strstr(text, parts))
            return true;
    }
    return false;
}

/* python3.11, php8.2, php-fpm8.2, perl, ruby3.1, ... but not python-shop. */
static bool is_program_of(const struct language *language, const char *base)
{
    static const char variants[] = "-fpm\0-cgi\0-dbg\0d\0";
    static const char version[] = "0123456789.";
    for (const char *name = language->programs; name && *name; name = words_next(name)) {
        if (!starts_with(base, name))
            continue;
        const char *rest = base + strlen(name);
        rest += strspn(rest, version);
        for (const char *variant = variants; *variant; variant = words_next(variant)) {
            if (starts_with(rest, variant)) {
                rest += strlen(variant);
                break;
            }
        }
        if (rest[strspn(rest, version)] == '\0')
            return true;
    }
    return false;
}

bool ownership_is_interpreter(const char *base)
{
    for (const struct language *l = languages; l->name; l++) {
        if (is_program_of(l, base))
            return true;
    }
    return false;
}

bool ownership_is_agent(const char *module)
{
    return starts_with(path_basename(module), "libnplus1.so");
}

bool ownership_is_database_or_agent(const char *module)
{
    return ownership_is_agent(module) || system_is_library(path_basename(module));
}

/* The length of the longest path of a list that holds the file; 0: none does. */
static size_t longest_above(const char *list, const char *file)
{
    size_t longest = 0;
    while (list && *list) {
        const char *end = strchrnul(list, ':');
        size_t length = (size_t)(end - list);
        while (length > 1 && list[length - 1] == '/')
            length--;
        if (length > longest && strncmp(list, file, length) == 0 &&
            (file[length] == '/' || file[length] == '\0' || list[length - 1] == '/'))
            longest = length;
        list = *end ? end + 1 : end;
    }
    return longest;
}

/* 1: the user says that it is the program's own, -1: that it is not, 0: says nothing. */
static int named(const struct ownership *ownership, const char *file)
{
    size_t app = ownership ? longest_above(ownership->app, file) : 0;
    size_t library = ownership ? longest_above(ownership->library, file) : 0;
    return app > library ? 1 : library > 0 ? -1 : 0;
}

bool ownership_is_named(const struct ownership *ownership, const char *path)
{
    return named(ownership, path) != 0;
}

/* An interpreter, its runtime library, or a compiled part of a package. */
static bool is_module_of(const struct language *language, const char *module)
{
    const char *base = path_basename(module);
    return is_program_of(language, base) || (language->runtime && starts_with(base, language->runtime)) ||
           contains_any(module, language->module_folders);
}

static bool is_module_of_any(const char *module)
{
    for (const struct language *l = languages; l->name; l++) {
        if (is_module_of(l, module))
            return true;
    }
    return false;
}

/* Wherever it is installed. */
bool ownership_is_c_runtime(const char *module)
{
    static const char names[] = "libc.so\0ld-linux\0libpthread\0libstdc++\0";
    return starts_with_any(path_basename(module), names);
}

bool ownership_is_foreign_module(const struct ownership *ownership, const char *module)
{
    int told = named(ownership, module);
    if (told)
        return told < 0;
    return path_is_system_library(module) || ownership_is_database_or_agent(module) || is_module_of_any(module) ||
           ownership_is_c_runtime(module) || module[0] == '[';
}

/* The language's own scripts. */
static bool is_library_of(const struct language *language, const char *file)
{
    const char *at = language->library_path ? strstr(file, language->library_path) : NULL;
    if (!at)
        return false;
    at += strlen(language->library_path);
    return at[strspn(at, language->library_version)] == '/';
}

/* The part of a path below the folders of /usr/local that languages use; NULL: it is elsewhere. Programs of one's own are
 * installed beside them: /usr/local/lib/shop/views.py */
static const char *below_local(const char *file)
{
    static const char folders[] = "/usr/local/lib/\0/usr/local/share/\0";
    for (const char *folder = folders; *folder; folder = words_next(folder)) {
        if (starts_with(file, folder))
            return file + strlen(folder);
    }
    return NULL;
}

/* A path below its package, as Java's machine tells it. */
static bool is_package_of(const struct language *language, const char *file)
{
    size_t length = strlen(file);
    if (!language->packages || file[0] == '/')
        return false;
    if (language->internal && strcmp(path_basename(file), language->internal) == 0)
        return true;
    if (language->generated && (contains_any(file, language->generated) || starts_with(file, "$Proxy")))
        return true;
    for (const char *suffix = language->suffixes; suffix && *suffix; suffix = words_next(suffix)) {
        size_t own = strlen(suffix);
        if (length > own && strcmp(file + length - own, suffix) == 0)
            return starts_with_any(file, language->packages) &&
                   !(language->own_packages && starts_with_any(file, language->own_packages));
    }
    return false;
}

bool ownership_is_made(const char *file, unsigned line)
{
    static const char *const sources[] = {".java", ".kt", ".scala", ".groovy", NULL};
    const char *suffix = strrchr(file, '.');
    for (size_t i = 0; suffix && line == 0 && file[0] != '/' && sources[i]; i++) {
        if (strcmp(suffix, sources[i]) == 0)
            return true;
    }
    return false;
}

static bool is_source_of_any(const char *file)
{
    const char *local = below_local(file);
    if (local && memmem(local, strcspn(local, "/"), "-linux-", strlen("-linux-")))
        return true;
    for (const struct language *l = languages; l->name; l++) {
        if (contains_any(file, l->source_folders) || is_package_of(l, file) || is_library_of(l, file) ||
            (l->internal && starts_with(file, l->internal)) || (local && starts_with_any(local, l->local_folders)))
            return true;
    }
    return false;
}

bool ownership_is_foreign_source(const struct ownership *ownership, const char *file)
{
    int told = named(ownership, file);
    if (told)
        return told < 0;
    return (path_is_system_library(file) && !path_is_below(file, "/usr/local")) || is_source_of_any(file);
}

/* Where a type of a method's name begins: <&mut sqlx::Pool as ...>; where it is but a letter that stands for any, that of the
 * trait: <F as axum::handler::Handler>. */
static const char *skip_to_path(const char *function)
{
    static const char words[] = "<\0&\0*\0(\0[\0mut \0dyn \0const \0impl \0";
    const char *trait = strstr(function, " as ");
    bool found = true;
    while (found) {
        found = false;
        for (const char *word = words; *word && !found; word = words_next(word)) {
            found = starts_with(function, word);
            function += found ? strlen(word) : 0;
        }
    }
    if (trait && trait > function && !memmem(function, (size_t)(trait - function), "::", 2))
        return trait + strlen(" as ");
    return function;
}

bool ownership_is_foreign_function(const char *language, const char *function)
{
    if (starts_with(function, "__rust_")) /* what Rust's compiler adds, under C's names */
        return true;
    for (const struct language *l = languages; l->name; l++) {
        if (!l->crates || strcmp(language, l->name) != 0)
            continue;
        const char *path = skip_to_path(function);
        const char *end = strstr(path, "::");
        for (const char *crate = l->crates; end && *crate; crate = words_next(crate)) {
            if (strlen(crate) == (size_t)(end - path) && starts_with(path, crate))
                return true;
        }
    }
    return false;
}

/* python -c CODE, ruby -e CODE, ... */
static bool is_code_of_command_line(const char *const *command, size_t words)
{
    for (size_t i = 1; i < words && command[i][0] == '-'; i++) {
        const char *word = command[i];
        size_t length = strlen(word);
        char last = word[length - 1 - (length > 2 && word[length - 1] == '?')]; /* -c? had the code in the same word */
        i += strcmp(word, "-X") == 0 || strcmp(word, "-W") == 0;                /* their values */
        if (word[1] != '-' && (last == 'c' || last == 'e' || last == 'E' || last == 'r'))
            return true;
    }
    return false;
}

bool ownership_is_foreign_script(const struct ownership *ownership, const char *file, const char *const *command, size_t words)
{
    static const char typed[] = "<stdin>\0<console>\0<input>\0<ipython-input\0<doctest\0<python-input\0";
    if (file[0] != '<')
        return ownership_is_foreign_source(ownership, file) || (named(ownership, file) == 0 && plumbing_is_launcher(file));
    if (strcmp(file, "<string>") == 0)
        return !is_code_of_command_line(command, words);
    return !starts_with_any(file, typed);
}
