/* What the loaded objects export, looked up without the loader: a dlsym that finds nothing allocates, and takes the place of the
 * message that the program's next dlerror would have given.
 *
 * Any thread; allocates nothing, leaves errno and dlerror alone. Takes the lock that dl_iterate_phdr takes, which the loader
 * holds only while it changes its list.
 */
#ifndef NPLUS1_AGENT_LOADING_EXPORTS_H
#define NPLUS1_AGENT_LOADING_EXPORTS_H

#include <stdint.h>

#include "agent/loading/resolve.h"

/* The function or variable `name` of the first object that defines it, in the order of loading, whoever may see it; NULL: none
 * does. Not ours, and not one that is thread-local or chosen at run time (STT_TLS, STT_GNU_IFUNC). */
void *exports_find(const char *name);

/* That of the object which holds an address. */
void *exports_find_in(const char *name, uintptr_t address);

/* What libc itself has under a name of a function, whatever stands in front of it; chosen for this processor where it has
 * several. */
void *exports_of_libc(const char *name);

/* That of the first object but one. */
void *exports_find_but(const char *name, const struct resolve_object *but);

#endif
