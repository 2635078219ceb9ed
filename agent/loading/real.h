/* The loader's own functions behind those that we interpose, and the changes of what is loaded.
 *
 * Any thread, before the constructor too: constructors of libraries, which run before ours, call them. The first look-up of each
 * takes the loader's lock. errno is preserved.
 */
#ifndef NPLUS1_AGENT_LOADING_REAL_H
#define NPLUS1_AGENT_LOADING_REAL_H

#include <stdint.h>

#include "agent/base/compiler.h"

/* Goes up whenever a library may have been unloaded: caches of addresses compare it. Any thread. */
extern HIDDEN _Atomic uint32_t real_loader_changes;

/* The real dlsym: what the library has, not what we put before it. RTLD_NEXT: behind the agent. */
void *real_dlsym(void *handle, const char *name);

/* The function of a name behind the agent, as a dlsym of RTLD_NEXT gives it, but without the loader where that is certain: the
 * message that the program's next dlerror will give stays. NULL: there is none. */
void *real_next(const char *name);

/* The real dlopen, as if the agent had called it. */
void *real_dlopen(const char *file, int mode);

/* The real dlclose, for a handle whose library stays loaded: nothing changes. */
int real_dlclose(void *handle);

#endif
