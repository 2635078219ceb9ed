#include "exporter/model/chain.h"

#include <string.h>

#define SHARED_PART 4 /* one of so many executions of a parent may have caused none: it had no rows */

const struct model_edge *chain_edge(const struct model *model, uint32_t group)
{
    uint32_t edge = model->groups[group].edge;
    return edge != MODEL_NONE && evidence_holds(chain_evidence(&model->edges[edge])) ? &model->edges[edge] : NULL;
}

uint32_t chain_parent(const struct model *model, uint32_t group)
{
    const struct model_edge *edge = chain_edge(model, group);
    return edge ? edge->parent : MODEL_NONE;
}

/* The first of the groups that come round to this one; MODEL_NONE: none does. */
static uint32_t first_of_circle(const struct model *model, uint32_t group)
{
    uint32_t first = group;
    uint32_t at = group;
    for (int level = 0; level < CHAIN_MAX; level++) {
        at = chain_parent(model, at);
        if (at == MODEL_NONE || at == group)
            return at == group ? first : MODEL_NONE;
        first = at < first ? at : first;
    }
    return MODEL_NONE;
}

uint32_t chain_root(const struct model *model, uint32_t group)
{
    uint32_t root = group;
    for (int level = 0; level < CHAIN_MAX; level++) {
        uint32_t parent = chain_parent(model, root);
        if (parent == MODEL_NONE)
            return root;
        root = parent;
    }
    uint32_t first = first_of_circle(model, root);
    return first != MODEL_NONE ? first : root;
}

/* The innermost node from which two stacks go on; *a and *b: where each of them goes. Parents have smaller numbers. */
static uint32_t fork_of(const struct model *model, uint32_t *a, uint32_t *b)
{
    uint32_t at = *a, other = *b;
    *a = *b = MODEL_NONE;
    while (at != other) {
        uint32_t *further = other == MODEL_NONE || (at != MODEL_NONE && at > other) ? &at : &other;
        *(further == &at ? a : b) = *further;
        *further = model->nodes[*further].parent;
    }
    return at;
}

/* The outermost of the program's own functions on a stack inside of a node. */
static uint32_t first_own(const struct model *model, uint32_t stack, uint32_t outside)
{
    uint32_t first = MODEL_NONE;
    for (; stack != outside; stack = model->nodes[stack].parent)
        first = model->frames[model->nodes[stack].frame].in_app ? model->nodes[stack].frame : first;
    return first;
}

static bool is_one_function(const struct model_frame *a, const struct model_frame *b)
{
    return a->file && b->file && strcmp(a->file, b->file) == 0 && strcmp(a->function, b->function) == 0;
}

/* Whether a package has called a function of the program's for the one, and another one for the other, at one and the same line:
 * what hands requests to those who answer them does so, once for each. Who goes on from one line to the next is at one request.
 */
static bool are_handed_out(const struct model *model, uint32_t parent, uint32_t child)
{
    uint32_t of_parent = parent, of_child = child, fork = fork_of(model, &of_parent, &of_child);
    if (fork == MODEL_NONE || of_parent == MODEL_NONE || of_child == MODEL_NONE || model->frames[model->nodes[fork].frame].in_app)
        return false;
    if (is_one_function(&model->frames[model->nodes[of_parent].frame], &model->frames[model->nodes[of_child].frame]))
        return false;
    parent = first_own(model, parent, fork);
    child = first_own(model, child, fork);
    return parent != MODEL_NONE && child != MODEL_NONE && !is_one_function(&model->frames[parent], &model->frames[child]);
}

bool chain_leaves_request(const struct model *model, const struct model_edge *edge)
{
    uint32_t stack = model->groups[edge->child].stack, parent = model->groups[edge->parent].stack;
    uint32_t request = stack != MODEL_NONE ? model->nodes[stack].request : MODEL_NONE;
    uint32_t at = parent;
    while (request != MODEL_NONE && at != MODEL_NONE && at != request)
        at = model->nodes[at].parent;
    return request != MODEL_NONE && (at != request || are_handed_out(model, parent, stack));
}

static bool step(const void *context, uintptr_t *group, struct evidence_level *ret)
{
    const struct model *model = context;
    const struct model_edge *edge = chain_edge(model, (uint32_t)*group);
    if (!edge || chain_leaves_request(model, edge))
        return false;
    const struct model_group *parent = &model->groups[edge->parent];
    *group = edge->parent;
    *ret = (struct evidence_level){edge->sums, parent->executions, parent->distinct_in_process,
                                   model->statements[parent->statement].facts << VERDICT_FACTS & VERDICT_FACT_LIMIT};
    return true;
}

struct evidence_fan_out chain_fan_out(const struct model *model, uint32_t group)
{
    return evidence_fan_out(step, model, group);
}

/* (Nearly) every execution of the parent caused some of the child's. An edge that another one took over from has lost its
 * parent's later ones. */
static bool explains_throughout(const struct model *model, const struct model_edge *e)
{
    return e->episodes * SHARED_PART >= model->groups[e->parent].executions * (SHARED_PART - 1) &&
           evidence_holds(chain_evidence(e));
}

bool chain_share_out(const struct model *model, const struct model_edge *a, const struct model_edge *b)
{
    return a->child == b->child && a->parameter == b->parameter && a->parameter_is_shown == b->parameter_is_shown &&
           a->parent != b->parent && a->matches <= model->groups[a->child].executions &&
           b->matches <= model->groups[a->child].executions - a->matches && explains_throughout(model, a) &&
           explains_throughout(model, b);
}
