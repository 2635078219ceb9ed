#include "exporter/diff/scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/model/chain.h"

#define CANDIDATES_MAX 32 /* each is tried for each site */
#define FACTOR         10.0

static bool is_on_both_sides(const struct diff_site *p)
{
    return p->old.group != MODEL_NONE && p->new.group != MODEL_NONE;
}

static struct growth_sample sample(const struct diff_data *data, const struct diff_site *site, bool old)
{
    return old ? (struct growth_sample){site->old.executions, data->old_units, data->old_size, site->old.batched}
               : (struct growth_sample){site->new.executions, data->new_units, data->new_size, site->new.batched};
}

static bool is_scale(const struct diff_data *data)
{
    return growth_is_scale((struct growth_sample){1, data->old_units, data->old_size, 0},
                           (struct growth_sample){1, data->new_units, data->new_size, 0});
}

static void measure(struct diff_site *site, const struct diff_data *data)
{
    site->data = *data;
    site->growth = growth_measure(sample(data, site, true), sample(data, site, false));
}

/* The rows that each execution of a site returned. */
static struct diff_data rows_of_each(const struct diff *d, uint32_t site, enum diff_source source)
{
    const struct diff_site *p = &d->sites[site];
    return (struct diff_data){source, site, p->old.executions, p->new.executions, p->old.rows, p->new.rows};
}

/* Measures a site by the outermost of its parents that returned more rows each time. */
static bool measure_by_parents(struct diff *d, struct diff_site *site)
{
    uint32_t chain[CHAIN_MAX];
    size_t count = 0;
    for (uint32_t up = site->parent; up != MODEL_NONE && count < CHAIN_MAX; up = d->sites[up].parent) {
        for (size_t i = 0; i < count; i++) {
            if (chain[i] == up)
                return false; /* a circle has no root */
        }
        chain[count++] = up;
    }
    while (count-- > 0) {
        struct diff_data data = rows_of_each(d, chain[count], DIFF_DATA_PARENT);
        if (!is_on_both_sides(&d->sites[chain[count]]) || !is_scale(&data))
            continue;
        measure(site, &data);
        return site->growth.class != GROWTH_UNKNOWN;
    }
    return false;
}

/* Sites that ran as often as before but returned more rows: what they returned is data. Those with most rows. */
struct candidates {
    struct diff_data at[CANDIDATES_MAX];
    size_t count;
};

static void find_candidates(const struct diff *d, struct candidates *c)
{
    for (uint32_t i = 0; i < d->site_count; i++) {
        const struct diff_site *p = &d->sites[i];
        struct diff_data data = rows_of_each(d, i, DIFF_DATA_ROWS);
        if (!is_on_both_sides(p) || p->old.executions != p->new.executions || !is_scale(&data))
            continue;
        size_t at = c->count;
        while (at > 0 && c->at[at - 1].new_size < data.new_size)
            at--;
        if (at == CANDIDATES_MAX)
            continue;
        c->count += c->count < CANDIDATES_MAX;
        memmove(c->at + at + 1, c->at + at, (c->count - at - 1) * sizeof *c->at);
        c->at[at] = data;
    }
}

/* Takes the candidate whose rows grew most alike. */
static void measure_by_candidates(struct diff_site *site, const struct candidates *c)
{
    struct diff_site best = *site;
    for (size_t i = 0; i < c->count; i++) {
        struct diff_site tried = *site;
        measure(&tried, &c->at[i]);
        if (tried.growth.class == GROWTH_UNKNOWN)
            continue;
        if (best.growth.class == GROWTH_UNKNOWN || fabs(tried.growth.exponent - 1) < fabs(best.growth.exponent - 1))
            best = tried;
    }
    *site = best;
}

/* The data that explains most of the executions that came. */
static void choose_data(struct diff *d, const struct candidates *c)
{
    double *weights = alloc_zeroed(d->site_count, sizeof *weights);
    double most = 0;
    for (uint32_t i = 0; i < d->site_count; i++) {
        const struct diff_site *p = &d->sites[i];
        if (p->growth.class != GROWTH_UNKNOWN && p->data.site != MODEL_NONE)
            weights[p->data.site] += fabs((double)p->new.executions - (double)p->old.executions);
    }
    for (uint32_t i = 0; i < d->site_count; i++) {
        const struct diff_site *p = &d->sites[i];
        if (p->growth.class != GROWTH_UNKNOWN && p->data.site != MODEL_NONE && weights[p->data.site] > most) {
            most = weights[p->data.site];
            d->data = p->data;
        }
    }
    if (d->data.source == DIFF_DATA_UNKNOWN && c->count > 0)
        d->data = c->at[0];
    free(weights);
}

void diff_measure(struct diff *d, const struct diff_options *options)
{
    struct candidates candidates = {.count = 0};
    bool given = options->old_size > 0 && options->new_size > 0;
    d->data = (struct diff_data){.site = MODEL_NONE};
    if (given)
        d->data = (struct diff_data){DIFF_DATA_GIVEN, MODEL_NONE, 1, 1, options->old_size, options->new_size};
    else
        find_candidates(d, &candidates);
    for (uint32_t i = 0; i < d->site_count; i++) {
        struct diff_site *p = &d->sites[i];
        if (given)
            measure(p, &d->data);
        else if (is_on_both_sides(p) && !measure_by_parents(d, p) && p->old.executions != p->new.executions)
            measure_by_candidates(p, &candidates);
    }
    if (!given)
        choose_data(d, &candidates);

    /* A site that ran as often as before did so for all units together. */
    struct diff_data whole = d->data;
    whole.old_size = whole.old_units > 1 ? whole.old_size / whole.old_units : whole.old_size;
    whole.new_size = whole.new_units > 1 ? whole.new_size / whole.new_units : whole.new_size;
    whole.old_units = whole.new_units = 1;
    double size = d->data.new_units ? (double)d->data.new_size / (double)d->data.new_units : 0;
    d->factor = options->at > 0 && size > 0 ? (double)options->at / size : FACTOR;
    for (uint32_t i = 0; i < d->site_count; i++) {
        struct diff_site *p = &d->sites[i];
        if (p->growth.class == GROWTH_UNKNOWN && is_on_both_sides(p) && p->old.executions == p->new.executions)
            measure(p, &whole);
        p->predicted = growth_predict(p->growth, sample(&p->data, p, true), sample(&p->data, p, false), d->factor);
    }
}
