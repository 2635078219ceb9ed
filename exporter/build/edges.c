#include "exporter/build/edges.h"

#include <string.h>

#include "exporter/build/update_keys.h"
#include "exporter/model/chain.h"
#include "exporter/stream/names.h"

#define SET_MOST   20 /* bits for meeting a whole set of numbers */
#define COLUMN_MAX 64

struct choosing {
    const struct model *model;
    struct sql_statements *parsed;
};

static const char *text_of(const struct model *model, uint32_t group)
{
    return model->statements[model->groups[group].statement].text;
}

/* The column that the edge's parameter is compared with. */
static bool find_compared(const struct choosing *c, const struct model_edge *e, char *ret, size_t size)
{
    struct sql_key key;
    sql_statements_trim(c->parsed);
    const struct sql_statement *s = sql_statements_get(c->parsed, text_of(c->model, e->child));
    if (!e->parameter_is_shown || !s->is_plain || s->trouble != SQL_PLAIN ||
        !sql_find_key(&s->tokens, s->select.where, e->parameter, &key))
        return false;
    sql_unquote(sql_last_part(&s->tokens.at[key.column]), ret, size);
    return true;
}

static enum names_fit fit_of(const struct choosing *c, const struct model_edge *e)
{
    const char *parent = text_of(c->model, e->parent), *child = text_of(c->model, e->child);
    char compared[COLUMN_MAX];
    if (!e->column_name || !find_compared(c, e, compared, sizeof compared))
        return NAMES_PLAIN;
    return names_fit(e->column_name, compared, (struct names_text){parent, strlen(parent)},
                     (struct names_text){child, strlen(child)});
}

/* Both explain what they are for: then that which names the row is told, where it was met as often. */
static int compare_keys(const struct model *model, const struct model_edge *e, const struct model_edge *than)
{
    if (e->parameter == than->parameter || !evidence_holds(chain_evidence(e)) || !evidence_holds(chain_evidence(than)))
        return 0;
    int order = (int)key_of_update(model, e) - (int)key_of_update(model, than);
    const struct model_edge *key = order > 0 ? e : than;
    return key->matches >= (order > 0 ? than : e)->matches / 2 ? order : 0;
}

/* Of equals the first stays: the agent records the one that it chose first, by what it saw and the counters do not say. */
static bool is_better(const struct choosing *c, const struct model_edge *e, const struct model_edge *than)
{
    if (chain_share_out(c->model, e, than))
        return e->matches > than->matches;
    int order = compare_keys(c->model, e, than);
    if (order == 0)
        order = evidence_compare(chain_evidence(e), chain_evidence(than));
    if (order)
        return order > 0;
    if (e->parameter == than->parameter) {
        int fit = (int)fit_of(c, e) - (int)fit_of(c, than);
        if (fit)
            return fit > 0;
    }
    return false;
}

/* Stale ones have counts of nothing. */
static bool says_something(const struct model_edge *e)
{
    return e->bits > 0 && e->matches > 0;
}

static bool are_rivals(const struct model_edge *e, const struct model_edge *best)
{
    return e != best && e->child == best->child && e->parameter == best->parameter &&
           e->parameter_is_shown == best->parameter_is_shown && says_something(e);
}

/* The rest of a composite key: another column of the same rows, for another parameter. */
static bool is_companion(const struct model_edge *e, const struct model_edge *best)
{
    return e->beside > 0 && e->parent == best->parent && e->parameter != best->parameter && e->parameter_is_shown &&
           best->parameter_is_shown && e->column_name;
}

/* One for each parameter. */
static void add_companion(struct model *model, uint32_t *link, uint32_t edge)
{
    struct model_edge *e = &model->edges[edge];
    while (*link != MODEL_NONE && model->edges[*link].parameter < e->parameter)
        link = &model->edges[*link].next_companion;
    e->next_companion = *link;
    if (*link != MODEL_NONE && model->edges[*link].parameter == e->parameter) {
        if (model->edges[*link].beside >= e->beside)
            return;
        e->next_companion = model->edges[*link].next_companion;
    }
    *link = edge;
}

/* Where the key stands beside what the row is set to, the loop is told by its key: both were met in the same rows, so that what
 * is counted of one is true of the other. */
