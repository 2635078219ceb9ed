/* The line of the program that a stack comes from, by the rules that readers have for paths (exporter/ownership): for messages of
 * tests. The report knows more: debug information, wrappers, real paths. Any thread; allocates nothing.
 */
#ifndef NPLUS1_AGENT_API_PLACES_H
#define NPLUS1_AGENT_API_PLACES_H

#define NPLUS1_TYPES_ALONE /* its functions have the names of ours */
#include "agent/api/nplus1.h"
#include "agent/api/stored.h"

/* The innermost frame of the program's own; when none is, the innermost one that is no driver, mapper or the like. All zero: no
 * frame is known. Texts are those of `stored`. */
struct nplus1_place places_location(struct stored *stored, const Nplus1__Frame *const *frames, size_t count);

/* The loop: the innermost own frame that both stacks have in common, at the child's line. All zero: there is none. */
struct nplus1_place places_loop(struct stored *stored, const Nplus1__Frame *const *child, size_t child_count,
                                const Nplus1__Frame *const *parent, size_t parent_count);

#endif
