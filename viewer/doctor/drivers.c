/* The database drivers that a language machine finds when a program asks for them. They come by dlopen, so no list of the program
 * has them; but they stand in known folders. Debian's, those of pip, gem, pecl, CPAN and npm.
 */
#include "viewer/doctor/doctor.h"

#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exporter/base/alloc.h"

#define FOLDERS_MAX 64
#define DRIVERS_MAX 64 /* of one pattern */

struct folders {
    char *list[FOLDERS_MAX];
    size_t count;
};

static const struct {
    enum doctor_vm vm;
    const char *pattern, *label;
    bool own; /* needs no client library: it speaks to the server through libc's sockets */
    enum doctor_client client;
} drivers[] = {
    {DOCTOR_PYTHON, "_sqlite3*.so", "Python's sqlite3"},
    {DOCTOR_PYTHON, "apsw*.so", "apsw"},
    {DOCTOR_PYTHON, "apsw/*.so", "apsw"},
    {DOCTOR_PYTHON, "pysqlite3/*.so", "pysqlite3"},
    {DOCTOR_PYTHON, "psycopg2/_psycopg*.so", "psycopg2"},
    {DOCTOR_PYTHON, "psycopg_c/pq*.so", "psycopg 3 (psycopg_c)"},
    {DOCTOR_PYTHON, "psycopg_binary/pq*.so", "psycopg 3 (psycopg_binary)"},
    {DOCTOR_PYTHON, "asyncpg/__init__.py", "asyncpg", true, DOCTOR_POSTGRESQL},
    {DOCTOR_PYTHON, "pg8000/__init__.py", "pg8000", true, DOCTOR_POSTGRESQL},
    {DOCTOR_RUBY, "sqlite3/sqlite3_native.so", "ruby-sqlite3"},
    {DOCTOR_RUBY, "pg_ext.so", "ruby-pg"},
    {DOCTOR_RUBY, "extensions/*/*/sqlite3-*/sqlite3/sqlite3_native.so", "ruby-sqlite3"},
    {DOCTOR_RUBY, "extensions/*/*/pg-*/pg_ext.so", "ruby-pg"},
    {DOCTOR_RUBY, "gems/sqlite3-*-linux*/lib/sqlite3/*/sqlite3_native.so", "ruby-sqlite3 (precompiled)"},
    {DOCTOR_PHP, "sqlite3.so", "PHP's SQLite3"},
    {DOCTOR_PHP, "pdo_sqlite.so", "PHP's PDO for SQLite"},
    {DOCTOR_PHP, "pgsql.so", "PHP's pg functions"},
    {DOCTOR_PHP, "pdo_pgsql.so", "PHP's PDO for PostgreSQL"},
    {DOCTOR_PERL, "DBD/SQLite/SQLite.so", "DBD::SQLite"},
    {DOCTOR_PERL, "DBD/Pg/Pg.so", "DBD::Pg"},
    {DOCTOR_TCL, "sqlite3*/libtclsqlite3*.so", "Tcl's sqlite3"},
    {DOCTOR_TCL, "sqlite3*/libsqlite3*.so", "Tcl's sqlite3"},
    {DOCTOR_TCL, "pgtcl*/libpgtcl*.so", "Pgtcl"},
    {DOCTOR_LUA, "luasql/sqlite3.so", "LuaSQL for SQLite"},
    {DOCTOR_LUA, "luasql/postgres.so", "LuaSQL for PostgreSQL"},
    {DOCTOR_LUA, "lsqlite3.so", "LuaSQLite"},
    {DOCTOR_NODE, "better-sqlite3/build/Release/better_sqlite3.node", "better-sqlite3"},
    {DOCTOR_NODE, "sqlite3/build/Release/node_sqlite3.node", "npm sqlite3"},
    {DOCTOR_NODE, "libpq/build/Release/addon.node", "npm libpq"},
    {DOCTOR_NODE, "pg/package.json", "npm pg", true, DOCTOR_POSTGRESQL},
    {DOCTOR_NODE, "postgres/package.json", "npm postgres", true, DOCTOR_POSTGRESQL},
};

__attribute__((format(printf, 2, 3))) static void add_folder(struct folders *folders, const char *format, ...)
{
    char text[PATH_MAX];
    va_list args;

    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length > 0 && (size_t)length < sizeof text && folders->count < FOLDERS_MAX)
        folders->list[folders->count++] = alloc_format("%s", text);
}

/* The folders of a list with colons between. */
static void add_list(struct folders *folders, const char *list, const char *below)
{
    for (const char *at = list; at && *at; at += *at == ':') {
        size_t length = strcspn(at, ":");
        if (length > 0)
            add_folder(folders, "%.*s%s", (int)length, at, below);
        at += length;
    }
}

