#include "advice.h"

#include "alloc.h"
#include "rewrite.h"

/* More than one row for a child in twenty: a child has several rows, so they cannot become columns of the parent. */
static bool has_many_rows(const struct advice_input *in)
{
    return in->rows > in->executions && in->rows - in->executions > in->executions / 20;
}

struct advice advice_give(const struct advice_input *in)
{
    const char *source = in->parent_column ? in->parent_column : NULL;
    bool aggregate = in->rows == in->executions && rewrite_is_aggregate(in->statement);
    bool few_values = in->distinct_values > 0 && in->distinct_values <= in->executions / 2;
    const char *cache = few_values ? "; the same values come again and again, so keep what was loaded (identity map, cache)" : "";

    struct advice advice = {.strategy = "join"};
    if (aggregate) {
        advice.strategy = "aggregate";
        advice.text = alloc_format("aggregate for all parents in one statement with GROUP BY%s", cache);
    } else if (has_many_rows(in)) {
        advice.strategy = "selectin";
        advice.text = alloc_format(
            "load the rows of all parents at once: collect the values%s%s, then one statement with the list%s",
            source ? " of " : "", source ? source : "", cache);
    } else {
        advice.text = alloc_format(
            "one row for each parent: JOIN it into the parent's statement, or load all at once by a list%s", cache);
    }
    if (!in->statement_cut)
        advice.sql = rewrite_for_list(in->statement, in->parameter, in->is_postgresql);
    return advice;
}
