#include "viewer/top/state.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/map.h"

const char *top_sort_name(enum top_sort sort)
{
    static const char *const names[TOP_SORTS] = {"executions a second", "time a second", "executions", "time"};
    return names[sort];
}

static void add_group(struct top_row *row, const struct model *model, uint32_t group)
{
    const struct model_group *g = &model->groups[group];
    row->executions += g->executions;
    row->rows += g->rows;
    row->time_ns += g->time_ns;
    if (g->finding == MODEL_NONE)
        return;
    if (row->finding == MODEL_NONE || model->findings[g->finding].confidence > model->findings[row->finding].confidence) {
        row->finding = g->finding;
        row->group = group;
    }
}

static uint32_t make_rows(const struct model *model, struct top_row **ret)
{
    struct top_row *rows = alloc_zeroed(model->group_count, sizeof *rows);
    struct map by_site = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < model->group_count; i++) {
        bool added;
        uint32_t at = map_intern(&by_site, model->groups[i].site, count, &added);
        if (added)
            rows[count++] = (struct top_row){.site = model->groups[i].site, .group = i, .finding = MODEL_NONE};
        add_group(&rows[at], model, i);
    }
    map_finish(&by_site);
    *ret = rows;
    return count;
}

static double rate(uint64_t now, uint64_t before, double seconds)
{
    return now > before && seconds > 0 ? (double)(now - before) / seconds : 0;
}

static void compare_with_before(struct top *top, double seconds)
{
    struct map by_site = {0};
    const uint64_t executions = top->model->totals.executions, time_ns = top->model->totals.time_ns;
    bool added;
    for (uint32_t i = 0; i < top->before_count; i++)
        map_intern(&by_site, top->before[i].site, i, &added);
    for (uint32_t i = 0; i < top->all_rows && top->has_before; i++) {
        struct top_row *row = &top->everything[i];
        uint32_t at = map_intern(&by_site, row->site, UINT32_MAX, &added);
        const struct top_row none = {.site = 0}, *old = added || at == UINT32_MAX ? &none : &top->before[at];
        row->executions_s = rate(row->executions, old->executions, seconds);
        row->time_share = rate(row->time_ns, old->time_ns, seconds) / 1e9;
    }
    top->executions_s = top->has_before ? rate(executions, top->executions_before, seconds) : 0;
    top->time_share = top->has_before ? rate(time_ns, top->time_before, seconds) / 1e9 : 0;
    top->executions_before = executions;
    top->time_before = time_ns;
    top->has_before = true;
    map_finish(&by_site);
}

void top_update(struct top *top, struct model *model, double seconds)
{
    free(top->before);
    top->before = top->everything;
    top->before_count = top->all_rows;
    model_destroy(top->model);
    top->model = model;
    top->all_rows = make_rows(model, &top->everything);
    compare_with_before(top, seconds);
    top_arrange(top);
}

static const struct top *ordered; /* for compare: qsort has no argument for it */

static double worth(const struct top_row *row, enum top_sort sort)
{
    switch (sort) {
    case TOP_BY_EXECUTIONS_S:
        return row->executions_s;
    case TOP_BY_TIME_S:
        return row->time_share;
    case TOP_BY_EXECUTIONS:
        return (double)row->executions;
    default:
        return (double)row->time_ns;
    }
}

/* Findings stand on top; what is equal by rate is ordered by all that was counted. */
static int compare(const void *a, const void *b)
{
    const struct top_row *x = a;
    const struct top_row *y = b;
    double p = worth(x, ordered->sort);
    double q = worth(y, ordered->sort);
    bool is_x = x->finding != MODEL_NONE;
    bool is_y = y->finding != MODEL_NONE;
    if (is_x != is_y)
        return is_x ? -1 : 1;
    if (p < q || p > q)
        return p < q ? 1 : -1;
    if (x->executions != y->executions)
        return x->executions < y->executions ? 1 : -1;
    return x->site < y->site ? -1 : x->site > y->site;
}

static bool is_wanted(const struct top *top, const struct top_row *row)
{
    const struct model_group *g = &top->model->groups[row->group];
    const struct model_frame *f = g->location != MODEL_NONE ? &top->model->frames[g->location] : NULL;
    if (top->findings_only && row->finding == MODEL_NONE)
        return false;
    return !top->filter[0] || strcasestr(top->model->statements[g->statement].text, top->filter) ||
           (f && f->file && strcasestr(f->file, top->filter)) || (f && strcasestr(f->function, top->filter));
}

void top_arrange(struct top *top)
{
    free(top->rows);
    top->rows = alloc_zeroed(top->all_rows, sizeof *top->rows);
    top->row_count = 0;
    for (uint32_t i = 0; i < top->all_rows; i++) {
        if (is_wanted(top, &top->everything[i]))
            top->rows[top->row_count++] = top->everything[i];
    }
    ordered = top;
    if (top->row_count > 1)
        qsort(top->rows, top->row_count, sizeof *top->rows, compare);
}

int top_selected(const struct top *top)
{
    for (uint32_t i = 0; i < top->row_count; i++) {
        if (top->rows[i].site == top->selected)
            return (int)i;
    }
    return top->row_count ? 0 : -1;
}

void top_select(struct top *top, int row)
{
    int last = (int)top->row_count - 1;
    if (last < 0)
        return;
    top->selected = top->rows[row < 0 ? 0 : row > last ? last : row].site;
}

void top_finish(struct top *top)
{
    free(top->rows);
    free(top->everything);
    free(top->before);
    model_destroy(top->model);
    *top = (struct top){.model = NULL};
}