/* The prefix of an installation: what stands before /bin/ or /lib/ in the path of its program or library. */
static void prefix_of(const char *path, char ret[PATH_MAX])
{
    char real[PATH_MAX];
    const char *at = realpath(path, real) ? real : path, *end = strstr(at, "/bin/");

    if (!end)
        end = strstr(at, "/lib/");
    snprintf(ret, PATH_MAX, "%.*s", end ? (int)(end - at) : 0, at);
}

static void python_folders(const struct doctor *doctor, const char *version, const char *prefix, struct folders *ret)
{
    const char *home = getenv("HOME"), *slash = strrchr(doctor->program, '/');

    if (doctor->script && strchr(doctor->script, '/'))
        add_folder(ret, "%.*s", (int)(strrchr(doctor->script, '/') - doctor->script), doctor->script);
    add_list(ret, getenv("PYTHONPATH"), "");
    add_folder(ret, "%s/lib/python%s/lib-dynload", prefix, version);
    if (slash) { /* a virtual environment has its own, beside a link to the interpreter */
        char *mark = alloc_format("%.*s/../pyvenv.cfg", (int)(slash - doctor->program), doctor->program);
        bool is_virtual = access(mark, F_OK) == 0;
        free(mark);
        if (is_virtual) {
            add_folder(ret, "%.*s/../lib/python%s/site-packages", (int)(slash - doctor->program), doctor->program, version);
            return;
        }
    }
    if (home)
        add_folder(ret, "%s/.local/lib/python%s/site-packages", home, version);
    add_folder(ret, "%s/lib/python%s/site-packages", prefix, version);
    add_folder(ret, "/usr/local/lib/python%s/dist-packages", version);
    if (strcmp(prefix, "/usr") == 0 || !prefix[0])
        add_folder(ret, "/usr/lib/python3/dist-packages");
}

static void ruby_folders(const char *version, const char *prefix, struct folders *ret)
{
    const char *home = getenv("HOME");
    char below[64];

    snprintf(below, sizeof below, "/ruby/%s.0", version);
    add_list(ret, getenv("GEM_HOME"), "");
    add_list(ret, getenv("GEM_PATH"), "");
    add_folder(ret, "vendor/bundle%s", below);
    add_folder(ret, "%s/lib/x86_64-linux-gnu/ruby/vendor_ruby/%s.0", prefix, version);
    add_folder(ret, "%s/lib/ruby/gems/%s.0", prefix, version);
    add_folder(ret, "/var/lib/gems/%s.0", version);
    if (home) {
        add_folder(ret, "%s/.gem%s", home, below);
        add_folder(ret, "%s/.local/share/gem%s", home, below);
    }
}

static void php_folders(const struct doctor_language *language, const char *prefix, struct folders *ret)
{
    int digits = (int)strspn(language->api, "0123456789");

    add_folder(ret, "/usr/lib/php/20%.*s", digits, language->api);
    add_folder(ret, "%s/lib/php/extensions/no-debug-%szts-20%.*s", prefix, strstr(language->api, ",TS") ? "" : "non-", digits,
               language->api);
}

static void perl_folders(const char *version, const char *prefix, struct folders *ret)
{
    const char *home = getenv("HOME");

    add_list(ret, getenv("PERL5LIB"), "/auto");
    add_folder(ret, "/usr/local/lib/x86_64-linux-gnu/perl/%s*/auto", version);
    add_folder(ret, "%s/lib/x86_64-linux-gnu/perl5/%s/auto", prefix, version);
    add_folder(ret, "%s/lib/x86_64-linux-gnu/perl/%s/auto", prefix, version);
    if (home)
        add_folder(ret, "%s/perl5/lib/perl5/x86_64-linux*/auto", home);
}

/* package.cpath as Debian and others build it, and LuaRocks' folder of a user. */
static void lua_folders(const char *version, const char *prefix, struct folders *ret)
{
    const char *home = getenv("HOME");

    if (home)
        add_folder(ret, "%s/.luarocks/lib/lua/%s", home, version);
    add_folder(ret, "/usr/local/lib/lua/%s", version);
    add_folder(ret, "%s/lib/lua/%s", prefix, version);
    add_folder(ret, "%s/lib/x86_64-linux-gnu/lua/%s", prefix, version);
}

