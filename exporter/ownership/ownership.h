/* Tells the program's own code from that of libraries, packages and interpreters.
 *
 * Decided from paths alone; nothing here looks at the file system. Safe from any thread.
 */
#ifndef NPLUS1_EXPORTER_OWNERSHIP_OWNERSHIP_H
#define NPLUS1_EXPORTER_OWNERSHIP_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>

/* Paths with colons between them that the user named; NULL: none. They win over what is known of paths in general, and the
 * longest one that holds a file over the others. */
struct ownership {
    const char *app;
    const char *library;
};

/* The user said whose it is. */
bool ownership_is_named(const struct ownership *ownership, const char *path);

/* A program or a shared library. */
bool ownership_is_foreign_module(const struct ownership *ownership, const char *path);

/* What every program has between its own functions and the kernel. */
bool ownership_is_c_runtime(const char *path);

bool ownership_is_agent(const char *module);

/* A client library of a database, or the agent. */
bool ownership_is_database_or_agent(const char *module);

/* The base name of an executable that runs scripts: python3.11, php-fpm8.2, ... */
bool ownership_is_interpreter(const char *base);

/* A source file, as the debugging information or the interpreter names it. */
bool ownership_is_foreign_source(const struct ownership *ownership, const char *file);

/* Code that a library wrote into a class of the program's, whose other methods have lines: Panache's queries, the fields that
 * Hibernate reads, aspects. Of a language whose machine tells the file of a class (Java's). line: 0 for none. */
bool ownership_is_made(const char *file, unsigned line);

/* A function of compiled code without a source file, by the library that its name begins with: diesel::pg::connection::load. */
bool ownership_is_foreign_function(const char *language, const char *function);

/* A file of a script, as its interpreter names it. Names in angle brackets stand for code without a file: that is the program's
 * own where somebody typed it, and a library's doing elsewhere. command: the program's, by which code on its command line is
 * known. */
bool ownership_is_foreign_script(const struct ownership *ownership, const char *file, const char *const *command, size_t words);

#endif
