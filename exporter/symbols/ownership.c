#include "exporter/symbols/ownership.h"

#include <string.h>

#include "exporter/base/path.h"
#include "exporter/base/clean_text.h"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool starts_with_any(const char *text, const char *const *starts)
{
    for (; *starts; starts++) {
        if (starts_with(text, *starts))
            return true;
    }
    return false;
}

static bool contains_any(const char *text, const char *const *parts)
{
    for (; *parts; parts++) {
        if (strstr(text, *parts))
            return true;
    }
    return false;
}

/* python3.11, php8.2, php-fpm8.2, perl, ruby3.1, ... but not python-shop. */
static bool is_interpreter(const char *path)
{
    static const char *const names[] = {"python", "ruby", "php", "perl", "node", "lua", "java", "tclsh", "wish", NULL};
    static const char *const variants[] = {"-fpm", "-cgi", "-dbg", "d", NULL};
    static const char version[] = "0123456789.";
    const char *base = path_basename(path);
    for (size_t i = 0; names[i]; i++) {
        if (!starts_with(base, names[i]))
            continue;
        const char *rest = base + strlen(names[i]);
        rest += strspn(rest, version);
        for (size_t j = 0; variants[j]; j++) {
            if (starts_with(rest, variants[j])) {
                rest += strlen(variants[j]);
                break;
            }
        }
        if (rest[strspn(rest, version)] == '\0')
            return true;
    }
    return false;
}

bool ownership_is_database_or_agent(const char *module)
{
    static const char *const names[] = {"libnplus1.so", "libsqlite3.so", "libpq.so", NULL};
    return starts_with_any(path_basename(module), names);
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

/* Runtime libraries and packages that somebody else wrote, wherever they are installed. */
bool ownership_is_foreign_module(const struct ownership *ownership, const char *module)
{
    static const char *const names[] = {"libpython", "libruby",  "libperl",    "libphp",    "libtcl",
                                        "libc.so",   "ld-linux", "libpthread", "libstdc++", NULL};
    static const char *const folders[] = {"/site-packages/", "/dist-packages/", "/gems/", "/node_modules/", NULL};
    int told = named(ownership, module);
    if (told)
        return told < 0;
    return path_is_system_library(module) || ownership_is_database_or_agent(module) || is_interpreter(module) ||
           starts_with_any(path_basename(module), names) || contains_any(module, folders) || module[0] == '[';
}

/* Where CPython keeps its standard library, wherever it is installed itself: .../lib/python3.11/ */
static bool is_python_library(const char *file)
{
    const char *at = strstr(file, "/lib/python3.");
    if (!at)
        return false;
    at += strlen("/lib/python3.");
    return at[strspn(at, "0123456789t")] == '/'; /* t: built without the lock */
}

/* Where Tcl keeps its own scripts and its modules, wherever it is installed itself: .../lib/tcl8.6/, .../lib/tcl8/8.5/ */
static bool is_tcl_library(const char *file)
{
    const char *at = strstr(file, "/lib/tcl8");
    if (!at)
        return false;
    at += strlen("/lib/tcl8");
    return at[strspn(at, ".0123456789")] == '/';
}

/* What /usr/local holds of languages. Programs of one's own are installed beside them: /usr/local/lib/shop/views.py */
static bool is_local_library(const char *file)
{
    static const char *const languages[] = {"python", "pypy", "ruby", "site_ruby", "php", "perl", "lua", "node", "tcl", NULL};
    static const char *const folders[] = {"/usr/local/lib/", "/usr/local/share/", NULL};
    for (size_t i = 0; folders[i]; i++) {
        const char *name = file + strlen(folders[i]);
        if (starts_with(file, folders[i]))
            return starts_with_any(name, languages) || memmem(name, strcspn(name, "/"), "-linux-", strlen("-linux-"));
    }
    return false;
}

bool ownership_is_foreign_source(const struct ownership *ownership, const char *file)
{
    static const char *const folders[] = {
        "/site-packages/",   "/dist-packages/", "/__pypackages__/", "/gems/",  "/vendor/", "/node_modules/",
        "/.cargo/registry/", "/rustc/",         "/perl5/",          "/tcltk/", NULL};
    int told = named(ownership, file);
    if (told)
        return told < 0;
    return (path_is_system_library(file) && !path_is_below(file, "/usr/local")) || is_local_library(file) ||
           contains_any(file, folders) || is_python_library(file) || is_tcl_library(file) || starts_with(file, "<frozen") ||
           starts_with(file, "<internal:");
}

/* python -c CODE, ruby -e CODE, ... */
static bool is_code_of_command_line(const struct recording *recording)
{
    for (size_t i = 1; i < recording->command_count && recording->command[i][0] == '-'; i++) {
        const char *word = recording->command[i];
        char last = word[strlen(word) - 1];
        i += strcmp(word, "-X") == 0 || strcmp(word, "-W") == 0; /* their values */
        if (word[1] != '-' && (last == 'c' || last == 'e' || last == 'E' || last == 'r'))
            return true;
    }
    return false;
}

bool ownership_is_foreign_script(const struct ownership *ownership, const char *file, const struct recording *recording)
{
    static const char *const typed[] = {"<stdin>", "<console>", "<input>", "<ipython-input", "<doctest", "<python-input", NULL};
    if (file[0] != '<')
        return ownership_is_foreign_source(ownership, file);
    if (strcmp(file, "<string>") == 0)
        return !is_code_of_command_line(recording);
    return !starts_with_any(file, typed);
}