/* auto_path as Debian and others build it; TCLLIBPATH has folders with spaces between. */
static void tcl_folders(const char *prefix, struct folders *ret)
{
    static const char *const below[] = {"/lib/tcltk/x86_64-linux-gnu", "/lib/tcltk", "/share/tcltk", "/lib"};
    const char *named = getenv("TCLLIBPATH");

    for (const char *at = named; at && *at; at += *at == ' ') {
        size_t length = strcspn(at, " ");
        if (length > 0)
            add_folder(ret, "%.*s", (int)length, at);
        at += length;
    }
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        add_folder(ret, "/usr/local%s", below[i]);
        if (strcmp(prefix, "/usr/local") != 0)
            add_folder(ret, "%s%s", prefix, below[i]);
    }
}

/* Node looks in each folder upwards from the script. */
static void node_folders(const struct doctor *doctor, struct folders *ret)
{
    char real[PATH_MAX], *slash;

    if (!realpath(doctor->script ? doctor->script : ".", real))
        return;
    if (!doctor->script)
        strncat(real, "/", sizeof real - strlen(real) - 1);
    while ((slash = strrchr(real, '/'))) {
        *slash = '\0';
        add_folder(ret, "%s/node_modules", real);
    }
}

static void add_driver(struct doctor *doctor, const struct doctor_language *language, size_t driver, const char *path)
{
    enum doctor_how how = language->opens_deep ? DOCTOR_OPENED_IN : DOCTOR_OPENED;
    const char *why;

    if (drivers[driver].own) {
        for (size_t i = 0; i < doctor->library_count; i++) {
            if (strcmp(doctor->libraries[i].name, drivers[driver].label) == 0)
                return;
        }
        struct doctor_library *library = doctor_add_library(doctor, drivers[driver].client, DOCTOR_OWN);
        library->by_libc = true;
        library->name = alloc_format("%s", drivers[driver].label);
        library->path = alloc_format("%s", path);
        return;
    }
    size_t module = doctor_modules_add(&doctor->modules, path, path, how, DOCTOR_NONE, true, &why);
    if (module == DOCTOR_NONE)
        doctor_add_note(doctor, "%s: %s", path, why);
    else if (!doctor->modules.items[module].label)
        doctor->modules.items[module].label = drivers[driver].label;
}

/* psycopg 3 without compiled parts takes libpq through ctypes. */
static void add_psycopg(struct doctor *doctor, const char *folder)
{
    char *path = alloc_format("%s/psycopg/pq/pq_ctypes.py", folder), *compiled = alloc_format("%s/psycopg_[cb]*/pq*.so", folder);
    glob_t found = {0};
    const char *why;

    if (access(path, F_OK) == 0 && glob(compiled, 0, NULL, &found) != 0) {
        char *library = doctor_modules_find(&doctor->modules, "libpq.so.5", 0);
        size_t module = library ? doctor_modules_add(&doctor->modules, library, library, DOCTOR_BY_NAME, DOCTOR_NONE, true, &why)
                                : DOCTOR_NONE;
        if (module != DOCTOR_NONE)
            doctor->modules.items[module].label = "psycopg 3 (ctypes)";
        free(library);
    }
    globfree(&found);
    free(path);
    free(compiled);
}

void doctor_drivers(struct doctor *doctor, const struct doctor_language *language)
{
    struct folders folders = {0};
    char prefix[PATH_MAX], version[16];
    int major = 0, minor = 0;

    sscanf(language->version, "%d.%d", &major, &minor);
    snprintf(version, sizeof version, "%d.%d", major, minor);
    prefix_of(language->path, prefix);
    if (language->vm == DOCTOR_PYTHON)
        python_folders(doctor, version, prefix, &folders);
    else if (language->vm == DOCTOR_RUBY)
        ruby_folders(version, prefix, &folders);
    else if (language->vm == DOCTOR_PHP)
        php_folders(language, prefix, &folders);
    else if (language->vm == DOCTOR_PERL)
        perl_folders(version, prefix, &folders);
    else if (language->vm == DOCTOR_TCL)
        tcl_folders(prefix, &folders);
    else if (language->vm == DOCTOR_LUA)
        lua_folders(version, prefix, &folders);
    else if (language->vm == DOCTOR_NODE)
        node_folders(doctor, &folders);
    for (size_t i = 0; i < folders.count; i++) {
        for (size_t k = 0; k < sizeof drivers / sizeof *drivers; k++) {
            char *pattern = drivers[k].vm == language->vm ? alloc_format("%s/%s", folders.list[i], drivers[k].pattern) : NULL;
            glob_t found = {0};
            if (pattern && glob(pattern, 0, NULL, &found) == 0) {
                for (size_t n = 0; n < found.gl_pathc && n < DRIVERS_MAX; n++)
                    add_driver(doctor, language, k, found.gl_pathv[n]);
            }
            globfree(&found);
            free(pattern);
        }
        if (language->vm == DOCTOR_PYTHON)
            add_psycopg(doctor, folders.list[i]);
        free(folders.list[i]);
    }
}
