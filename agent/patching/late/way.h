/* How a copy is to be watched: by all functions that are interposed, or late, by those that a statement cannot do without. Pure
 * but for the memory of what is reached; for agent and viewer.
 */
#ifndef NPLUS1_AGENT_PATCHING_LATE_WAY_H
#define NPLUS1_AGENT_PATCHING_LATE_WAY_H

#include "agent/patching/late/late.h"
#include "agent/patching/plan.h"
#include "agent/patching/reach.h"

struct way {
    struct image image; /* as it was given; where it says nothing of its functions, with those that the library has */
    struct plan plan;
    struct reach reach; /* to be freed when the copy can be watched */
    struct late late;
    bool is_late;
};

/* place: where PLAN_SIZE bytes for code will be. False: *outcome says why not, and nothing is to be freed. */
bool way_find(const struct image *image, const struct copies_hidden *library, const struct found_table *table, uintptr_t place,
              struct way *ret, struct patch_outcome *outcome);

#endif
