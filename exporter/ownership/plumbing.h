/* Code that is known by name to stand between a program and its database: drivers, pools, mappers, frameworks, servers, and the
 * scripts that only start a program. Static data, safe from any thread.
 */
#ifndef NPLUS1_EXPORTER_OWNERSHIP_PLUMBING_H
#define NPLUS1_EXPORTER_OWNERSHIP_PLUMBING_H

#include <stdbool.h>

/* A source file or a module. */
bool plumbing_holds(const char *path);

/* A script that starts a program and does nothing else: gunicorn, flask, rails, ... */
bool plumbing_is_launcher(const char *path);

/* A part that works with objects or describes tables, as opposed to a driver, which sends what it is given. */
bool plumbing_is_mapper(const char *path);

/* A source file by which a test asks a web application for a page in its own process, without a socket. */
bool plumbing_is_test_client(const char *path);

/* What runs a program's code, and has nothing to do with what it asks for: sources of node, the JDK and Netty, the emulator of
 * Erlang. */
bool plumbing_is_machine(const char *path);
bool plumbing_is_erlang(const char *path);

/* A source file of a loop that goes on with what somebody began who stands on no stack any more. */
bool plumbing_is_event_loop(const char *path);

/* A part that makes and changes tables: migrations, and what follows them. */
bool plumbing_is_setup(const char *path);

#endif