static void tell_key(struct model *model, struct model_group *g)
{
    struct model_edge *best = g->edge != MODEL_NONE ? &model->edges[g->edge] : NULL;
    uint32_t key = g->companion;
    if (key == MODEL_NONE || key_of_update(model, best))
        return;
    while (key != MODEL_NONE && !key_of_update(model, &model->edges[key]))
        key = model->edges[key].next_companion;
    if (key == MODEL_NONE)
        return;
    struct model_edge *e = &model->edges[key];
    struct model_edge named = *best;
    best->parameter = e->parameter;
    best->column = e->column;
    best->column_name = e->column_name;
    e->parameter = named.parameter;
    e->column = named.column;
    e->column_name = named.column_name;
    /* By the numbers of their parameters. */
    uint32_t rest = g->companion;
    g->companion = MODEL_NONE;
    while (rest != MODEL_NONE) {
        uint32_t next = model->edges[rest].next_companion;
        model->edges[rest].next_companion = MODEL_NONE;
        add_companion(model, &g->companion, rest);
        rest = next;
    }
}

void edges_choose(struct model *model, struct sql_statements *parsed)
{
    struct choosing c = {model, parsed};
    for (uint32_t i = 0; i < model->edge_count; i++) {
        uint32_t *best = &model->groups[model->edges[i].child].edge;
        if (*best == MODEL_NONE || is_better(&c, &model->edges[i], &model->edges[*best]))
            *best = i;
    }
    for (uint32_t i = 0; i < model->edge_count; i++) {
        const struct model_edge *e = &model->edges[i];
        struct model_group *g = &model->groups[e->child];
        const struct model_edge *best = &model->edges[g->edge];
        if (is_companion(e, best)) {
            add_companion(model, &g->companion, i);
        } else if (e != best && chain_share_out(model, e, best)) {
            g->also_count++;
            if (g->also == MODEL_NONE || e->matches > model->edges[g->also].matches)
                g->also = i;
        } else if (are_rivals(e, best) && (g->second == MODEL_NONE || is_better(&c, e, &model->edges[g->second]))) {
            g->second = i;
        }
    }
    for (uint32_t i = 0; i < model->group_count; i++)
        tell_key(model, &model->groups[i]);
}

static bool same_column(const struct model *model, const struct model_edge *a, const struct model_edge *b)
{
    return model->groups[a->parent].statement == model->groups[b->parent].statement && a->column == b->column;
}

/* Parts of the executions that were searched. After a while searches count for less, and rows that were met in order do not. */
static bool are_met_alike(const struct model_edge *a, const struct model_edge *b)
{
    uint64_t in_order_a = a->in_order < a->judged ? a->in_order : a->judged;
    uint64_t in_order_b = b->in_order < b->judged ? b->in_order : b->judged;
    return evidence_compare_coverage(&a->sums, &b->sums) == 0 &&
           (unsigned __int128)in_order_a * b->judged == (unsigned __int128)in_order_b * a->judged;
}

/* The second is counted while everything is searched, the best in every execution: then they are compared by what one execution
 * says, without what the best may have got since for the whole set of its values. */
static bool is_as_good(const struct model_edge *second, const struct model_edge *best)
{
    if (second->judged >= best->judged)
        return !evidence_has_much_more(best->bits, second->bits);
    uint64_t bits = best->bits > SET_MOST ? best->bits - SET_MOST : 0;
    return (unsigned __int128)second->bits * best->judged * 6 >= (unsigned __int128)bits * second->judged * 5;
}

bool edges_are_tied(const struct model *model, uint32_t group, struct sql_statements *parsed)
{
    struct choosing c = {model, parsed};
    const struct model_group *g = &model->groups[group];
    if (g->edge == MODEL_NONE || g->second == MODEL_NONE)
        return false;
    const struct model_edge *best = &model->edges[g->edge];
    const struct model_edge *second = &model->edges[g->second];
    return !same_column(model, best, second) && is_as_good(second, best) &&
           evidence_holds(chain_evidence(second)) == evidence_holds(chain_evidence(best)) && are_met_alike(best, second) &&
           fit_of(&c, best) <= fit_of(&c, second);
}
