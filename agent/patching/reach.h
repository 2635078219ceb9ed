/* Which of a module's functions are a library's own: those that its public functions lead to, by calls, jumps, or pointers in the
 * data that they use. What the program gives a library to call (callbacks) is reached by none of these, so that a call from there
 * is told from the library's own, where both are one module.
 *
 * Made once, before the module's code runs: 1 MB of code takes about 3 ms. Memory of the agent, kept until reach_free.
 */
#ifndef NPLUS1_AGENT_PATCHING_REACH_H
#define NPLUS1_AGENT_PATCHING_REACH_H

#include "agent/patching/image.h"
#include "agent/patching/late/objects.h"
#include "agent/patching/outline/outline.h"

struct reach {
    uint64_t *bits;         /* one for each function of the image */
    size_t size;            /* bytes */
    struct outline outline; /* where the image's functions are those of an outline: these; all of them are the library's */
};

/* False: memory is used up, or the image says nothing of its functions; nothing is to be freed. */
bool reach_make(const struct image *image, const uintptr_t *functions, size_t count, const struct objects *objects,
                struct reach *ret);

/* Of an image that says nothing of its functions. Takes the outline over; attach it to what reach_has is asked with. */
bool reach_make_of_outline(const struct outline *outline, struct reach *ret);
void reach_free(struct reach *reach);

bool reach_has(const struct reach *reach, const struct image *image, uintptr_t address);

/* Whether a function is a way into another module, by a jump through a table: that is anybody's. Pure. */
bool reach_leads_out(const struct image_range *function);

#endif
