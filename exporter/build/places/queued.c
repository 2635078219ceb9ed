#include "exporter/build/places/queued.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"

#define DEPTH_MAX 32 /* of the program's functions, innermost */
#define PEERS_MAX 64 /* groups of one statement that are looked at */

struct own {
    const struct model_frame *frame;
    bool suspended;
};

/* The program's own functions on a stack, innermost first. */
struct chain {
    struct own own[DEPTH_MAX];
    uint32_t count;
};

/* Of another language none: there what awaits stands on the stack. */
static void read_chain(const struct model *model, const struct recording *r, const uint32_t *nodes, uint32_t stack,
                       struct chain *ret)
{
    ret->count = 0;
    for (; stack != RECORDING_NONE && ret->count < DEPTH_MAX; stack = r->stacks.at[stack].parent) {
        const struct recording_stack *s = &r->stacks.at[stack];
        if (s->frame == RECORDING_NONE || nodes[stack] == MODEL_NONE ||
            r->frames.at[s->frame].language != NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT)
            continue;
        const struct model_frame *frame = &model->frames[model->nodes[nodes[stack]].frame];
        if (frame->in_app && frame->file)
            ret->own[ret->count++] = (struct own){frame, s->suspended};
    }
}

/* The innermost that awaits stands where its await begins, the function that is called for it further down in the same
 * expression; one further out is where it was. */
static bool is_same(const struct own *queued, const struct own *whole, bool is_innermost)
{
    return strcmp(queued->frame->file, whole->frame->file) == 0 && strcmp(queued->frame->function, whole->frame->function) == 0 &&
           (queued->frame->line == whole->frame->line ||
            (is_innermost && queued->suspended && queued->frame->line < whole->frame->line));
}

/* Whether the whole one has all functions of the other one, in their order, out to the same outermost one. */
static bool contains(const struct chain *whole, const struct chain *queued)
{
    uint32_t at = 0;
    if (queued->count == 0 || queued->count > whole->count ||
        !is_same(&queued->own[queued->count - 1], &whole->own[whole->count - 1], queued->count == 1))
        return false;
    for (uint32_t i = 0; i < whole->count && at < queued->count; i++)
        at += is_same(&queued->own[at], &whole->own[i], at == 0);
    return at == queued->count;
}

struct peers {
    uint32_t groups[PEERS_MAX];
    struct chain chains[PEERS_MAX];
    uint32_t count;
};

/* The peer that has the whole stack of this one, and no other peer has another one that may be; PEERS_MAX: none is. Of those that
 * have the same functions it is the first. */
static uint32_t whole_of(const struct peers *p, uint32_t index)
{
    uint32_t found = PEERS_MAX;
    const struct chain *queued = &p->chains[index];
    for (uint32_t i = 0; i < p->count; i++) {
        const struct chain *whole = &p->chains[i];
        if (i == index || !contains(whole, queued) || (contains(queued, whole) && i > index))
            continue;
        if (found == PEERS_MAX || (contains(whole, &p->chains[found]) && !contains(&p->chains[found], whole)))
            found = i;
        else if (!contains(&p->chains[found], whole))
            return PEERS_MAX;
    }
    return found;
}

static void fold(const struct peers *p, uint32_t *stacks)
{
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t whole = whole_of(p, i);
        for (uint32_t next; whole != PEERS_MAX && (next = whole_of(p, whole)) != PEERS_MAX;)
            whole = next;
        if (whole != PEERS_MAX)
            stacks[p->groups[i]] = stacks[p->groups[whole]];
    }
}

static bool has_javascript(const struct recording *r)
{
    for (uint32_t i = 0; i < r->frames.count; i++) {
        if (r->frames.at[i].language == NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT)
            return true;
    }
    return false;
}

static void fold_all(const struct model *model, const struct recording *r, const uint32_t *nodes, uint32_t *stacks)
{
    uint32_t *next = alloc_resize(NULL, r->groups.count, sizeof *next); /* of the same statement */
    uint32_t *first = alloc_resize(NULL, r->statements.count, sizeof *first);
    struct peers *p = alloc_zeroed(1, sizeof *p);
    for (uint32_t i = 0; i < r->statements.count; i++)
        first[i] = RECORDING_NONE;
    for (uint32_t i = r->groups.count; i-- > 0;) {
        const struct recording_group *g = &r->groups.at[i];
        next[i] = RECORDING_NONE;
        if (g->statement == RECORDING_NONE)
            continue;
        next[i] = first[g->statement];
        first[g->statement] = i;
    }
    for (uint32_t i = 0; i < r->statements.count; i++) {
        if (first[i] == RECORDING_NONE || next[first[i]] == RECORDING_NONE)
            continue;
        p->count = 0;
        for (uint32_t at = first[i]; at != RECORDING_NONE && p->count < PEERS_MAX; at = next[at]) {
            if (r->groups.at[at].database != r->groups.at[first[i]].database)
                continue;
            p->groups[p->count] = at;
            read_chain(model, r, nodes, r->groups.at[at].stack, &p->chains[p->count]);
            p->count += p->chains[p->count].count > 0;
        }
        fold(p, stacks);
    }
    free(p);
    free(first);
    free(next);
}

uint32_t *queued_stacks(const struct model *model, const struct recording *r, const uint32_t *nodes)
{
    uint32_t *stacks = alloc_resize(NULL, r->groups.count, sizeof *stacks);
    for (uint32_t i = 0; i < r->groups.count; i++)
        stacks[i] = r->groups.at[i].stack != RECORDING_NONE ? nodes[r->groups.at[i].stack] : MODEL_NONE;
    if (has_javascript(r))
        fold_all(model, r, nodes, stacks);
    return stacks;
}
