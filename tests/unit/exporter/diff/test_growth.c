#include "tests/unit/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "exporter/diff/growth.h"

struct row {
    const char *name;
    enum growth_class expected;
    double exponent;
    struct growth_sample old, new;
    uint64_t at_ten_times; /* predicted */
};

#define RAN(executions, size)                                                                                                    \
    {                                                                                                                            \
        (executions), 1, (size)                                                                                                  \
    }

static const struct row rows[] = {
    {"nothing at all", GROWTH_UNKNOWN, 0, {0}, {0}, 0},
    {"never executed before", GROWTH_UNKNOWN, 0, RAN(0, 5), RAN(5000, 5000), 5000},
    {"no rows", GROWTH_UNKNOWN, 0, RAN(5, 0), RAN(5000, 0), 5000},
    {"no units", GROWTH_UNKNOWN, 0, {5, 0, 5, 0}, {50, 0, 50, 0}, 50},
    {"the same data", GROWTH_UNKNOWN, 0, RAN(5, 100), RAN(5000, 100), 5000},
    {"hardly more data", GROWTH_UNKNOWN, 0, RAN(5, 100), RAN(10, 140), 10},

    {"an eager load", GROWTH_CONSTANT, 0, RAN(1, 5), RAN(1, 5000), 1},
    {"a few more by accident", GROWTH_CONSTANT, 0.01, RAN(100, 5), RAN(107, 5000), 107},
    {"one for each row", GROWTH_LINEAR, 1, RAN(5, 5), RAN(5000, 5000), 50000},
    {"three for each row", GROWTH_LINEAR, 1, RAN(15, 5), RAN(15000, 5000), 150000},
    {"one for each row and three before", GROWTH_LINEAR, 0.93, RAN(8, 5), RAN(5003, 5000), 50003},
    {"one for half of the rows", GROWTH_LINEAR, 0.9, RAN(5, 5), RAN(2500, 5000), 25023},
    {"for each pair", GROWTH_QUADRATIC, 2, RAN(25, 5), RAN(2500, 50), 250000},
    {"for each pair once", GROWTH_QUADRATIC, 2.09, RAN(10, 5), RAN(1225, 50), 150007},
    {"three levels", GROWTH_STEEPER, 3, RAN(125, 5), RAN(125000, 50), 125000000},
    {"sorted with a query for each comparison", GROWTH_LINEAR, 1.25, RAN(24, 8), RAN(10240, 1024), 102959},
    {"between", GROWTH_SUPERLINEAR, 1.5, RAN(10, 10), RAN(10000, 1000), 316228},
    {"a search in a tree", GROWTH_LOGARITHMIC, 0.21, RAN(3, 8), RAN(13, 8192), 16},
    {"a search with one step more", GROWTH_LOGARITHMIC, 0.18, RAN(4, 8), RAN(14, 8192), 18},
    {"chunks of 500", GROWTH_SUBLINEAR, 0.33, RAN(1, 5), RAN(10, 5000), 22},
    {"chunks of 500 that are seen as such", GROWTH_CHUNKED, 0.33, RAN(1, 5), {10, 1, 5000, 9}, 100},
    {"full chunks", GROWTH_CHUNKED, 1, {10, 1, 5000, 10}, {100, 1, 50000, 100}, 1000},
    {"one list for all", GROWTH_CONSTANT, 0, {1, 1, 5, 1}, {1, 1, 5000, 1}, 1},
    {"more and more lists of their own", GROWTH_QUADRATIC, 2, {25, 1, 5, 25}, {2500, 1, 50, 2500}, 250000},
    {"few different values", GROWTH_SUBLINEAR, 0.5, RAN(10, 100), RAN(100, 10000), 316},
    {"too little data for a logarithm", GROWTH_SUBLINEAR, 0.32, RAN(4, 4), RAN(5, 8), 10},
    {"fewer than before", GROWTH_SHRINKING, -1, RAN(5000, 5), RAN(5, 5000), 1},

    {"the small data is the new one", GROWTH_LINEAR, 1, RAN(5000, 5000), RAN(5, 5), 50},
    {"an eager load, turned round", GROWTH_CONSTANT, 0, RAN(1, 5000), RAN(1, 5), 1},
    {"a search, turned round", GROWTH_LOGARITHMIC, 0.21, RAN(13, 8192), RAN(3, 8), 6},

    {"more requests of the same size", GROWTH_UNKNOWN, 0, {50, 10, 50, 0}, {5000, 1000, 5000, 0}, 5000},
    {"as many for each request", GROWTH_CONSTANT, 0, {30, 10, 50, 0}, {3000, 1000, 500000, 0}, 3000},
    {"one for each row of each request", GROWTH_LINEAR, 1, {50, 10, 50, 0}, {500000, 1000, 500000, 0}, 5000000},

    {"numbers near the end of the range", GROWTH_LINEAR, 1, RAN(1, 1), RAN(UINT64_MAX, UINT64_MAX), UINT64_MAX},
};

static void measures_as_the_table_says(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct growth g = growth_measure(rows[i].old, rows[i].new);
        if (g.class != rows[i].expected || fabs(g.exponent - rows[i].exponent) > 0.01)
            fail_msg("%s: class %d exponent %g, expected class %d", rows[i].name, (int)g.class, g.exponent,
                     (int)rows[i].expected);
    }
}

static void predicts_as_the_table_says(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct growth g = growth_measure(rows[i].old, rows[i].new);
        uint64_t predicted = growth_predict(g, rows[i].old, rows[i].new, 10);
        double off = fabs((double)predicted - (double)rows[i].at_ten_times);
        if (off > 0.01 * (double)rows[i].at_ten_times)
            fail_msg("%s: %llu executions at ten times the data", rows[i].name, (unsigned long long)predicted);
    }
}

static void predicts_what_it_knows_at_the_same_size(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct growth g = growth_measure(rows[i].old, rows[i].new);
        if (rows[i].new.executions < UINT64_MAX)
            assert_int_equal(growth_predict(g, rows[i].old, rows[i].new, 1), rows[i].new.executions);
    }
}

static void names_every_class(void **state)
{
    assert_null(growth_class_name(GROWTH_UNKNOWN));
    for (enum growth_class class = GROWTH_SHRINKING; class <= GROWTH_STEEPER; class ++)
        assert_non_null(growth_class_name(class));
    assert_null(growth_class_name(GROWTH_STEEPER + 1));
    assert_false(growth_is_growing(GROWTH_CONSTANT) || growth_is_growing(GROWTH_SHRINKING) || growth_is_growing(GROWTH_UNKNOWN));
    assert_true(growth_is_growing(GROWTH_LOGARITHMIC) && growth_is_growing(GROWTH_STEEPER));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_as_the_table_says),
        cmocka_unit_test(predicts_as_the_table_says),
        cmocka_unit_test(predicts_what_it_knows_at_the_same_size),
        cmocka_unit_test(names_every_class),
    };
    return cmocka_run_group_tests_name("growth", tests, NULL, NULL);
}
