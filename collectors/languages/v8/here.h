/* What a thread that runs V8 keeps at hand, side by side: its isolate, and maps that objects of some types lately had.
 *
 * An object's type stands in its map, so an object with a map that is known has a known type, and the map need not be read. Maps
 * are old objects: they move and go with other collections than scavenges alone, and then none is known any more.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_HERE_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_HERE_H

#include "agent/base/compiler.h"
#include "collectors/languages/v8/objects.h"

struct v8_handed;
struct v8_memos;

struct v8_here {
    void *isolate;
    uint64_t *collections; /* how often its code may have moved. A thread that ends leaves the count, which the isolate may still
                              write to. */
    struct v8_memos *memos;
    size_t suspended;               /* of the frames of the last walk */
    const struct v8_handed *handed; /* the stack that what is executed now belongs to (addons/works.h); NULL: its own */

    uint64_t known_since; /* *collections of then */
    uintptr_t promise, reaction, await, async_function, job;
    uintptr_t closure, called;      /* functions: that an await goes on with, that await */
    uintptr_t script, other_script; /* the last ones that were asked for: the program's, and another's */
};

extern HIDDEN __thread _Alignas(64) struct v8_here v8_here __attribute__((tls_model("initial-exec")));

/* Of another isolate, or after a collection. */
COLD void v8_here_forget(uint64_t collections);

/* Before objects are looked at. collections: how often those of the isolate may have moved. */
static inline void v8_here_look(uint64_t collections)
{
    if (unlikely(v8_here.known_since != collections))
        v8_here_forget(collections);
}

/* Of a word that is V8's. known: the map of the last one. */
static inline bool v8_is_like(uintptr_t word, int type, uintptr_t *known)
{
    uintptr_t map;

    if (unlikely((word & 3) != 1))
        return false;
    map = v8_field(word, 0);
    if (likely(map == *known))
        return true;
    if (v8_type(word) != type)
        return false;
    *known = map;
    return true;
}

#endif
