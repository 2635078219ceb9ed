/* The agent stands in for exported functions of the client libraries, so what counts is who calls them and how that call is
 * bound.
 */
#include "viewer/doctor/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"
#include "viewer/doctor/elf/version.h"
#include "viewer/doctor/inside/hidden.h"
#include "viewer/doctor/inside/tls.h"

#define USERS_SHOWN 4

static bool reaches(const struct doctor_modules *modules, size_t from, size_t to, unsigned char *visited)
{
    if (from == to)
        return true;
    if (visited[from])
        return false;
    visited[from] = 1;
    for (size_t i = 0; i < modules->items[from].use_count; i++) {
        if (reaches(modules, modules->items[from].uses[i], to, visited))
            return true;
    }
    return false;
}

static bool uses(const struct doctor_modules *modules, size_t user, size_t library, enum doctor_client client)
{
    if (user == library || !modules->items[user].elf->client[client].takes)
        return false;
    unsigned char *visited = alloc_zeroed(modules->count, 1);
    bool found = reaches(modules, user, library, visited);
    free(visited);
    return found;
}

/* Most PHPs open their extensions so that they look past a preload. */
static enum doctor_how how_of(const struct doctor *doctor, const struct doctor_module *module)
{
    if (module->how == DOCTOR_MAPPED && strstr(module->path, "/php/")) {
        for (size_t i = 0; i < doctor->language_count; i++) {
            if (doctor->languages[i].opens_deep)
                return DOCTOR_OPENED_IN;
        }
    }
    return module->how;
}

static char *describe_user(const struct doctor *doctor, const struct doctor_module *user)
{
    const char *name = path_basename(user->path);

    switch (how_of(doctor, user)) {
    case DOCTOR_PROGRAM:
        return alloc_format("the program, which is linked with it");
    case DOCTOR_LINKED:
        return alloc_format("%s, which the program is linked with", name);
    case DOCTOR_OPENED:
        return alloc_format("%s (%s), if the program asks for it: dlopen", user->label ? user->label : name, name);
    case DOCTOR_OPENED_IN:
        return alloc_format("%s (%s): dlopen, RTLD_DEEPBIND", user->label ? user->label : name, name);
    default:
        return alloc_format("%s", user->label ? user->label : name);
    }
}

static void append(char **text, char *more, const char *between)
{
    char *old = *text;
    *text = old ? alloc_format("%s%s%s", old, between, more) : alloc_format("%s", more);
    free(old);
    free(more);
}

static void set_unseen(struct doctor_library *library, const char *why, const char *fix)
{
    if (library->seen == DOCTOR_SEEN && library->why)
        return;
    library->seen = DOCTOR_NOT_SEEN;
    library->why = why;
    library->fix = fix;
}

static const char deep_why[] = "it is opened with RTLD_DEEPBIND, and so looks past the agent, which does not stand in for dlopen";
static const char look_why[] = "its functions are looked up by dlsym, which the agent does not stand in for";
static const char newer[] = "use a version of the agent that does";

static void judge_users(struct doctor *doctor, size_t at, struct doctor_library *library)
{
    const struct doctor_modules *modules = &doctor->modules;
    size_t users = 0, seen = 0;
    bool deep = false;

    for (size_t i = 0; i < modules->count; i++) {
        if (!uses(modules, i, at, library->client))
            continue;
        if (users++ < USERS_SHOWN)
            append(&library->bound, describe_user(doctor, &modules->items[i]), "; ");
        if (how_of(doctor, &modules->items[i]) == DOCTOR_OPENED_IN && !doctor->agent_opens)
            deep = true;
        else
            seen++;
    }
    if (users > USERS_SHOWN)
        append(&library->bound, alloc_format("%zu more", users - USERS_SHOWN), "; ");
    if (modules->items[at].elf->client[library->client].by_plt && library->copy == DOCTOR_EMBEDDED) {
        append(&library->bound, alloc_format("itself, by names that a preload can stand in for"), "; ");
        seen++;
        users++;
    }
    if (modules->items[at].how == DOCTOR_BY_NAME || (users == 0 && modules->items[at].how == DOCTOR_MAPPED)) {
        const char *label = modules->items[at].label;
        size_t by = modules->items[at].by;
        append(&library->bound,
               alloc_format("%s: dlopen by name, dlsym for each function", label ? label
                                                                           : by != DOCTOR_NONE
                                                                               ? path_basename(modules->items[by].path)
                                                                               : "code that names it nowhere in its tables"),
               "; ");
        users++;
        if (doctor->agent_looks_up)
            seen++;
        else if (seen == 0)
            set_unseen(library, look_why, newer);
    }
    if (seen > 0) {
        library->seen = DOCTOR_SEEN;
        if (deep)
            doctor_add_note(doctor, "%s is seen in part: what is opened with RTLD_DEEPBIND is not", library->path);
    } else if (deep) {
        set_unseen(library, deep_why, newer);
    } else if (library->copy == DOCTOR_EMBEDDED && users == 0) {
        set_unseen(library, "it calls the functions inside itself directly, with no name between",
                   "build it with the system's shared library");
    } else if (users == 0) {
        library->seen = DOCTOR_UNKNOWN;
        library->why = "it is loaded, and no known caller was found";
        library->fix = "give the PID of the running program";
    }
}

