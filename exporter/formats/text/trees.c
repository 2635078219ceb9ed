#include "exporter/formats/text/trees.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/map.h"
#include "exporter/formats/text/places.h"
#include "exporter/model/chain.h"

#define TRIES_MAX 256 /* trees that are like one in a place, and differ elsewhere */

/* The findings of a model by what twins have in common and by their root, in their order, and which of them are in a tree. */
struct index {
    bool *done;
    uint32_t *like;  /* by finding: the number of those that are like it */
    uint32_t *first; /* by that number */
    uint32_t *next;  /* by finding; MODEL_NONE: none */
    uint32_t *first_of_root;
    uint32_t *next_of_root;
    uint32_t *twin;         /* by number: the first in the latest tree that has any */
    uint32_t *next_twin;    /* by finding: the next in that tree */
    uint32_t *tree_of_twin; /* by number: that tree, from 1 on */
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

static uint64_t mix_text(uint64_t key, const char *text)
{
    return text ? hash_bytes(text, strlen(text), key) : hash_mix(key, 1);
}

/* What text_same_place compares, by frame; made where it is asked for. */
static uint64_t place_of(const struct model *model, uint64_t *places, uint32_t frame)
{
    if (frame == MODEL_NONE)
        return 0;
    if (!places[frame]) {
        const struct model_frame *f = &model->frames[frame];
        places[frame] = mix_text(mix_text(mix_text(hash_mix(f->line, f->offset), f->function), f->file), f->module) | 1;
    }
    return places[frame];
}

/* The same for all that text_are_paths holds for, and hardly for others. */
static uint64_t key_of(const struct model *model, uint64_t *places, const struct model_finding *f)
{
    const struct model_group *g = &model->groups[f->group];
    uint64_t key = hash_mix((uint64_t)g->statement << 32 | model_system(model, f->group),
                            (uint64_t)f->kind << 32 | (uint64_t)f->confidence);
    if (f->parent != MODEL_NONE)
        key = hash_mix(key, (uint64_t)model->groups[f->parent].statement << 32 | model->edges[f->edge].column);
    return mix_text(hash_mix(key, place_of(model, places, g->location)), f->advice.sql);
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
    uint64_t *places = alloc_zeroed(model->frame_count, sizeof *places);
    struct index index = {
        .done = alloc_zeroed(model->finding_count, sizeof *index.done),
        .like = alloc_nones(model->finding_count),
        .first = alloc_nones(model->finding_count),
        .next = alloc_nones(model->finding_count),
        .first_of_root = alloc_nones(model->group_count),
        .next_of_root = alloc_nones(model->finding_count),
        .twin = alloc_nones(model->finding_count),
        .next_twin = alloc_nones(model->finding_count),
        .tree_of_twin = alloc_zeroed(model->finding_count, sizeof *index.tree_of_twin),
    };
    for (uint32_t i = model->finding_count; i-- > 0;) {
        const struct model_finding *f = &model->findings[i];
        bool added;
        index.like[i] = map_intern(&numbers, key_of(model, places, f), i, &added);
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
    free(places);
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
    free(index->twin);
    free(index->next_twin);
    free(index->tree_of_twin);
}

/* The first finding that hangs together with this one, itself among them. */
static uint32_t first_of_tree(const struct model *model, const struct index *index, uint32_t finding)
{
    const struct model_finding *f = &model->findings[finding];
    return f->kind == VERDICT_N_PLUS_ONE && f->root != MODEL_NONE ? index->first_of_root[f->root] : finding;
}

/* number: the tree's, from 1 on. */
static bool has_twin(const struct model *model, const struct index *index, uint32_t number, uint32_t finding)
{
    uint32_t like = index->like[finding];
    uint32_t i = index->tree_of_twin[like] == number ? index->twin[like] : MODEL_NONE;
    for (; i != MODEL_NONE; i = index->next_twin[i]) {
        if (text_are_paths(model, &model->findings[i], &model->findings[finding]))
            return true;
    }
    return false;
}

static void keep_path(struct tree *tree, uint32_t finding)
{
    ALLOC_GROW(tree->paths, tree->path_count, tree->path_capacity);
    tree->paths[tree->path_count++] = finding;
}

static void take(const struct model *model, struct tree *tree, struct index *index, uint32_t number, uint32_t finding)
{
    uint32_t like = index->like[finding];
    index->done[finding] = true;
    if (has_twin(model, index, number, finding)) {
        keep_path(tree, finding);
        return;
    }
    index->next_twin[finding] = index->tree_of_twin[like] == number ? index->twin[like] : MODEL_NONE;
    index->twin[like] = finding;
    index->tree_of_twin[like] = number;
    tree->findings[tree->count++] = finding;
}

/* The finding, and what hangs together with it: each place once. */
static void gather(const struct model *model, struct tree *tree, struct index *index, uint32_t number, uint32_t finding)
{
    take(model, tree, index, number, finding);
    for (uint32_t i = first_of_tree(model, index, finding); i != MODEL_NONE; i = index->next_of_root[i]) {
        if (!index->done[i])
            take(model, tree, index, number, i);
    }
}

/* Takes in the tree of a finding when it is the same but for the callers. */
static bool absorb_tree(const struct model *model, struct tree *tree, struct index *index, uint32_t number, uint32_t finding)
{
    uint32_t first = first_of_tree(model, index, finding);
    bool same = true;
    for (uint32_t i = first; i != MODEL_NONE && same; i = index->next_of_root[i])
        same = index->done[i] || has_twin(model, index, number, i);
    for (uint32_t i = first; i != MODEL_NONE && same; i = index->next_of_root[i]) {
        if (index->done[i])
            continue;
        index->done[i] = true;
        keep_path(tree, i);
    }
    return same;
}

static void absorb(const struct model *model, struct tree *tree, struct index *index, uint32_t number)
{
    for (uint32_t k = 0; k < tree->count; k++) {
        uint32_t *link = &index->first[index->like[tree->findings[k]]];
        for (uint32_t i = *link, tries = 0; i != MODEL_NONE && tries < TRIES_MAX; i = *link) {
            if (index->done[i] || absorb_tree(model, tree, index, number, i)) {
                *link = index->next[i]; /* nobody looks for it any more */
                continue;
            }
            link = &index->next[i];
            tries++;
        }
    }
}

/* So that the page reads from the outside in. */
static void sort_by_depth(const struct model *model, struct tree *tree, uint32_t *room)
{
    uint32_t starts[TREES_DEPTH_MAX + 1] = {0};
    if (tree->count < 2)
        return;
    for (uint32_t i = 0; i < tree->count; i++)
        starts[trees_depth(model, tree->root, model->findings[tree->findings[i]].group) + 1]++;
    for (int depth = 0; depth < TREES_DEPTH_MAX; depth++)
        starts[depth + 1] += starts[depth];
    for (uint32_t i = 0; i < tree->count; i++)
        room[starts[trees_depth(model, tree->root, model->findings[tree->findings[i]].group)]++] = tree->findings[i];
    memcpy(tree->findings, room, tree->count * sizeof *room);
}

struct trees *trees_create(const struct model *model)
{
    struct trees *trees = alloc_zeroed(1, sizeof *trees);
    struct index index = index_findings(model);
    uint32_t used = 0;
    trees->findings = alloc_resize(NULL, model->finding_count, sizeof *trees->findings);
    uint32_t *room = alloc_resize(NULL, model->finding_count, sizeof *room);
    for (uint32_t i = 0; i < 2 * model->finding_count; i++) {
        uint32_t first = i % model->finding_count;
        bool is_possible = i >= model->finding_count;
        if (index.done[first] || (model->findings[first].confidence == VERDICT_POSSIBLE && !is_possible))
            continue;
        struct tree tree = {.root = model->findings[first].root, .findings = trees->findings + used};
        gather(model, &tree, &index, trees->count + 1, first);
        absorb(model, &tree, &index, trees->count + 1);
        sort_by_depth(model, &tree, room);
        used += tree.count;
        ALLOC_GROW(trees->list, trees->count, trees->capacity);
        trees->list[trees->count++] = tree;
    }
    free(room);
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
