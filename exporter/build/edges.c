#include "exporter/build/edges.h"

#include <string.h>
#include <strings.h>

#include "exporter/model/chain.h"

#define SET_MOST   20 /* bits for meeting a whole set of numbers */
#define COLUMN_MAX 64

enum { FIT_PLAIN, FIT_BETTER, FIT_WELL };

struct choosing {
    const struct model *model;
    struct sql_statements *parsed;
};

/* The length of what a name_id says that it refers to; 0: it does not look like a foreign key. */
static size_t stem_of(const char *column)
{
    size_t length = strlen(column);
    if (length > 3 && strcasecmp(column + length - 3, "_id") == 0)
        return length - 3;
    return length > 4 && strcasecmp(column + length - 4, "_key") == 0 ? length - 4 : 0;
}

static bool is_key(const char *column)
{
    return strcasecmp(column, "id") == 0 || strcasecmp(column, "rowid") == 0;
}

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

static bool mentions(const char *text, const char *word, size_t length)
{
    return length > 0 && memmem(text, strlen(text), word, length) != NULL;
}

/* How well the names fit, by the rules of the agent: the same name, unless every table has one; a foreign key for the child's
 * own key; a key for the child's foreign key. */
static int fit_of(const struct choosing *c, const struct model_edge *e)
{
    char compared[COLUMN_MAX];
    const char *name = e->column_name;
    if (!name || !find_compared(c, e, compared, sizeof compared))
        return FIT_PLAIN;
    if (strcasecmp(name, compared) == 0)
        return is_key(compared) ? FIT_PLAIN : FIT_WELL;
    if (is_key(compared))
        return mentions(text_of(c->model, e->child), name, stem_of(name)) ? FIT_WELL : stem_of(name) ? FIT_BETTER : FIT_PLAIN;
    if (is_key(name))
        return mentions(text_of(c->model, e->parent), compared, stem_of(compared)) ? FIT_WELL : FIT_BETTER;
    return FIT_PLAIN;
}

/* Of equals the first stays: the agent records the one that it chose first, by what it saw and the counters do not say. */
static bool is_better(const struct choosing *c, const struct model_edge *e, const struct model_edge *than)
{
    int order = evidence_compare(chain_evidence(e), chain_evidence(than));
    if (order)
        return order > 0;
    if (e->parameter == than->parameter) {
        int fit = fit_of(c, e) - fit_of(c, than);
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

void edges_choose(struct model *model, struct sql_statements *parsed)
{
    struct choosing c = {model, parsed};
    for (uint32_t i = 0; i < model->edge_count; i++) {
        uint32_t *best = &model->groups[model->edges[i].child].edge;
        if (*best == MODEL_NONE || is_better(&c, &model->edges[i], &model->edges[*best]))
            *best = i;
    }
    for (uint32_t i = 0; i < model->edge_count; i++) {
        struct model_group *g = &model->groups[model->edges[i].child];
        if (are_rivals(&model->edges[i], &model->edges[g->edge]) &&
            (g->second == MODEL_NONE || is_better(&c, &model->edges[i], &model->edges[g->second])))
            g->second = i;
    }
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