static bool is_other(const char *name, enum doctor_client client)
{
    const char *const *others = doctor_clients[client].others;

    for (size_t i = 0; i < sizeof doctor_clients->others / sizeof *others && others[i]; i++) {
        if (strncmp(name, others[i], strlen(others[i])) == 0)
            return true;
    }
    return false;
}

static enum doctor_copy copy_of(const struct doctor_module *module, enum doctor_client client)
{
    const char *name = path_basename(module->path);
    size_t length = strlen(doctor_clients[client].library);

    if (strncmp(name, doctor_clients[client].library, length) != 0)
        return is_other(name, client) ? DOCTOR_SHARED : DOCTOR_EMBEDDED;
    return name[length] == '.' ? DOCTOR_SHARED : DOCTOR_PRIVATE;
}

/* A copy that is not called by name may be found by the table of its functions. */
static void judge_table(const struct doctor *doctor, const struct doctor_module *module, struct doctor_library *library)
{
    struct doctor_hidden hidden;

    doctor_hidden_look(module->elf->path, &hidden);
    if (!hidden.is_found)
        return;
    snprintf(library->version, sizeof library->version, "%s", hidden.version);
    append(&library->bound, alloc_format("found by the table of its functions, built from %.19s", hidden.source), "; ");
    if (!hidden.is_reached) {
        library->why = library->reason = alloc_format("a copy of SQLite is hidden inside, and %s", hidden.why);
    } else if (doctor->in_valgrind) {
        library->why = "a copy of SQLite is hidden inside, and valgrind runs a translation of its code";
        library->fix = "run it without valgrind, or build it with the system's libsqlite3";
    } else if (doctor->pid && !doctor->hidden_asked) {
        library->why = "the process was started without NPLUS1_HIDDEN=1";
        library->fix = "start it with `nplus1 run`, or with that setting beside LD_PRELOAD";
    } else {
        library->seen = DOCTOR_SEEN;
        library->why = library->fix = NULL;
        if (hidden.is_late)
            append(&library->bound, alloc_format("watched by its steps: what the program reads of results is not seen"), "; ");
        if (doctor->obstacle_count == 0)
            append(&library->bound, alloc_format("seen by `nplus1 run`, elsewhere with NPLUS1_HIDDEN=1"), "; ");
    }
}

static bool knows_protocol(const struct doctor *doctor)
{
    static const char mark[] = "/.s.PGSQL."; /* stands in the agents that know the protocol */

    return !doctor->agent || doctor_version_has(doctor->agent, mark, strlen(mark));
}

static void judge_module(struct doctor *doctor, size_t at, enum doctor_client client)
{
    const struct doctor_module *module = &doctor->modules.items[at];
    const struct doctor_elf_client *c = &module->elf->client[client];

    if (!c->gives && !c->hidden)
        return;
    struct doctor_library *library = doctor_add_library(doctor, client, c->gives ? copy_of(module, client) : DOCTOR_HIDDEN);
    library->name = alloc_format("%s", doctor_clients[client].library);
    library->path = alloc_format("%s", module->path);
    memcpy(library->build_id, module->elf->build_id, sizeof library->build_id);
    doctor_version_of_client(module->elf, client, library->version, sizeof library->version);
    if (c->gives)
        judge_users(doctor, at, library);
    else {
        append(&library->bound,
               alloc_format("%s%sitself, by addresses", module->label ? module->label : "", module->label ? ", " : ""), "");
        set_unseen(library, doctor_clients[client].hidden_why, doctor_clients[client].hidden_fix);
    }
    if (library->seen == DOCTOR_NOT_SEEN && client == DOCTOR_SQLITE)
        judge_table(doctor, module, library);
    if (library->seen == DOCTOR_NOT_SEEN && doctor_clients[client].speaks && library->copy != DOCTOR_SHARED &&
        knows_protocol(doctor)) {
        library->seen = DOCTOR_SEEN;
        library->why = library->fix = NULL;
        append(&library->bound, alloc_format("followed by the server's protocol, through libc's sockets"), "; ");
    }
}

