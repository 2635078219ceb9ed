#include "tests/unit/exporter/model_support.h"

#include "exporter/diff/diff.h"

#define CUSTOMERS "select id, name from customers"
#define ORDERS    "select id, total from orders where customer_id = ?"
#define ITEMS     "select id, price from items where order_id = ?"

static const struct diff_options find_it = {0};

/* One side: customers -> orders -> items, as often as it says; each level is one statement from one function. */
struct load {
    uint64_t requests;  /* executions of the root */
    uint64_t customers; /* rows of all of them */
    uint64_t orders;
    uint32_t line;
};

static struct model *nested(struct load l)
{
    struct recording_builder *b = builder_create_started();
    uint32_t customers = builder_simple_group(
        b, 1, CUSTOMERS, "list_customers", 3 + l.line,
        (struct builder_counters){.executions = l.requests, .rows = l.customers, .ticks = 9});
    uint32_t orders = builder_simple_group(
        b, 2, ORDERS, "load_orders", 7 + l.line,
        (struct builder_counters){
            .executions = l.customers, .rows = l.orders, .distinct_values = l.customers, .unit_max = l.customers});
    uint32_t items = builder_simple_group(
        b, 3, ITEMS, "load_items", 11 + l.line,
        (struct builder_counters){
            .executions = l.orders, .rows = 3 * l.orders, .distinct_values = l.orders, .unit_max = l.orders});
    uint64_t c = l.customers;
    builder_edge_counters(b, builder_edge(b, customers, "id", orders, 1), 1,
                          (struct builder_edge_counters){c, c, c, l.requests, c / l.requests});
    builder_edge_counters(b, builder_edge(b, orders, "id", items, 1), 1,
                          (struct builder_edge_counters){l.orders, l.orders, l.orders, c, l.orders / c});
    return model_of(b);
}

/* Of the site with the statement. */
static const struct diff_site *site(const struct diff *d, uint64_t fingerprint)
{
    for (uint32_t i = 0; i < d->site_count; i++) {
        const struct model *model;
        uint32_t group = diff_group(d, i, &model);
        if (model->statements[model->groups[group].statement].fingerprint == fingerprint)
            return &d->sites[i];
    }
    fail_msg("no place of %llu", (unsigned long long)fingerprint);
    return NULL;
}

struct pair {
    struct model *old;
    struct model *new;
    struct diff *diff;
};

static struct pair compare(struct model *old, struct model *new, const struct diff_options *options)
{
    return (struct pair){old, new, diff_create(old, new, options)};
}

static void finish(struct pair *p)
{
    diff_destroy(p->diff);
    model_destroy(p->old);
    model_destroy(p->new);
}

static void finds_nothing_new_when_only_lines_moved(void **state)
{
    struct load load = {1, 5, 25, 0};
    struct load moved = {1, 5, 25, 20};
    struct pair p = compare(nested(load), nested(moved), &find_it);
    assert_int_equal(p.diff->site_count, 3);
    assert_int_equal(p.diff->site_counts[DIFF_SAME], 3);
    assert_int_equal(p.diff->finding_counts[DIFF_SAME], 2);
    assert_int_equal(p.diff->data.source, DIFF_DATA_UNKNOWN);
    assert_int_equal(site(p.diff, 3)->growth.class, GROWTH_UNKNOWN);
    finish(&p);
}

/* A loop over orders in each function. */
static struct model *in_functions(const char *const *functions)
{
    struct recording_builder *b = builder_create_started();
    uint32_t list = builder_simple_group(b, 1, CUSTOMERS, "list", 3, (struct builder_counters){.executions = 1, .rows = 9});
    for (uint32_t i = 0; functions[i]; i++) {
        uint32_t orders = builder_simple_group(
            b, 2, ORDERS, functions[i], 7 + i,
            (struct builder_counters){.executions = 9, .rows = 9, .distinct_values = 9, .unit_max = 9});
        builder_edge_counters(b, builder_edge(b, list, "id", orders, 1), 1, (struct builder_edge_counters){9, 9, 9, 1, 9});
    }
    return model_of(b);
}

static void tells_where_a_new_one_may_have_been(void **state)
{
    struct pair p = compare(in_functions((const char *const[]){"load", "other", NULL}),
                            in_functions((const char *const[]){"load_orders", "other", NULL}), &find_it);
    assert_int_equal(p.diff->finding_count, 3);
    uint32_t pairs = 0;
    for (uint32_t i = 0; i < p.diff->finding_count; i++) {
        const struct diff_finding *f = &p.diff->findings[i];
        if (f->state == DIFF_SAME) {
            assert_int_equal(f->moved, MODEL_NONE);
            continue;
        }
        assert_int_equal(p.diff->findings[f->moved].moved, i);
        assert_int_equal(p.diff->findings[f->moved].state, f->state == DIFF_NEW ? DIFF_GONE : DIFF_NEW);
        pairs++;
    }
    assert_int_equal(pairs, 2);
    finish(&p);

    p = compare(in_functions((const char *const[]){"load", NULL}), in_functions((const char *const[]){"one", "two", NULL}),
                &find_it);
    for (uint32_t i = 0; i < p.diff->finding_count; i++)
        assert_int_equal(p.diff->findings[i].moved, MODEL_NONE); /* which of them nobody can tell */
    finish(&p);
}

