#include "exporter/formats/text/trees.h"

#include <stdlib.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/map.h"
#include "exporter/formats/text/places.h"
#include "exporter/model/chain.h"

/* The findings of a model by what twins have in common and by their root, in their order, and which of them are in a tree. */
struct index {
    bool *done;
    uint32_t *like;  /* by finding: the number of those that are like it */
    uint32_t *first; /* by that number */
    uint32_t *next;  /* by finding; MODEL_NONE: none */
    uint32_t *first_of_root;
    uint32_t *next_of_root;
};

uint32_t trees_path(const struct model *model, uint32_t root, uint32_t group, uint32_t path[TREES_DEPTH_MAX])
{
    uint32_t count = 0;
    for (; group != MODEL_NONE && count < TREES_DEPTH_MAX; group = chain_parent(model, group)) {
        path[count++] = group;
        if (group == root)
            break;
    }
    for (uint32_t i = 0; i < count / 2; i++) {
        uint32_t other = path[count - 1 - i];
        path[count - 1 - i] = path[i];
        path[i] = other;
    }
    return count;
}

int trees_depth(const struct model *model, uint32_t root, uint32_t group)
{
    uint32_t path[TREES_DEPTH_MAX];
    return (int)trees_path(model, root, group, path) - 1;
}

/* The same for all that text_are_paths may hold for. */
static uint64_t key_of(const struct model *model, const struct model_finding *f)
{
    const struct model_group *g = &model->groups[f->group];
    const struct model_frame *place = g->location != MODEL_NONE ? &model->frames[g->location] : NULL;
    uint64_t key = hash_mix((uint64_t)g->statement << 32 | g->database, (uint64_t)f->kind << 32 | (uint64_t)f->confidence);
    return place ? hash_mix(key, hash_mix(place->line, place->offset)) : key;
}

static uint32_t *alloc_nones(uint32_t count)
{
    uint32_t *list = alloc_resize(NULL, count, sizeof *list);
    for (uint32_t i = 0; i < count; i++)
        list[i] = MODEL_NONE;
    return list;
}

static struct index index_findings(const struct model *model)
{
    struct map numbers = {0};
    struct index index = {
        .done = alloc_zeroed(model->finding_count, sizeof *index.done),
        .like = alloc_nones(model->finding_count),
        .first = alloc_nones(model->finding_count),
        .next = alloc_nones(model->finding_count),
        .first_of_root = alloc_nones(model->group_count),
        .next_of_root = alloc_nones(model->finding_count),
    };
    for (uint32_t i = model->finding_count; i-- > 0;) {
        const struct model_finding *f = &model->findings[i];
        bool added;
        index.like[i] = map_intern(&numbers, key_of(model, f), i, &added);
        uint32_t *first = &index.first[index.like[i]];
        index.next[i] = *first;
        *first = i;
        if (f->kind != VERDICT_N_PLUS_ONE || f->root == MODEL_NONE)
            continue;
        first = &index.first_of_root[f->root];
        index.next_of_root[i] = *first;
        *first = i;
    }
    map_finish(&numbers);
    return index;
}

static void index_finish(struct index *index)
{
    free(index->done);
    free(index->like);
    free(index->first);
    free(index->next);
    free(index->first_of_root);
    free(index->next_of_root);
}

/* The first finding that hangs together with this one, itself among them. */
static uint32_t first_of_tree(const struct model *model, const struct index *index, uint32_t finding)
{
    const struct model_finding *f = &model->findings[finding];
    return f->kind == VERDICT_N_PLUS_ONE && f->root != MODEL_NONE ? index->first_of_root[f->root] : finding;
}

static bool has_twin(const struct model *model, const struct tree *tree, uint32_t finding)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        if (text_are_paths(model, &model->findings[tree->findings[i]], &model->findings[finding]))
            return true;
    }
    return false;
}

static void keep_path(struct tree *tree, uint32_t finding)
{
    ALLOC_GROW(tree->paths, tree->path_count, tree->path_capacity);
    tree->paths[tree->path_count++] = finding;
}

static void take(const struct model *model, struct tree *tree, struct index *index, uint32_t finding)
{
    index->done[finding] = true;
    if (has_twin(model, tree, finding)) {
        keep_path(tree, finding);
        return;
    }
    tree->findings[tree->count++] = finding;
}

/* The finding, and what hangs together with it: each place once. */
static void gather(const struct model *model, struct tree *tree, struct index *index, uint32_t finding)
{
    take(model, tree, index, finding);
    for (uint32_t i = first_of_tree(model, index, finding); i != MODEL_NONE; i = index->next_of_root[i]) {
        if (!index->done[i])
            take(model, tree, index, i);
    }
}

/* Takes in the tree of a finding when it is the same but for the callers. */
static void absorb_tree(const struct model *model, struct tree *tree, struct index *index, uint32_t finding)
{
    uint32_t first = first_of_tree(model, index, finding);
    bool same = true;
    for (uint32_t i = first; i != MODEL_NONE && same; i = index->next_of_root[i])
        same = index->done[i] || has_twin(model, tree, i);
    for (uint32_t i = first; i != MODEL_NONE && same; i = index->next_of_root[i]) {
        if (index->done[i])
            continue;
        index->done[i] = true;
        keep_path(tree, i);
    }
}

static void absorb(const struct model *model, struct tree *tree, struct index *index)
{
    for (uint32_t k = 0; k < tree->count; k++) {
        for (uint32_t i = index->first[index->like[tree->findings[k]]]; i != MODEL_NONE; i = index->next[i]) {
            if (!index->done[i])
                absorb_tree(model, tree, index, i);
        }
    }
}

/* So that the page reads from the outside in. */
static void sort_by_depth(const struct model *model, struct tree *tree)
{
    for (uint32_t i = 1; i < tree->count; i++) {
        uint32_t finding = tree->findings[i];
        int depth = trees_depth(model, tree->root, model->findings[finding].group);
        uint32_t j = i;
        for (; j > 0 && trees_depth(model, tree->root, model->findings[tree->findings[j - 1]].group) > depth; j--)
            tree->findings[j] = tree->findings[j - 1];
        tree->findings[j] = finding;
    }
}

struct trees *trees_create(const struct model *model)
{
    struct trees *trees = alloc_zeroed(1, sizeof *trees);
    struct index index = index_findings(model);
    uint32_t used = 0;
    trees->findings = alloc_resize(NULL, model->finding_count, sizeof *trees->findings);
    for (uint32_t i = 0; i < 2 * model->finding_count; i++) {
        uint32_t first = i % model->finding_count;
        bool is_possible = i >= model->finding_count;
        if (index.done[first] || (model->findings[first].confidence == VERDICT_POSSIBLE && !is_possible))
            continue;
        struct tree tree = {.root = model->findings[first].root, .findings = trees->findings + used};
        gather(model, &tree, &index, first);
        absorb(model, &tree, &index);
        sort_by_depth(model, &tree);
        used += tree.count;
        ALLOC_GROW(trees->list, trees->count, trees->capacity);
        trees->list[trees->count++] = tree;
    }
    index_finish(&index);
    return trees;
}

void trees_destroy(struct trees *trees)
{
    if (!trees)
        return;
    for (uint32_t i = 0; i < trees->count; i++)
        free(trees->list[i].paths);
    free(trees->findings);
    free(trees->list);
    free(trees);
}