/* A program that names a library and is not linked with it opens it by itself. */
static void add_by_name(struct doctor *doctor, enum doctor_client client)
{
    const char *const *names = doctor_clients[client].files;
    const struct doctor_elf_client *c = &doctor->modules.items[0].elf->client[client];
    const char *why;

    if (doctor->pid || !c->by_name || c->takes || c->gives || c->hidden)
        return;
    for (size_t i = 0; i < 2; i++) {
        char *path = doctor_modules_find(&doctor->modules, names[i], 0);
        bool found = path && doctor_modules_add(&doctor->modules, path, path, DOCTOR_BY_NAME, 0, true, &why) != DOCTOR_NONE;
        free(path);
        if (found)
            return;
    }
    doctor_add_note(doctor, "the program names %s, which the loader does not find", names[0]);
}

/* A driver without a client library. */
static void judge_own(const struct doctor *doctor, struct doctor_library *library)
{
    if (library->by_libc && knows_protocol(doctor)) {
        library->seen = DOCTOR_SEEN;
        append(&library->bound, alloc_format("the program: it speaks the server's protocol through libc's sockets"), "; ");
    } else {
        set_unseen(library,
                   library->by_libc ? "it speaks with the database by itself, which this version of the agent does not know"
                                    : "it needs no client library: it speaks with the database by itself",
                   library->by_libc ? newer : "use a driver that is built on the database's own client library");
    }
}

/* Statements are run by nobody that stands on a stack of the program's. */
static void note_threads(struct doctor *doctor, const struct doctor_library *library)
{
    static const char module[] = "node_sqlite3.node";

    if (library->seen != DOCTOR_NOT_SEEN && strcmp(path_basename(library->path), module) == 0)
        doctor_add_note(doctor, "npm sqlite3 runs statements in threads of node's pool: they are told at the line that asked for "
                                "them, but for those that are asked for without a callback while the database is at work");
}

void doctor_judge(struct doctor *doctor)
{
    for (uint32_t i = 0; doctor_own_drivers[i].mark; i++) {
        const struct doctor_own_driver *own = &doctor_own_drivers[i];
        struct doctor_library *library;
        if (!(doctor->modules.items[0].elf->own_drivers >> i & 1))
            continue;
        library = doctor_add_library(doctor, own->client, DOCTOR_OWN);
        library->by_libc = own->by_libc;
        library->name = alloc_format("%s", own->name);
        library->path = alloc_format("%s", doctor->modules.items[0].path);
    }
    for (int client = 0; client < DOCTOR_CLIENTS; client++) {
        add_by_name(doctor, client);
        for (size_t i = 0; i < doctor->modules.count; i++)
            judge_module(doctor, i, client);
    }
    for (size_t i = 0; i < doctor->library_count; i++) {
        struct doctor_library *library = &doctor->libraries[i];
        if (library->copy == DOCTOR_OWN)
            judge_own(doctor, library);
        if (doctor->obstacle_count > 0 && library->seen != DOCTOR_NOT_SEEN)
            set_unseen(library, "the agent cannot be loaded, see above", NULL);
        note_threads(doctor, library);
    }
    for (size_t i = 0; i < doctor->language_count; i++) {
        struct doctor_language *language = &doctor->languages[i];
        if (doctor->agent && language->mark && !doctor_version_has(doctor->agent, language->mark, strlen(language->mark))) {
            language->frames = DOCTOR_NOT_SEEN;
            language->why = "this version of the agent has no walker for them";
        }
        if (language->vm == DOCTOR_JAVA)
            doctor_add_note(doctor,
                            "JDBC: PostgreSQL's driver is seen, but not what it sends through TLS, which is Java's own; that of "
                            "SQLite has its own copy inside, which is seen by `nplus1 run`, elsewhere with NPLUS1_HIDDEN=1");
        if (language->vm == DOCTOR_BEAM)
            doctor_add_note(
                doctor, "Erlang's drivers of PostgreSQL (postgrex of Ecto, epgsql, p1_pgsql) are seen, but not what they send "
                        "through TLS, which is Erlang's own");
        if (language->vm == DOCTOR_NODE)
            doctor_judge_tls(doctor, language->name);
    }
}