static struct model *with_database(const char *path, uint64_t executions)
{
    struct recording_builder *b = builder_create_started();
    uint32_t statement = builder_statement(b, 2, ORDERS, NPLUS1__VERB__VERB_SELECT);
    uint32_t stack = builder_stack(b, 0, builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, "load", "/opt/shop/app.py", 9));
    uint32_t groups[] = {builder_group(b, statement, stack, builder_database(b, NPLUS1__SYSTEM__SYSTEM_SQLITE, path)),
                         builder_group(b, statement, stack, builder_database(b, NPLUS1__SYSTEM__SYSTEM_SQLITE, "/srv/2.db"))};
    for (size_t i = 0; i < 2; i++)
        builder_counters(
            b, groups[i], 1,
            (struct builder_counters){
                .executions = executions * (i + 1), .rows = 7, .distinct_values = executions, .unit_max = executions});
    return model_of(b);
}

static void takes_the_databases_of_a_place_together(void **state)
{
    struct pair p = compare(with_database("/tmp/a.db", 9), with_database("/tmp/b.db", 18), &find_it);
    assert_int_equal(p.diff->site_count, 1);
    assert_int_equal(p.diff->sites[0].old.executions, 27);
    assert_int_equal(p.diff->sites[0].new.executions, 54);
    assert_int_equal(p.diff->sites[0].new.rows, 14);
    assert_int_equal(p.diff->sites[0].new.group, 1); /* the one with most executions */
    assert_int_equal(p.diff->finding_counts[DIFF_CHANGED], 1);
    finish(&p);
}

static void tells_new_from_gone(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_simple_group(b, 1, CUSTOMERS, "list_customers", 3, (struct builder_counters){.executions = 1, .rows = 5});
    struct pair p = compare(model_of(b), nested((struct load){1, 5, 25, 0}), &find_it);
    assert_int_equal(p.diff->finding_counts[DIFF_NEW], 2);
    assert_int_equal(p.diff->site_counts[DIFF_NEW], 2);
    assert_int_equal(p.diff->site_counts[DIFF_SAME], 1);
    assert_int_equal(p.diff->sites[p.diff->findings[0].site].state, DIFF_NEW);
    struct diff *back = diff_create(p.new, p.old, &find_it);
    assert_int_equal(back->finding_counts[DIFF_GONE], 2);
    assert_int_equal(back->site_counts[DIFF_GONE], 2);
    assert_int_equal(back->findings[0].new, MODEL_NONE);
    diff_destroy(back);
    finish(&p);
}

static void measures_a_tree_by_the_rows_of_its_root(void **state)
{
    struct pair p = compare(nested((struct load){1, 5, 25, 0}), nested((struct load){1, 5000, 25000, 0}), &find_it);
    const struct diff_site *items = site(p.diff, 3);
    assert_int_equal(p.diff->data.source, DIFF_DATA_PARENT);
    assert_ptr_equal(&p.diff->sites[p.diff->data.site], site(p.diff, 1));
    assert_int_equal(p.diff->data.old_size, 5);
    assert_int_equal(p.diff->data.new_size, 5000);
    assert_int_equal(site(p.diff, 1)->growth.class, GROWTH_CONSTANT);
    assert_int_equal(site(p.diff, 2)->growth.class, GROWTH_LINEAR);
    assert_int_equal(items->growth.class, GROWTH_LINEAR);
    assert_ptr_equal(&p.diff->sites[items->parent], site(p.diff, 2));
    assert_int_equal(items->predicted, 250000);
    finish(&p);
}

static void measures_two_fan_outs_as_their_product(void **state)
{
    struct pair p = compare(nested((struct load){1, 5, 25, 0}), nested((struct load){1, 50, 2500, 0}), &find_it);
    assert_int_equal(site(p.diff, 2)->growth.class, GROWTH_LINEAR);
    assert_int_equal(site(p.diff, 3)->growth.class, GROWTH_QUADRATIC);
    finish(&p);
}

static void measures_by_the_level_that_grew(void **state)
{
    struct pair p = compare(nested((struct load){1, 5, 25, 0}), nested((struct load){1, 5, 2500, 0}), &find_it);
    assert_int_equal(site(p.diff, 3)->growth.class, GROWTH_LINEAR);
    assert_ptr_equal(&p.diff->sites[site(p.diff, 3)->data.site], site(p.diff, 2));
    assert_int_equal(site(p.diff, 2)->growth.class, GROWTH_CONSTANT);
    finish(&p);
}

