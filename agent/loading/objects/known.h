/* What is loaded besides us, in the order of loading, with its tables of names: read once, and again only after something was
 * loaded or unloaded. Ten names that nobody exports cost a process with 100 libraries more instructions than all else at its
 * first connection when each of them reads every object anew.
 *
 * Any thread; allocates nothing, leaves errno and dlerror alone. Takes the lock that dl_iterate_phdr takes, which guards what is
 * remembered, too.
 */
#ifndef NPLUS1_AGENT_LOADING_OBJECTS_KNOWN_H
#define NPLUS1_AGENT_LOADING_OBJECTS_KNOWN_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/loading/objects/gnu_hash.h"

struct known_object {
    uintptr_t base, start; /* start: of its first segment */
    const ElfW(Phdr) * headers;
    const ElfW(Dyn) * dynamic;
    struct gnu_hash names;    /* table NULL: it has none */
    const uint16_t *versions; /* of its symbols (DT_VERSYM); NULL: none have any */
    bool precedes;            /* us */
    bool is_first;            /* it came with the program, and is searched in this order */
};

extern HIDDEN uint32_t known_first_count; /* objects that came with the program, us included; 0: not known */

/* Asks about each until the answer is true. Returns whether these are all objects of the process: not so in one with several
 * namespaces (dlmopen, LD_AUDIT), nor with very many objects. */
bool known_visit(bool (*each)(const struct known_object *, void *), void *argument);

/* What the object defines under a name whose hash is given; NULL: nothing. */
const ElfW(Sym) * known_symbol(const struct known_object *object, const char *name, uint32_t hash);

/* A function or variable that others may mean, and that is neither thread-local nor chosen at run time. */
bool known_is_exported(const ElfW(Sym) * symbol);

#endif
