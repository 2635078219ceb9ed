/* The program's own functions for queries, which are given a text and run it: where a statement comes from, their callers say.
 * One thread at a time.
 */
#ifndef NPLUS1_EXPORTER_BUILD_PLACES_HELPERS_H
#define NPLUS1_EXPORTER_BUILD_PLACES_HELPERS_H

#include <stdint.h>

struct model;
struct helpers;

/* Finds them in the stacks of a model whose groups have their places (places.h). */
struct helpers *helpers_find(const struct model *model);
void helpers_destroy(struct helpers *helpers);

/* The node of the innermost function outside of the helpers through which the group's statement goes; MODEL_NONE: it goes through
 * none. */
uint32_t helpers_caller(const struct helpers *helpers, uint32_t group);

#endif
