#include "check.h"

#include <stdio.h>

#include "exporter/stream/nplus1.pb-c.h"
#include "exporter/stream/verdict.h"

#define SELECT NPLUS1__VERB__VERB_SELECT
#define INSERT NPLUS1__VERB__VERB_INSERT

struct row {
    const char *name;
    enum verdict_confidence expected; /* of an n_plus_one; none: no finding */
    uint64_t threshold;
    struct verdict_evidence e;
};

#define SEEN(n, values, most)                                                                                                    \
    .verb = SELECT, .has_stack = true, .executions = (n), .distinct_values = (values), .unit_max = (most)
#define FROM(match, judge, values, most)                                                                                         \
    .edge_matches = (match), .edge_judged = (judge), .edge_distinct = (values), .edge_max_per_episode = (most)

static const struct row rows[] = {
    {"nothing at all", VERDICT_CONFIDENCE_NONE, 5, {0}},
    {"one execution", VERDICT_CONFIDENCE_NONE, 5, {SEEN(1, 1, 1)}},

    {"two children of one parent are enough when they are proven", VERDICT_PROVEN, 5, {SEEN(2, 2, 2), FROM(2, 2, 2, 2)}},
    {"proven in many units of work", VERDICT_PROVEN, 5, {SEEN(5000, 5000, 3), FROM(5000, 5000, 5000, 3)}},
    {"proven by 90 percent", VERDICT_PROVEN, 5, {SEEN(100, 100, 2), FROM(90, 100, 90, 2)}},
    {"89 percent is not enough", VERDICT_CONFIDENCE_NONE, 200, {SEEN(100, 100, 2), FROM(89, 100, 89, 2)}},
    {"nine of ten", VERDICT_PROVEN, 50, {SEEN(10, 10, 2), FROM(9, 10, 9, 2)}},
    {"eight of nine", VERDICT_CONFIDENCE_NONE, 50, {SEEN(9, 9, 2), FROM(8, 9, 8, 2)}},
    {"one value for each parent proves nothing", VERDICT_CONFIDENCE_NONE, 50, {SEEN(10, 10, 1), FROM(10, 10, 10, 1)}},
    {"one value only", VERDICT_CONFIDENCE_NONE, 5, {SEEN(10, 1, 1), FROM(10, 10, 1, 10)}},
    {"an edge of one value proves nothing", VERDICT_CONFIDENCE_NONE, 50, {SEEN(10, 10, 10), FROM(10, 10, 1, 10)}},
    {"numbers near the end of the range",
     VERDICT_PROVEN,
     5,
     {SEEN(UINT64_MAX, UINT64_MAX, UINT64_MAX), FROM(UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX)}},

    {"five values in one unit of work", VERDICT_LIKELY, 5, {SEEN(5, 5, 5)}},
    {"four values in one unit of work", VERDICT_CONFIDENCE_NONE, 5, {SEEN(4, 4, 4)}},
    {"the threshold is the user's", VERDICT_LIKELY, 3, {SEEN(3, 3, 3)}},
    {"a threshold of zero still needs two", VERDICT_CONFIDENCE_NONE, 0, {SEEN(1, 1, 1)}},
    {"few values, many executions", VERDICT_LIKELY, 5, {SEEN(100, 10, 10)}},
    {"without a stack no place can be named",
     VERDICT_POSSIBLE,
     5,
     {.verb = SELECT, .executions = 9, .distinct_values = 9, .unit_max = 9}},
    {"many values, few in each unit of work", VERDICT_POSSIBLE, 5, {SEEN(9, 9, 2)}},
    {"the same value again and again", VERDICT_CONFIDENCE_NONE, 5, {SEEN(100, 1, 1)}},

    {"a batched load", VERDICT_CONFIDENCE_NONE, 5, {SEEN(10, 10, 10), .batched = 10}},
    {"half of it batched", VERDICT_CONFIDENCE_NONE, 5, {SEEN(10, 10, 10), .batched = 5}},
    {"less than half of it batched", VERDICT_LIKELY, 5, {SEEN(10, 10, 10), .batched = 4}},
    {"a batched load whose values are the parent's",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(10, 10, 10), .batched = 10, FROM(10, 10, 10, 5)}},

    {"keyset pagination", VERDICT_CONFIDENCE_NONE, 5, {SEEN(10, 10, 10), FROM(9, 10, 9, 1), .edge_from_itself = true}},
    {"two pages", VERDICT_CONFIDENCE_NONE, 2, {SEEN(2, 2, 2), FROM(1, 2, 1, 1), .edge_from_itself = true}},
    {"rarely its own value", VERDICT_LIKELY, 5, {SEEN(10, 10, 10), FROM(1, 10, 1, 1), .edge_from_itself = true}},

    {"a write",
     VERDICT_CONFIDENCE_NONE,
     5,
     {.verb = INSERT, .has_stack = true, .executions = 99, .distinct_values = 99, .unit_max = 99}},
    {"a write with a source",
     VERDICT_CONFIDENCE_NONE,
     5,
     {.verb = INSERT, .has_stack = true, .executions = 99, .distinct_values = 99, FROM(99, 99, 99, 99)}},
};

static void decides_as_the_table_says(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct verdict v = verdict_decide(&rows[i].e, rows[i].threshold);
        enum verdict_kind kind = rows[i].expected ? VERDICT_N_PLUS_ONE : VERDICT_NONE;
        /* Where too little speaks for more, "possible" may be left: those rows say so with a threshold out of reach. */
        if (v.confidence != rows[i].expected || v.kind != kind)
            fail_msg("%s: kind %d confidence %d, expected confidence %d", rows[i].name, (int)v.kind, (int)v.confidence,
                     (int)rows[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decides_as_the_table_says),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
