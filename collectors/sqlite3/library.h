/* The copies of libsqlite3 in the process: there can be several, and a handle of one must never reach the other. */
#ifndef NPLUS1_SQLITE3_LIBRARY_H
#define NPLUS1_SQLITE3_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

#include "api.h"
#include "base/compiler.h"

/* Never freed: a handle may outlive the object's mapping only in a program that is broken without us. */
struct sqlite_library {
    uintptr_t start, end; /* mapped range of the object that provides it */
    struct sqlite_api api;
    _Atomic uint32_t loader_changes; /* when the range was last known to be right */
};

/* A call whose return address lies here is the library's own. */
static inline bool library_contains(const struct sqlite_library *library, uintptr_t address)
{
    return address - library->start < library->end - library->start;
}

/* The copy that the code at `caller` means: the one that it is part of, or the one that it is bound to. name: the function
 * that it calls. NULL: there is none. About 10 ns when the caller's object is known. */
COLD const struct sqlite_library *library_for_caller(const char *name, uintptr_t caller);

#endif
