#include "tests/unit/exporter/model_support.h"

#include "exporter/model/cost.h"

#define ORDERS    "select id, customer_id from orders"
#define CUSTOMERS "select name from customers where id = ?"
#define ITEMS     "select price from items where order_id = ?"

/* Of the tree that all findings of a kind make. */
static struct cost cost_of_all(struct recording_builder *b, uint32_t root)
{
    struct model *m = model_of(b);
    uint32_t findings[8], count = 0;
    for (uint32_t i = 0; i < m->finding_count; i++) {
        if (m->findings[i].kind == VERDICT_N_PLUS_ONE)
            findings[count++] = i;
    }
    assert_int_not_equal(count, 0);
    struct cost cost = cost_of(m, root, findings, count);
    model_destroy(m);
    return cost;
}

/* A list of orders that ran so many times, and a statement for each of its rows. */
static struct cost cost_of_loop(const char *parent, uint64_t lists, const char *child, uint64_t executions, uint64_t rows,
                                uint64_t episodes)
{
    struct recording_builder *b = builder_create_started();
    uint32_t list = builder_simple_group(b, 1, parent, "list", 3,
                                         (struct builder_counters){.executions = lists, .rows = executions});
    uint32_t one = builder_simple_group(
        b, 2, child, "one", 7, (struct builder_counters){.executions = executions, .rows = rows, .distinct_values = executions});
    builder_edge_counters(b, builder_edge(b, list, "customer_id", one, 1), 1,
                          (struct builder_edge_counters){executions, executions, executions, episodes, executions / episodes});
    return cost_of_all(b, 0);
}

static void assert_cost(struct cost cost, uint64_t now, uint64_t fixed)
{
    assert_int_equal(cost.now, now);
    assert_int_equal(cost.fixed, fixed);
}

static void a_list_is_one_more_for_each_parent(void **state)
{
    assert_cost(cost_of_loop(ORDERS, 1, ITEMS, 30, 90, 1), 31, 2);
    assert_cost(cost_of_loop(ORDERS, 5, ITEMS, 30, 90, 5), 35, 10);
}

static void parents_that_caused_nothing_need_no_list(void **state)
{
    assert_cost(cost_of_loop(ORDERS, 100, ITEMS, 30, 90, 4), 130, 104);
}

static void what_is_joined_comes_with_its_parent(void **state)
{
    assert_cost(cost_of_loop(ORDERS, 1, CUSTOMERS, 30, 30, 1), 31, 1);
    assert_cost(cost_of_loop(ORDERS, 5, CUSTOMERS, 30, 30, 5), 35, 5);
}

/* The words say JOIN, the SQL is a list. */
static void what_cannot_be_joined_is_a_list(void **state)
{
    static const char *const parents[] = {
        "select id, customer_id from orders union select id, customer_id from old_orders",
        "with o as (select id, customer_id from orders) select id, customer_id from o",
    };
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) {
        assert_cost(cost_of_loop(parents[i], 1, CUSTOMERS, 30, 30, 1), 31, 2);
        assert_cost(cost_of_loop(parents[i], 5, CUSTOMERS, 30, 30, 5), 35, 10);
    }
}

static void a_loop_without_a_parent_is_one_for_each_unit_of_work(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_simple_group(
        b, 1, ITEMS, "one", 3,
        (struct builder_counters){.executions = 30, .rows = 90, .distinct_values = 30, .units = 3, .unit_max = 10});
    assert_cost(cost_of_all(b, 0), 30, 3);
}

static void how_deep_a_tree_is_nobody_says(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t node = builder_simple_group(b, 1, "select id from nodes where parent_id = ?", "walk", 3,
                                         (struct builder_counters){.executions = 31, .rows = 30, .distinct_values = 31});
    builder_edge_counters(b, builder_edge(b, node, "id", node, 1), 1, (struct builder_edge_counters){30, 31, 30, 15, 2});
    assert_cost(cost_of_all(b, 0), 31, 31);
}

/* 1 -> 10 orders -> 40 items, each of which has one product. */
static void levels_below_a_list_are_one_each(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t list = builder_simple_group(b, 1, "select id from customers", "list", 3,
                                         (struct builder_counters){.executions = 2, .rows = 10});
    uint32_t orders = builder_simple_group(b, 2, "select id from orders where customer_id = ?", "orders", 7,
                                           (struct builder_counters){.executions = 10, .rows = 40, .distinct_values = 10});
    uint32_t items = builder_simple_group(b, 3, "select product_id, price from items where order_id = ?", "items", 11,
                                          (struct builder_counters){.executions = 40, .rows = 80, .distinct_values = 40});
    uint32_t products = builder_simple_group(b, 4, "select title from products where id = ?", "products", 15,
                                             (struct builder_counters){.executions = 80, .rows = 80, .distinct_values = 80});
    builder_edge_counters(b, builder_edge(b, list, "id", orders, 1), 1, (struct builder_edge_counters){10, 10, 10, 2, 5});
    builder_edge_counters(b, builder_edge(b, orders, "id", items, 1), 1, (struct builder_edge_counters){40, 40, 40, 10, 4});
    builder_edge_counters(b, builder_edge(b, items, "product_id", products, 1), 1,
                          (struct builder_edge_counters){80, 80, 80, 40, 2});
    /* Twice: the list, the orders, the items with their products. */
    assert_cost(cost_of_all(b, 0), 132, 6);
}

/* A root that has a finding of another kind is executed as well. */
static void a_root_counts_whatever_else_is_wrong_with_it(void **state)
{
    struct recording_builder *b = builder_create_started();
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Facts facts = NPLUS1__FACTS__INIT;
    uint32_t list = builder_simple_group(b, 1, ORDERS, "list", 3, (struct builder_counters){.executions = 5, .rows = 1000});
    uint32_t one = builder_simple_group(b, 2, CUSTOMERS, "one", 7,
                                        (struct builder_counters){.executions = 30, .rows = 30, .distinct_values = 30});
    facts.has_group = facts.has_watched_rows = facts.has_unread_rows = facts.has_shard = true;
    facts.group = list;
    facts.shard = 1;
    facts.watched_rows = 1000;
    facts.unread_rows = 900;
    record.facts = &facts;
    builder_record(b, &record);
    builder_edge_counters(b, builder_edge(b, list, "customer_id", one, 1), 1, (struct builder_edge_counters){30, 30, 30, 5, 6});
    assert_cost(cost_of_all(b, 0), 35, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_one_more_for_each_parent),
        cmocka_unit_test(parents_that_caused_nothing_need_no_list),
        cmocka_unit_test(what_is_joined_comes_with_its_parent),
        cmocka_unit_test(what_cannot_be_joined_is_a_list),
        cmocka_unit_test(a_loop_without_a_parent_is_one_for_each_unit_of_work),
        cmocka_unit_test(how_deep_a_tree_is_nobody_says),
        cmocka_unit_test(levels_below_a_list_are_one_each),
        cmocka_unit_test(a_root_counts_whatever_else_is_wrong_with_it),
    };
    return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
