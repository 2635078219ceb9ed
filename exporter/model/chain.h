/* Chains of parents: whose rows the parameters of a group come from, and of those in turn. Pure, safe from any thread once every
 * group knows its best edge.
 */
#ifndef NPLUS1_EXPORTER_MODEL_CHAIN_H
#define NPLUS1_EXPORTER_MODEL_CHAIN_H

#include "exporter/model/model.h"
#include "exporter/stream/evidence.h"

#define CHAIN_MAX EVIDENCE_LEVELS

/* The edge as evidence. */
static inline struct evidence_edge chain_evidence(const struct model_edge *edge)
{
    return (struct evidence_edge){.sums = &edge->sums, .from_itself = edge->parent == edge->child};
}

/* The edge to the group's parent; NULL: none is known for sure. */
const struct model_edge *chain_edge(const struct model *model, uint32_t group);

/* The group whose rows the group's parameters come from, MODEL_NONE when none is known. */
uint32_t chain_parent(const struct model *model, uint32_t group);

/* The parent's parent and so on, up to one that has none. Functions that call each other in turn make a circle, of which the
 * first group is the root of all. */
uint32_t chain_root(const struct model *model, uint32_t group);

/* Whether a test's client asks for what the edge's child is part of, and the parent is no part of it, or was asked for in its own
 * right in the same place: each of the child's executions may be of a request of its own. */
bool chain_leaves_request(const struct model *model, const struct model_edge *edge);

/* See evidence.h. */
struct evidence_fan_out chain_fan_out(const struct model *model, uint32_t group);

/* Whether the two edges to a group say nothing against each other: two parents have the same child, as two requests have the same
 * template, and each edge explains executions that the other does not. */
bool chain_share_out(const struct model *model, const struct model_edge *a, const struct model_edge *b);

#endif
