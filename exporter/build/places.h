/* Places of the program that ask the same: the groups of one statement and one database, whose stacks differ. What they repeat of
 * each other is one finding, at the place that does so most.
 */
#ifndef NPLUS1_EXPORTER_BUILD_PLACES_H
#define NPLUS1_EXPORTER_BUILD_PLACES_H

#include "exporter/model/model.h"

/* Of a group. */
struct places {
    uint64_t repeated;   /* what all its places repeat of each other, and the others of themselves; 0: it is not the one */
    uint64_t executions; /* of the others */
};

/* One for each group, to be freed. verdicts: of each group by itself; a statement that has one of loops or repetitions needs no
 * other. */
struct places *places_compare(const struct model *model, const struct verdict *verdicts);

#endif
