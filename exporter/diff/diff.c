#include "exporter/diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/map.h"
#include "exporter/diff/moved.h"
#include "exporter/diff/scale.h"
#include "exporter/model/chain.h"

struct sites {
    struct diff *diff;
    struct map names;
    uint32_t capacity;
};

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void add_group(struct diff_numbers *n, const struct model *model, uint32_t group)
{
    const struct model_group *g = &model->groups[group];
    if (n->group == MODEL_NONE || model->groups[n->group].executions < g->executions)
        n->group = group;
    n->executions = sum(n->executions, g->executions);
    n->rows = sum(n->rows, g->rows);
    n->time_ns = sum(n->time_ns, g->time_ns);
    n->errors = sum(n->errors, g->errors);
    n->batched = sum(n->batched, g->batched);
}

static struct diff_site *site_of(struct sites *p, uint64_t name)
{
    struct diff *d = p->diff;
    bool added;
    uint32_t index = map_intern(&p->names, name, d->site_count, &added);
    if (added) {
        ALLOC_GROW(d->sites, d->site_count, p->capacity);
        d->sites[d->site_count++] = (struct diff_site){
            .name = name, .old.group = MODEL_NONE, .new.group = MODEL_NONE, .parent = MODEL_NONE, .data.site = MODEL_NONE};
    }
    return &d->sites[index];
}

static void add_sites(struct sites *p)
{
    for (uint32_t i = 0; i < p->diff->new->group_count; i++)
        add_group(&site_of(p, p->diff->new->groups[i].site)->new, p->diff->new, i);
    for (uint32_t i = 0; i < p->diff->old->group_count; i++)
        add_group(&site_of(p, p->diff->old->groups[i].site)->old, p->diff->old, i);
}

static uint32_t site_index(const struct sites *p, const struct model *model, uint32_t group)
{
    uint32_t index = MODEL_NONE;
    if (group != MODEL_NONE)
        map_find(&p->names, model->groups[group].site, NULL, NULL, &index);
    return index;
}

static uint32_t parent_of(const struct sites *p, const struct diff_site *site)
{
    const struct diff *d = p->diff;
    uint32_t parent = site->new.group != MODEL_NONE ? chain_parent(d->new, site->new.group) : MODEL_NONE;
    if (parent != MODEL_NONE)
        return site_index(p, d->new, parent);
    parent = site->old.group != MODEL_NONE ? chain_parent(d->old, site->old.group) : MODEL_NONE;
    return site_index(p, d->old, parent);
}

static enum diff_state state_of(const struct diff_site *site)
{
    const struct diff_numbers *a = &site->old;
    const struct diff_numbers *b = &site->new;
    if (a->group == MODEL_NONE || b->group == MODEL_NONE)
        return b->group == MODEL_NONE ? DIFF_GONE : DIFF_NEW;
    return a->executions == b->executions && a->rows == b->rows && a->errors == b->errors ? DIFF_SAME : DIFF_CHANGED;
}

static enum diff_state compare_findings(const struct diff *d, const struct model_finding *a, const struct model_finding *b)
{
    bool parent = a->parent != MODEL_NONE && b->parent != MODEL_NONE
                      ? d->old->groups[a->parent].site == d->new->groups[b->parent].site
                      : a->parent == b->parent;
    return parent && a->confidence == b->confidence && a->executions_everywhere == b->executions_everywhere &&
                   a->distinct_values == b->distinct_values
               ? DIFF_SAME
               : DIFF_CHANGED;
}

/* One site's findings, as of a recursion's stacks, are one problem: where the other side has the first of them, one more or one
 * less is neither new nor gone. */
static void add_finding(const struct sites *p, uint32_t old, uint32_t new, uint32_t first)
{
    struct diff *d = p->diff;
    const struct model_finding *a = old != MODEL_NONE ? &d->old->findings[old] : NULL;
    const struct model_finding *b = new != MODEL_NONE ? &d->new->findings[new] : NULL;
    enum diff_state alone = first != MODEL_NONE ? DIFF_CHANGED : a ? DIFF_GONE : DIFF_NEW;
    d->findings[d->finding_count++] = (struct diff_finding){
        .state = a && b ? compare_findings(d, a, b) : alone,
        .old = old,
        .new = new,
        .first = first,
        .site = b ? site_index(p, d->new, b->group) : site_index(p, d->old, a->group),
    };
}

/* Each is the other of one only, whatever a made-up recording has as names. */
static bool is_unmatched(uint32_t value, const void *data)
{
    const bool *matched = data;
    return !matched[value];
}

static struct map map_signatures(const struct model *model)
{
    struct map map = {0};
    for (uint32_t i = 0; i < model->finding_count; i++)
        map_add(&map, model->findings[i].signature, i);
    return map;
}

static uint32_t find_first(const struct map *signatures, const struct model_finding *f)
{
    uint32_t first;
    return map_find(signatures, f->first, NULL, NULL, &first) ? first : MODEL_NONE;
}

static void match_findings(const struct sites *p)
{
    struct diff *d = p->diff;
    struct map old = map_signatures(d->old), new = map_signatures(d->new);
    bool *matched = alloc_zeroed(d->old->finding_count, sizeof *matched);
    d->findings = alloc_resize(NULL, (size_t)d->old->finding_count + d->new->finding_count, sizeof *d->findings);
    for (uint32_t i = 0; i < d->new->finding_count; i++) {
        uint32_t other = MODEL_NONE;
        if (map_find(&old, d->new->findings[i].signature, is_unmatched, matched, &other))
            matched[other] = true;
        add_finding(p, other, i, other == MODEL_NONE ? find_first(&old, &d->new->findings[i]) : MODEL_NONE);
    }
    for (uint32_t i = 0; i < d->old->finding_count; i++) {
        if (!matched[i])
            add_finding(p, i, MODEL_NONE, find_first(&new, &d->old->findings[i]));
    }
    free(matched);
    map_finish(&new);
    map_finish(&old);
}

struct diff *diff_create(const struct model *old, const struct model *new, const struct diff_options *options)
{
    struct diff *d = alloc_zeroed(1, sizeof *d);
    struct sites sites = {.diff = d};
    d->old = old;
    d->new = new;
    add_sites(&sites);
    for (uint32_t i = 0; i < d->site_count; i++) {
        d->sites[i].parent = parent_of(&sites, &d->sites[i]);
        d->sites[i].state = state_of(&d->sites[i]);
        d->site_counts[d->sites[i].state]++;
    }
    match_findings(&sites);
    moved_find(d);
    for (uint32_t i = 0; i < d->finding_count; i++)
        d->finding_counts[d->findings[i].state]++;
    map_finish(&sites.names);
    diff_measure(d, options);
    return d;
}

const char *diff_state_name(enum diff_state state)
{
    static const char *const names[] = {"new", "gone", "changed", "same"};
    return names[state];
}

uint32_t diff_group(const struct diff *d, uint32_t site, const struct model **ret_model)
{
    const struct diff_site *p = &d->sites[site];
    bool gone = p->new.group == MODEL_NONE;
    *ret_model = gone ? d->old : d->new;
    return gone ? p->old.group : p->new.group;
}

void diff_destroy(struct diff *d)
{
    if (!d)
        return;
    free(d->sites);
    free(d->findings);
    free(d);
}
