/* The frames that led to a group's place. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_MODEL_CALLERS_H
#define NPLUS1_EXPORTER_MODEL_CALLERS_H

#include "exporter/model/model.h"

/* The program's own frames outside of the group's location, innermost first, each function once; where the location is not the
 * program's own, its callers are whatever is known. Returns how many, at most max. */
uint32_t callers_of(const struct model *model, uint32_t group, uint32_t *ret, uint32_t max);

/* How the program's own innermost frame of a group is known, or a package's where there is none. */
enum callers_way {
    CALLERS_ON_STACK,
    CALLERS_AWAIT,   /* its function is suspended, or is called with the answer, and was found by the promise that it waits for */
    CALLERS_UNKNOWN, /* the stack has libraries alone, or the machine, and who waits for them was not found */
};

enum callers_way callers_way(const struct model *model, uint32_t group);

#endif
