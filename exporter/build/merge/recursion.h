/* Recursion that a compiler has written out: a function that calls itself is compiled into itself some levels deep, and each
 * level has addresses of its own, which the agent cannot know for one place. */
#ifndef NPLUS1_EXPORTER_BUILD_MERGE_RECURSION_H
#define NPLUS1_EXPORTER_BUILD_MERGE_RECURSION_H

#include <stdint.h>

#include "exporter/model/model.h"

#define RECURSION_ROUND 8 /* frames of a round at the most; as the agent folds (agent/stack/fold.c) */

struct recursion {
    uint32_t before;                  /* the node that the two rounds begin behind; MODEL_NONE: there is none */
    uint32_t frames[RECURSION_ROUND]; /* of the last round, outermost first */
    uint32_t count;                   /* 0: there is nothing to fold */
};

/* Whether the stack ends with two rounds of the same functions, and the frame begins a third one: the first is as good as the
 * second then. */
struct recursion recursion_before(const struct model *model, uint32_t node, uint32_t frame);

#endif