/* Ten times the requests are not ten times the data. */
static void measures_each_request_by_itself(void **state)
{
    struct pair p = compare(nested((struct load){10, 50, 250, 0}), nested((struct load){100, 500, 2500, 0}), &find_it);
    assert_int_equal(site(p.diff, 2)->growth.class, GROWTH_UNKNOWN);
    finish(&p);
    p = compare(nested((struct load){10, 50, 250, 0}), nested((struct load){100, 50000, 250000, 0}), &find_it);
    assert_int_equal(site(p.diff, 2)->growth.class, GROWTH_LINEAR);
    assert_int_equal(site(p.diff, 2)->data.new_units, 100);
    assert_float_equal(site(p.diff, 2)->growth.scale, 100, 0.001);
    assert_int_equal(site(p.diff, 2)->predicted, 500000);
    finish(&p);
}

static struct model *loop_beside_lists(uint64_t executions, uint64_t customers, uint64_t settings)
{
    struct recording_builder *b = builder_create_started();
    builder_simple_group(b, 1, CUSTOMERS, "list_customers", 3, (struct builder_counters){.executions = 1, .rows = customers});
    builder_simple_group(b, 9, "select name from settings", "load_settings", 5,
                         (struct builder_counters){.executions = 1, .rows = settings});
    builder_simple_group(
        b, 2, ORDERS, "load_orders", 7,
        (struct builder_counters){.executions = executions, .distinct_values = executions, .unit_max = executions});
    return model_of(b);
}

static void measures_a_loop_without_parent_by_the_rows_that_grew_most_alike(void **state)
{
    struct pair p = compare(loop_beside_lists(5, 5, 100), loop_beside_lists(5000, 4990, 200), &find_it);
    const struct diff_site *loop = site(p.diff, 2);
    assert_int_equal(loop->data.source, DIFF_DATA_ROWS);
    assert_ptr_equal(&p.diff->sites[loop->data.site], site(p.diff, 1));
    assert_int_equal(loop->growth.class, GROWTH_LINEAR);
    finish(&p);

    p = compare(loop_beside_lists(5, 5, 100), loop_beside_lists(5000, 5, 110), &find_it);
    assert_int_equal(site(p.diff, 2)->growth.class, GROWTH_UNKNOWN);
    assert_int_equal(p.diff->data.source, DIFF_DATA_UNKNOWN);
    finish(&p);
}

static void takes_the_users_word_for_the_data(void **state)
{
    struct diff_options options = {.old_size = 10, .new_size = 1000, .at = 100000};
    struct pair p = compare(nested((struct load){1, 5, 25, 0}), nested((struct load){1, 500, 2500, 0}), &options);
    assert_int_equal(p.diff->data.source, DIFF_DATA_GIVEN);
    assert_int_equal(site(p.diff, 2)->data.source, DIFF_DATA_GIVEN);
    assert_float_equal(site(p.diff, 2)->growth.scale, 100, 0.001);
    assert_float_equal(p.diff->factor, 100, 0.001);
    assert_int_equal(site(p.diff, 2)->predicted, 50000);
    finish(&p);
}

static void ends_when_parents_form_a_circle(void **state)
{
    struct model *models[2];
    for (uint64_t i = 0; i < 2; i++) {
        struct recording_builder *b = builder_create_started();
        uint32_t groups[3];
        uint64_t n = i ? 900 : 9;
        for (uint64_t j = 0; j < 3; j++)
            groups[j] = builder_simple_group(
                b, j + 1, ORDERS, "load", (uint32_t)j + 1,
                (struct builder_counters){.executions = n, .rows = n, .distinct_values = n, .unit_max = n});
        for (size_t j = 0; j < 3; j++)
            builder_edge_counters(b, builder_edge(b, groups[j], "id", groups[(j + 1) % 3], 1), 1,
                                  (struct builder_edge_counters){n, n, n, n, 1});
        models[i] = model_of(b);
    }
    struct pair p = compare(models[0], models[1], &find_it);
    assert_int_equal(p.diff->site_count, 3);
    assert_int_equal(p.diff->data.source, DIFF_DATA_UNKNOWN);
    finish(&p);
}

static void compares_with_nothing(void **state)
{
    struct pair p = compare(model_of(builder_create_started()), model_of(builder_create_started()), &find_it);
    assert_int_equal(p.diff->site_count, 0);
    assert_int_equal(p.diff->finding_count, 0);
    finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_nothing_new_when_only_lines_moved),
        cmocka_unit_test(tells_where_a_new_one_may_have_been),
        cmocka_unit_test(takes_the_databases_of_a_place_together),
        cmocka_unit_test(tells_new_from_gone),
        cmocka_unit_test(measures_a_tree_by_the_rows_of_its_root),
        cmocka_unit_test(measures_two_fan_outs_as_their_product),
        cmocka_unit_test(measures_by_the_level_that_grew),
        cmocka_unit_test(measures_each_request_by_itself),
        cmocka_unit_test(measures_a_loop_without_parent_by_the_rows_that_grew_most_alike),
        cmocka_unit_test(takes_the_users_word_for_the_data),
        cmocka_unit_test(ends_when_parents_form_a_circle),
        cmocka_unit_test(compares_with_nothing),
    };
    return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
