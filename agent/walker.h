/* The contract of a stack walker, and the table of them.
 *
 * A walker is used by the thread whose stack it is, from inside an interposed function. It takes no lock that another thread
 * can hold across a database call, does not allocate with malloc, never calls into a language VM in a way that takes its lock,
 * allocates there or can raise.
 */
#ifndef NPLUS1_WALKER_H
#define NPLUS1_WALKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Walks native frames. Addresses are return addresses, innermost first. */
struct native_walker {
    const char *name;

    /* Called once, when the first connection opens: loads what it needs and tests itself. False: not available here. *why is set
     * then to a static string. */
    bool (*start)(const char **why);

    /* The return addresses of the calling thread; the number of them, `max` at the most. Those of the agent's own frames come
     * first. */
    size_t (*walk)(uintptr_t *addresses, size_t max);

    /* The same, slower, with the address of the stack slot that holds each return address; 0 for a slot that is not known. */
    size_t (*walk_slots)(uintptr_t *addresses, uintptr_t *slots, size_t max);
};

extern const struct native_walker *const native_walker; /* defined by collectors/collectors.c */

void walkers_start(void); /* whenever a connection opens; works once per process */
bool walkers_have_native(void);
size_t walkers_in_use(const char **names, size_t max);

#endif
