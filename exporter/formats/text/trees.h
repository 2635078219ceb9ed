/* The findings of a model as a reader sees them: trees under their roots, each place once, whatever ways lead there. */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_TREES_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_TREES_H

#include "exporter/model/model.h"

/* Indexes of findings of the model. */
struct tree {
    uint32_t root;      /* group */
    uint32_t *findings; /* parents before children; a part of those of all trees */
    uint32_t count;
    uint32_t *paths; /* findings that are others' of the tree at the same place through other callers; NULL: none */
    uint32_t path_count, path_capacity;
};

/* What is only possible stands behind what is surer. */
struct trees {
    struct tree *list;
    uint32_t count, capacity;
    uint32_t *findings;
};

struct trees *trees_create(const struct model *model);
void trees_destroy(struct trees *trees); /* takes NULL */

/* How many groups lie between the root and this one. */
int trees_depth(const struct model *model, uint32_t root, uint32_t group);

#define TREES_DEPTH_MAX 64

/* The groups from the root to this one; returns how many. */
uint32_t trees_path(const struct model *model, uint32_t root, uint32_t group, uint32_t path[TREES_DEPTH_MAX]);

#endif
