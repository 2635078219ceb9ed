/* Finding the function that an interposed one stands in for.
 *
 * dlsym(RTLD_NEXT) is right for what the program was linked with, and finds nothing for a library that came in through a dlopen
 * with RTLD_LOCAL: there the caller's own object knows. Everything here may take the loader's lock and allocate: it is done once
 * per caller object (see the collectors' caches), never on the path of a statement that was seen before. errno is preserved; a
 * failed look-up leaves no trace in dlerror.
 */
#ifndef NPLUS1_AGENT_LOADING_RESOLVE_H
#define NPLUS1_AGENT_LOADING_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct resolve_object {
    uintptr_t start, end; /* mapped range */
    const char *path;     /* as the loader knows it; empty for the executable. Valid while the object is loaded */
};

/* The loaded object that holds an address; no lock, about 9 ns. */
bool resolve_object_at(uintptr_t address, struct resolve_object *ret);

/* The symbol that modules loaded with the program find under `name` without us; NULL: none. */
void *resolve_next(const char *name);

/* The symbol that the program finds under `name` when that is not ours; NULL: it is, or there is none. */
void *resolve_first(const char *name);

/* Whether anything but the program itself was loaded before us: another preload. */
bool resolve_is_preceded(void);

/* The symbol `name` of the object at `address` or of those it was linked with; NULL: none. */
void *resolve_in_object(const char *name, uintptr_t address);

/* The symbols `name` of all loaded objects, each once; returns their number, at most `max`. */
size_t resolve_everywhere(const char *name, void **ret, size_t max);

/* Another number after something was loaded or unloaded. */
uint64_t resolve_loads(void);

#endif
