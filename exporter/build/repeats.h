/* Groups that ask the same: those of one statement and one database, whose stacks differ. All that they repeat of each other is
 * one finding, at the group that does so most.
 */
#ifndef NPLUS1_EXPORTER_BUILD_REPEATS_H
#define NPLUS1_EXPORTER_BUILD_REPEATS_H

#include "exporter/model/model.h"

struct repeats {
    uint64_t repeated;   /* by all groups of each other, and by the others of themselves; 0: this group is not the one */
    uint64_t executions; /* of the others */
};

/* One for each group, to be freed. verdicts: of each group by itself; a statement that has one of loops or repetitions needs no
 * other. */
struct repeats *repeats_find(const struct model *model, const struct verdict *verdicts);

#endif
