#include "tests/unit/exporter/model_support.h"
#include "exporter/build/build.h"
#include "exporter/model/callers.h"

#include <stdlib.h>
#include <string.h>

#define CUSTOMERS "select id, name from customers"
#define ORDERS    "select id, total from orders where customer_id = ?"
#define ITEMS     "select id, price from items where order_id = ?"

static void sums_shards_and_takes_the_largest_of_maxima(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t group = builder_simple_group(b, 1, ORDERS, "load", 10,
                                          (struct builder_counters){.executions = 10, .rows = 20, .ticks = 100, .unit_max = 3});
    builder_counters(b, group, 2, (struct builder_counters){.executions = 5, .rows = 1, .ticks = 7, .errors = 2, .unit_max = 9});
    builder_counters(b, group, 2, (struct builder_counters){.executions = 1, .unit_max = 4});
    struct model *m = model_of(b);
    assert_int_equal(m->group_count, 1);
    assert_int_equal(m->groups[0].executions, 16);
    assert_int_equal(m->groups[0].rows, 21);
    assert_int_equal(m->groups[0].errors, 2);
    assert_int_equal(m->groups[0].unit_max, 9);
    assert_int_equal(m->groups[0].time_ns, 107);
    assert_int_equal(m->totals.executions, 16);
    assert_int_equal(m->totals.rows, 21);
    assert_int_equal(m->totals.statements, 1);
    model_destroy(m);
}

static void counts_what_was_left_out_in_the_totals_only(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_simple_group(b, 1, ORDERS, "load", 10, (struct builder_counters){.executions = 10, .rows = 10});
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Status status = NPLUS1__STATUS__INIT;
    status.has_left_out_executions = status.has_left_out_rows = status.has_left_out_groups = true;
    status.left_out_executions = 7;
    status.left_out_rows = 3;
    status.left_out_groups = 2;
    record.status = &status;
    builder_record(b, &record);
    struct model *m = model_of(b);
    assert_int_equal(m->groups[0].executions, 10);
    assert_int_equal(m->totals.executions, 17);
    assert_int_equal(m->totals.rows, 13);
    assert_int_equal(m->totals.left_out, 7);
    assert_int_equal(m->processes[0].left_out, 7);
    model_destroy(m);
}

static void keeps_the_sums_when_groups_are_lost(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_simple_group(b, 1, ORDERS, "load", 10, (struct builder_counters){.executions = 10});
    builder_counters(b, 99, 1, (struct builder_counters){.executions = 5});
    struct model *m = model_of(b);
    assert_int_equal(m->totals.executions, 15);
    assert_int_equal(m->totals.left_out, 5);
    assert_int_equal(m->note_count, 1);
    model_destroy(m);
}

static void takes_two_points_of_the_clock_when_they_are_apart(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_header(b)->clock->has_ticks = builder_header(b)->clock->has_monotonic_ns = true;
    builder_header(b)->clock->ticks = 1000;
    builder_header(b)->clock->monotonic_ns = 5000;
    builder_simple_group(b, 1, ORDERS, "load", 10, (struct builder_counters){.executions = 1, .ticks = 600});
    builder_exit(b, 1000 + 3000000, 5000 + 1000000); /* 3 ticks a nanosecond */
    struct model *m = model_of(b);
    assert_int_equal(m->groups[0].time_ns, 200);
    assert_int_equal(m->processes[0].ended, MODEL_ENDED_EXIT);
    model_destroy(m);
}

static void takes_the_stated_rate_when_the_points_are_too_near(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_header(b)->clock->ticks_per_second = 2000000000;
    builder_simple_group(b, 1, ORDERS, "load", 10, (struct builder_counters){.executions = 1, .ticks = 600});
    builder_exit(b, 3000, 999999);
    struct model *m = model_of(b);
    assert_int_equal(m->groups[0].time_ns, 300);
    model_destroy(m);
}

static struct recording_builder *worker(uint32_t pid, uint64_t executions)
{
    struct recording_builder *b = builder_create_started();
    builder_header(b)->pid = pid;
    builder_header(b)->started_unix_ns += pid;
    if (pid % 2) /* other ids for the same things */
        builder_simple_group(b, 9, CUSTOMERS, "customers", 3, (struct builder_counters){.executions = 1});
    builder_simple_group(b, 1, ORDERS, "load", 10, (struct builder_counters){.executions = executions, .unit_max = executions});
    return b;
}

static void merges_equal_groups_of_several_processes(void **state)
{
    struct model_builder *models = model_builder_create();
    add_recording(models, worker(1, 10), "1.pb");
    add_recording(models, worker(2, 20), "2.pb");
    add_recording(models, worker(3, 30), "3.pb");
    struct model *m = model_builder_finish(models);
    assert_int_equal(m->process_count, 3);
    assert_int_equal(m->group_count, 2);
    assert_int_equal(m->frame_count, 2);
    assert_int_equal(m->groups[1].executions, 60);
    assert_int_equal(m->groups[1].unit_max, 30);
    assert_int_equal(m->groups[0].executions, 2);
    model_destroy(m);
}

static void does_not_depend_on_the_order_of_the_recordings(void **state)
{
    struct model *models[2];
    for (int i = 0; i < 2; i++) {
        struct model_builder *builder = model_builder_create();
        add_recording(builder, worker(i ? 3 : 1, i ? 30 : 10), i ? "3.pb" : "1.pb");
        add_recording(builder, worker(i ? 1 : 3, i ? 10 : 30), i ? "1.pb" : "3.pb");
        models[i] = model_builder_finish(builder);
    }
    assert_int_equal(models[0]->group_count, models[1]->group_count);
    for (uint32_t i = 0; i < models[0]->group_count; i++)
        assert_memory_equal(&models[0]->groups[i], &models[1]->groups[i], sizeof models[0]->groups[i]);
    assert_string_equal(models[0]->processes[0].recording, "1.pb");
    assert_string_equal(models[1]->processes[0].recording, "1.pb");
    model_destroy(models[0]);
    model_destroy(models[1]);
}

/* customers 1 -> orders 30 -> items 300 */
static struct recording_builder *nested(void)
{
    struct recording_builder *b = builder_create_started();
    uint32_t customers = builder_simple_group(b, 1, CUSTOMERS, "customers", 3,
                                              (struct builder_counters){.executions = 1, .rows = 30});
    uint32_t orders = builder_simple_group(b, 2, ORDERS, "orders", 7,
                                           (struct builder_counters){.executions = 30, .rows = 300, .distinct_values = 30});
    uint32_t items = builder_simple_group(b, 3, ITEMS, "items", 11,
                                          (struct builder_counters){.executions = 300, .rows = 900, .distinct_values = 300});
    builder_edge_counters(b, builder_edge(b, customers, "id", orders, 1), 1, (struct builder_edge_counters){30, 30, 30, 1, 30});
    builder_edge_counters(b, builder_edge(b, customers, "id", items, 1), 1, (struct builder_edge_counters){30, 300, 30, 1, 30});
    builder_edge_counters(b, builder_edge(b, orders, "id", items, 1), 1, (struct builder_edge_counters){300, 300, 300, 30, 14});
    return b;
}

static void finds_a_nested_load_as_one_tree(void **state)
{
    struct model *m = model_of(nested());
    assert_int_equal(m->finding_count, 2);
    const struct model_finding *items = &m->findings[0];
    const struct model_finding *orders = &m->findings[1];
    assert_int_equal(items->executions, 300);
    assert_int_equal(items->confidence, VERDICT_PROVEN);
    assert_int_equal(items->parent, 1);
    assert_int_equal(items->root, 0);
    assert_int_equal(items->max_per_episode, 14);
    assert_int_equal(items->episodes, 30);
    assert_int_equal(orders->parent, 0);
    assert_int_equal(orders->root, 0);
    assert_string_equal(m->edges[orders->edge].column_name, "id");
    assert_string_equal(items->advice.strategy, "selectin");
    assert_int_equal(m->groups[2].finding, 0);
    model_destroy(m);
}

/* Each parent has one row, so each causes one child; but it is one of many itself. */
static void proves_a_chain_of_single_rows_by_its_root(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t list = builder_simple_group(b, 1, "select id from orders", "list", 3, (struct builder_counters){.executions = 1});
    uint32_t order = builder_simple_group(b, 2, "select customer_id from orders where id = ?", "order", 7,
                                          (struct builder_counters){.executions = 30, .rows = 30, .distinct_values = 30});
    uint32_t customer = builder_simple_group(b, 3, "select name from customers where id = ?", "customer", 11,
                                             (struct builder_counters){.executions = 30, .rows = 30, .distinct_values = 30});
    builder_edge_counters(b, builder_edge(b, list, "id", order, 1), 1, (struct builder_edge_counters){30, 30, 30, 1, 30});
    builder_edge_counters(b, builder_edge(b, order, "customer_id", customer, 1), 1,
                          (struct builder_edge_counters){30, 30, 30, 30, 1});
    struct model *m = model_of(b);
    assert_int_equal(m->finding_count, 2);
    assert_int_equal(m->groups[2].finding != MODEL_NONE, true);
    const struct model_finding *f = &m->findings[m->groups[2].finding];
    assert_int_equal(f->confidence, VERDICT_PROVEN);
    assert_int_equal(f->parent, 1);
    assert_int_equal(f->root, 0);
    assert_string_equal(f->advice.strategy, "join");
    model_destroy(m);
}

static void takes_the_first_of_two_equal_sources(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t old = builder_simple_group(b, 1, CUSTOMERS, "old", 3, (struct builder_counters){.executions = 1});
    uint32_t new = builder_simple_group(b, 2, CUSTOMERS, "new", 4, (struct builder_counters){.executions = 1});
    uint32_t orders = builder_simple_group(b, 3, ORDERS, "orders", 7,
                                           (struct builder_counters){.executions = 30, .distinct_values = 30});
    builder_edge_counters(b, builder_edge(b, old, "id", orders, 1), 1, (struct builder_edge_counters){30, 30, 30, 1, 30});
    builder_edge_counters(b, builder_edge(b, new, "id", orders, 1), 1, (struct builder_edge_counters){30, 30, 30, 1, 30});
    struct model *m = model_of(b);
    assert_int_equal(m->findings[0].parent, old - 1);
    model_destroy(m);
}

static void does_not_take_pages_for_children(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t tenant = builder_simple_group(b, 1, "select tenant from users", "login", 3,
                                           (struct builder_counters){.executions = 1});
    uint32_t page = builder_simple_group(b, 2, "select id from orders where tenant = ? and id > ? limit ?", "page", 7,
                                         (struct builder_counters){.executions = 20, .distinct_values = 20, .unit_max = 20});
    builder_edge_counters(b, builder_edge(b, tenant, "tenant", page, 1), 1, (struct builder_edge_counters){20, 20, 1, 1, 20});
    builder_edge_counters(b, builder_edge(b, page, "id", page, 2), 1, (struct builder_edge_counters){19, 20, 19, 19, 1});
    struct model *m = model_of(b);
    assert_int_equal(m->finding_count, 0);
    model_destroy(m);
}

static void ends_when_parents_form_a_circle(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t groups[3];
    for (uint32_t i = 0; i < 3; i++)
        groups[i] = builder_simple_group(b, i + 1, ORDERS, "load", i + 1,
                                         (struct builder_counters){.executions = 9, .distinct_values = 9, .unit_max = 9});
    for (uint32_t i = 0; i < 3; i++)
        builder_edge_counters(b, builder_edge(b, groups[i], "id", groups[(i + 1) % 3], 1), 1,
                              (struct builder_edge_counters){9, 9, 9, 9, 1});
    struct model *m = model_of(b);
    assert_int_equal(m->finding_count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(m->findings[i].root, m->findings[0].root);
    model_destroy(m);
}

static uint64_t signature_of(const char *function, uint32_t line, uint32_t depth, uint64_t fingerprint, const char *parent)
{
    struct recording_builder *b = builder_create_started();
    uint32_t database = builder_database(b, NPLUS1__SYSTEM__SYSTEM_SQLITE, "/srv/shop.db");
    uint32_t statement = builder_statement(b, fingerprint, ORDERS, NPLUS1__VERB__VERB_SELECT);
    uint32_t outer = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, "main", "/opt/shop/app.py", 100 + line);
    uint32_t again = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, "walk", "/opt/shop/app.py", 200 + line);
    uint32_t inner = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, function, "/opt/shop/app.py", line);
    uint32_t orm = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, "execute", "/opt/venv/site-packages/orm.py", 3 + line);
    uint32_t stack = builder_stack(b, 0, outer);
    for (uint32_t i = 0; i < depth; i++)
        stack = builder_stack(b, stack, again);
    stack = builder_stack(b, builder_stack(b, stack, inner), orm);
    uint32_t group = builder_group(b, statement, stack, database);
    builder_counters(b, group, 1, (struct builder_counters){.executions = 9, .distinct_values = 9, .unit_max = 9});
    if (parent) {
        uint32_t source = builder_simple_group(b, 50, parent, "source", 1, (struct builder_counters){.executions = 1});
        builder_edge_counters(b, builder_edge(b, source, "id", group, 1), 1, (struct builder_edge_counters){9, 9, 9, 1, 9});
    }
    struct model *m = model_of(b);
    assert_int_equal(m->finding_count, 1);
    assert_int_equal(m->findings[0].confidence, parent ? VERDICT_PROVEN : VERDICT_LIKELY);
    assert_int_equal(m->frames[m->groups[0].location].line, line);
    uint64_t signature = m->findings[0].signature;
    model_destroy(m);
    return signature;
}

static void keeps_a_signature_when_lines_move_and_recursion_deepens(void **state)
{
    uint64_t first = signature_of("load", 10, 1, 7, NULL);
    assert_int_equal(first, signature_of("load", 11, 1, 7, NULL));
    assert_int_equal(first, signature_of("load", 10, 25, 7, NULL));
    assert_int_equal(first, signature_of("load", 10, 1, 7, CUSTOMERS));
    assert_int_not_equal(first, signature_of("load_all", 10, 1, 7, NULL));
    assert_int_not_equal(first, signature_of("load", 10, 1, 8, NULL));
}

static void tells_two_places_of_one_function_apart(void **state)
{
    struct recording_builder *b = builder_create_started();
    for (uint32_t line = 10; line < 13; line++)
        builder_simple_group(b, 1, ORDERS, "load", line,
                             (struct builder_counters){.executions = 9, .distinct_values = 9, .unit_max = 9});
    struct model *m = model_of(b);
    assert_int_equal(m->finding_count, 3);
    assert_int_not_equal(m->findings[0].signature, m->findings[1].signature);
    assert_int_not_equal(m->findings[1].signature, m->findings[2].signature);
    model_destroy(m);
}

/* Of the loop at line 20, when another one at line 10 ran before or after it, so often. */
static uint64_t signature_below(bool first, uint64_t executions)
{
    struct recording_builder *b = builder_create_started();
    struct builder_counters above = {.executions = executions, .distinct_values = executions, .unit_max = executions};
    struct builder_counters below = {.executions = 9, .distinct_values = 9, .unit_max = 9};
    if (first)
        builder_simple_group(b, 1, ORDERS, "load", 10, above);
    builder_simple_group(b, 1, ORDERS, "load", 20, below);
    if (!first)
        builder_simple_group(b, 1, ORDERS, "load", 10, above);
    struct model *m = model_of(b);
    uint64_t signature = m->findings[m->groups[first ? 1 : 0].finding].signature;
    model_destroy(m);
    return signature;
}

static void numbers_the_places_of_a_function_from_the_top_down(void **state)
{
    uint64_t signature = signature_below(true, 50);
    assert_int_equal(signature, signature_below(false, 50));
    assert_int_equal(signature, signature_below(true, 1)); /* too few to be found */
    assert_int_not_equal(signature, signature_of("load", 20, 0, 1, NULL));
}

static void names_no_two_findings_alike(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t statement = builder_statement(b, 1, ORDERS, NPLUS1__VERB__VERB_SELECT);
    for (uint32_t i = 0; i < 9; i++) { /* three places, three databases */
        static const char *const paths[] = {"/srv/1.db", "/srv/2.db", "/srv/3.db"};
        uint32_t frame = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, "load", "/opt/shop/app.py", 10 + i / 3);
        uint32_t group = builder_group(b, statement, builder_stack(b, 0, frame),
                                       builder_database(b, NPLUS1__SYSTEM__SYSTEM_SQLITE, paths[i % 3]));
        builder_counters(b, group, 1, (struct builder_counters){.executions = 9, .distinct_values = 9, .unit_max = 9});
    }
    struct model *m = model_of(b);
    assert_int_equal(m->finding_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t j = 0; j < i; j++)
            assert_int_not_equal(m->findings[i].signature, m->findings[j].signature);
        assert_int_equal(m->findings[i].databases, 3);
        assert_int_equal(m->findings[i].executions_everywhere, 27);
    }
    for (uint32_t i = 0; i < 9; i++)
        assert_int_not_equal(m->groups[i].finding, MODEL_NONE);
    model_destroy(m);
}

static void sorts_findings_by_executions(void **state)
{
    struct recording_builder *b = builder_create_started();
    for (uint32_t i = 1; i <= 5; i++)
        builder_simple_group(b, i, ORDERS, "load", i,
                             (struct builder_counters){.executions = 10 * (i % 3 + 1), .distinct_values = 9, .unit_max = 9});
    struct model *m = model_of(b);
    assert_int_equal(m->finding_count, 5);
    for (uint32_t i = 1; i < m->finding_count; i++) {
        const struct model_finding *a = &m->findings[i - 1];
        const struct model_finding *c = &m->findings[i];
        assert_true(a->executions > c->executions || (a->executions == c->executions && a->signature < c->signature));
    }
    model_destroy(m);
}

static void makes_any_bytes_valid_text(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_simple_group(b, 1, "select '\xff\xfe \xc3\xa9 \xed\xa0\x80' \x1b[31m", "fu\x80nc", 3,
                         (struct builder_counters){.executions = 1});
    struct model *m = model_of(b);
    assert_string_equal(m->statements[0].text, "select '\\xff\\xfe \xc3\xa9 \\xed\\xa0\\x80' \x1b[31m");
    assert_string_equal(m->frames[0].function, "fu\\x80nc");
    model_destroy(m);
}

static void places_a_group_at_its_own_code(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_header(b)->working_directory = (char *)"/opt/shop";
    uint32_t statement = builder_statement(b, 1, ORDERS, NPLUS1__VERB__VERB_SELECT);
    uint32_t module = builder_module(b, "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0", NULL, 0);
    uint32_t main_frame = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, "main", "app.py", 5);
    uint32_t view = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, "view", "lib/../views.py", 9);
    uint32_t orm = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, "query", "/usr/lib/python3/dist-packages/orm.py", 7);
    uint32_t native = builder_native_frame(b, module, 0x1234);
    uint32_t stack = builder_stack(b, builder_stack(b, builder_stack(b, builder_stack(b, 0, main_frame), view), orm), native);
    builder_counters(b, builder_group(b, statement, stack, 0), 1, (struct builder_counters){.executions = 1});
    builder_counters(b, builder_group(b, statement, builder_stack(b, builder_stack(b, 0, orm), native), 0), 1,
                     (struct builder_counters){.executions = 1});
    builder_counters(b, builder_group(b, statement, 0, 0), 1, (struct builder_counters){.executions = 1});
    struct model *m = model_of(b);
    assert_string_equal(m->frames[m->groups[0].location].file, "/opt/shop/views.py");
    assert_string_equal(m->frames[m->groups[1].location].function, "query");
    assert_int_equal(m->groups[2].location, MODEL_NONE);
    assert_int_equal(m->groups[2].stack, MODEL_NONE);
    model_destroy(m);
}

/* A driver that was bundled with its program, at the next tick: nobody who stands there is the program's. */
static void places_a_group_at_a_driver_before_the_machine(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t statement = builder_statement(b, 1, ORDERS, NPLUS1__VERB__VERB_SELECT);
    uint32_t queue = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, "tick", "node:internal/process/task_queues", 77);
    uint32_t driver = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, "query", "/opt/shop/node_modules/pg/client.js", 9);
    uint32_t mapper = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, "find", "/opt/shop/node_modules/typeorm/query.js",
                                    3);
    uint32_t package = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, "names", "/opt/shop/node_modules/blog/index.js",
                                     4);
    uint32_t written = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, "uncork", "node:internal/streams/writable", 531);
    uint32_t ticked = builder_stack(b, 0, queue), called = builder_stack(b, builder_stack(b, ticked, package), mapper);
    builder_counters(b, builder_group(b, statement, builder_stack(b, builder_stack(b, ticked, driver), written), 0), 1,
                     (struct builder_counters){.executions = 1});
    builder_counters(b, builder_group(b, statement, builder_stack(b, builder_stack(b, called, driver), written), 0), 1,
                     (struct builder_counters){.executions = 1});
    struct model *m = model_of(b);
    assert_string_equal(m->frames[m->groups[0].location].function, "query");
    assert_string_equal(m->frames[m->groups[1].location].function, "names");
    model_destroy(m);
}

static void says_how_a_function_that_awaits_was_found(void **state)
{
    static const enum callers_way expected[] = {[0] = CALLERS_AWAIT, [2] = CALLERS_UNKNOWN, [4] = CALLERS_AWAIT};
    struct recording_builder *b = builder_create_started();
    builder_header(b)->working_directory = (char *)"/opt/shop";
    uint32_t load = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, "load", "/opt/shop/app.js", 5);
    uint32_t name = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, "name", "/opt/shop/app.js", 2);
    uint32_t driver = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, "query", "/opt/shop/node_modules/pg/client.js", 9);
    uint32_t python = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, "query", "/usr/lib/python3/dist-packages/orm.py", 7);
    uint32_t suspended = builder_suspended_stack(b, 0, load);
    const uint32_t stacks[] = {
        builder_stack(b, suspended, driver),
        builder_stack(b, builder_stack(b, suspended, name), driver),
        builder_stack(b, 0, driver),
        builder_stack(b, 0, python),
        builder_stack(b, builder_suspended_stack(b, 0, python), driver),
    };
    for (size_t i = 0; i < 5; i++)
        builder_counters(b, builder_group(b, builder_statement(b, i + 1, ORDERS, NPLUS1__VERB__VERB_SELECT), stacks[i], 0), 1,
                         (struct builder_counters){.executions = 5 - i});
    struct model *m = model_of(b);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(callers_way(m, i), expected[i]);
    model_destroy(m);
}

static void tells_the_programs_code_from_other_peoples(void **state)
{
    static const struct {
        const char *path; /* of a module, or of a source when a language is named */
        Nplus1__Language language;
        bool in_app;
    } cases[] = {
        {"/opt/shop/shop", 0, true},
        {"/srv/python-shop", 0, true},
        {"/srv/lib/libshop.so", 0, true},
        {"/usr/local/bin/shop", 0, true},
        {"/usr/bin/shop", 0, false}, /* cannot be read here, so nothing tells it from a system program */
        {"/opt/bin/python3.11", 0, false},
        {"/opt/bin/php-fpm8.2", 0, false},
        {"/opt/bin/perl", 0, false},
        {"/opt/lib/libpython3.11.so.1.0", 0, false},
        {"/opt/lib/libsqlite3.so.0.8.6", 0, false},
        {"/opt/lib/libpq.so.5", 0, false},
        {"/lib/x86_64-linux-gnu/libc.so.6", 0, false},
        {"/opt/venv/lib/python3.11/site-packages/x.so", 0, false},
        {"[vdso]", 0, false},
        {"/srv/app/views.py", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, true},
        {"<string>", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, false},
        {"<template>", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, false},
        {"<stdin>", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, true},
        {"/srv/.pyenv/versions/3.12.1/lib/python3.12/threading.py", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, false},
        {"/srv/lib/python3.x/views.py", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, true},
        {"<frozen importlib._bootstrap>", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, false},
        {"/opt/venv/lib/python3.11/site-packages/sqlalchemy/orm.py", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, false},
        {"/usr/lib/python3.11/threading.py", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, false},
        {"/usr/local/lib/python3.11/threading.py", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, false},
        {"/usr/local/lib/shop/views.py", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, true},
        {"/srv/app/__pypackages__/3.11/lib/orm.py", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, false},
        {"/usr/local/lib/ruby/3.1.0/set.rb", NPLUS1__LANGUAGE__LANGUAGE_RUBY, false},
        {"/usr/local/lib/php/PEAR.php", NPLUS1__LANGUAGE__LANGUAGE_PHP, false},
        {"/usr/local/lib/x86_64-linux-gnu/perl/5.36.0/DBI.pm", NPLUS1__LANGUAGE__LANGUAGE_PERL, false},
        {"/usr/local/share/perl/5.36.0/DBI.pm", NPLUS1__LANGUAGE__LANGUAGE_PERL, false},
        {"/usr/local/share/shop/views.py", NPLUS1__LANGUAGE__LANGUAGE_PYTHON, true},
        {"/srv/app/models/order.rb", NPLUS1__LANGUAGE__LANGUAGE_RUBY, true},
        {"/var/lib/gems/3.1.0/gems/activerecord-6.1/lib/base.rb", NPLUS1__LANGUAGE__LANGUAGE_RUBY, false},
        {"<internal:kernel>", NPLUS1__LANGUAGE__LANGUAGE_RUBY, false},
        {"/srv/app/src/Order.php", NPLUS1__LANGUAGE__LANGUAGE_PHP, true},
        {"/srv/app/vendor/doctrine/orm.php", NPLUS1__LANGUAGE__LANGUAGE_PHP, false},
        {"/usr/share/perl5/DBI.pm", NPLUS1__LANGUAGE__LANGUAGE_PERL, false},
        {"/srv/app/shop.tcl", NPLUS1__LANGUAGE__LANGUAGE_TCL, true},
        {"/srv/lib/tcl8x/shop.tcl", NPLUS1__LANGUAGE__LANGUAGE_TCL, true},
        {"/usr/share/tcltk/tcl8.6/init.tcl", NPLUS1__LANGUAGE__LANGUAGE_TCL, false},
        {"/usr/lib/x86_64-linux-gnu/tcltk/x/x.tcl", NPLUS1__LANGUAGE__LANGUAGE_TCL, false},
        {"/opt/lib/tcltk/tdbc1.1/tdbc.tcl", NPLUS1__LANGUAGE__LANGUAGE_TCL, false},
        {"/opt/tcl/lib/tcl8.6/init.tcl", NPLUS1__LANGUAGE__LANGUAGE_TCL, false},
        {"/opt/tcl/lib/tcl8/8.5/msgcat-1.6.1.tm", NPLUS1__LANGUAGE__LANGUAGE_TCL, false},
        {"<eval>", NPLUS1__LANGUAGE__LANGUAGE_TCL, false},
        {"/usr/local/bin/../lib/libwidget.so.1", 0, false},
        {"/opt/shop/bin/../lib/libshop.so", 0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct recording_builder *b = builder_create_started();
        uint32_t statement = builder_statement(b, 1, ORDERS, NPLUS1__VERB__VERB_SELECT);
        uint32_t frame = cases[i].language ? builder_frame(b, cases[i].language, "f", cases[i].path, 1)
                                           : builder_native_frame(b, builder_module(b, cases[i].path, NULL, 0), 0x77);
        builder_counters(b, builder_group(b, statement, builder_stack(b, 0, frame), 0), 1,
                         (struct builder_counters){.executions = 1});
        struct model *m = model_of(b);
        if (m->frames[0].in_app != cases[i].in_app)
            fail_msg("%s: in_app is %d", cases[i].path, m->frames[0].in_app);
        model_destroy(m);
    }
}

static bool is_in_app(const char *file, const char *app, const char *library, const char *option)
{
    struct recording_builder *b = builder_create_started();
    struct model_builder *models = model_builder_create();
    if (option)
        builder_header(b)->command[1] = (char *)option;
    uint32_t statement = builder_statement(b, 1, ORDERS, NPLUS1__VERB__VERB_SELECT);
    uint32_t frame = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, "f", file, 1);
    builder_counters(b, builder_group(b, statement, builder_stack(b, 0, frame), 0), 1,
                     (struct builder_counters){.executions = 1});
    model_builder_set_owners(models, app, library);
    add_recording(models, b, "shop.pb");
    struct model *m = model_builder_finish(models);
    bool in_app = m->frames[0].in_app;
    model_destroy(m);
    return in_app;
}

static void lets_the_user_say_whose_code_it_is(void **state)
{
    const char *installed = "/usr/lib/python3/dist-packages/shop/views.py";
    const char *copied = "/srv/shop/third-party/orm.py";
    assert_false(is_in_app(installed, NULL, NULL, NULL));
    assert_true(is_in_app(installed, "/usr/lib/python3/dist-packages/shop", NULL, NULL));
    assert_true(is_in_app(installed, "/opt:/usr/lib/python3/dist-packages/shop/:/srv", "", NULL));
    assert_false(is_in_app(installed, "/usr/lib/python3/dist-packages/sho", NULL, NULL));
    assert_true(is_in_app(copied, NULL, NULL, NULL));
    assert_false(is_in_app(copied, NULL, "/srv/shop/third-party", NULL));
    assert_false(is_in_app(copied, "/srv", "/srv/shop/third-party", NULL));
    assert_true(is_in_app(copied, "/srv/shop/third-party/orm.py", "/srv/shop/third-party", NULL));
    assert_true(is_in_app(copied, "/", NULL, NULL));
}

static void knows_code_of_the_command_line(void **state)
{
    assert_true(is_in_app("<string>", NULL, NULL, "-c"));
    assert_true(is_in_app("<string>", NULL, NULL, "-Bc"));
    assert_false(is_in_app("<string>", NULL, NULL, "--c"));
    assert_false(is_in_app("<string>", NULL, NULL, "c"));
    assert_false(is_in_app("<attrs generated init>", NULL, NULL, "-c"));
}

static void notes_what_a_damaged_recording_lacks(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_simple_group(b, 1, ORDERS, "load", 10, (struct builder_counters){.executions = 10});
    builder_exit(b, 0, 0);
    size_t size;
    const uint8_t *data = builder_data(b, &size);
    struct model_builder *models = model_builder_create();
    const char *error;
    assert_true(model_builder_add_memory(models, "cut.pb", data, size - 10, &error));
    assert_false(model_builder_add_memory(models, "foreign.pb", "hello", 5, &error));
    struct model *m = model_builder_finish(models);
    assert_int_equal(m->process_count, 1);
    assert_int_equal(m->processes[0].end, STREAM_END_CUT);
    assert_int_equal(m->processes[0].ended, MODEL_ENDED_KILLED);
    assert_int_equal(m->note_count, 1);
    assert_non_null(strstr(m->notes[0], "cut.pb: is cut off"));
    model_destroy(m);
    builder_destroy(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_shards_and_takes_the_largest_of_maxima),
        cmocka_unit_test(counts_what_was_left_out_in_the_totals_only),
        cmocka_unit_test(keeps_the_sums_when_groups_are_lost),
        cmocka_unit_test(takes_two_points_of_the_clock_when_they_are_apart),
        cmocka_unit_test(takes_the_stated_rate_when_the_points_are_too_near),
        cmocka_unit_test(merges_equal_groups_of_several_processes),
        cmocka_unit_test(does_not_depend_on_the_order_of_the_recordings),
        cmocka_unit_test(finds_a_nested_load_as_one_tree),
        cmocka_unit_test(proves_a_chain_of_single_rows_by_its_root),
        cmocka_unit_test(takes_the_first_of_two_equal_sources),
        cmocka_unit_test(does_not_take_pages_for_children),
        cmocka_unit_test(ends_when_parents_form_a_circle),
        cmocka_unit_test(keeps_a_signature_when_lines_move_and_recursion_deepens),
        cmocka_unit_test(tells_two_places_of_one_function_apart),
        cmocka_unit_test(numbers_the_places_of_a_function_from_the_top_down),
        cmocka_unit_test(names_no_two_findings_alike),
        cmocka_unit_test(sorts_findings_by_executions),
        cmocka_unit_test(makes_any_bytes_valid_text),
        cmocka_unit_test(places_a_group_at_its_own_code),
        cmocka_unit_test(places_a_group_at_a_driver_before_the_machine),
        cmocka_unit_test(says_how_a_function_that_awaits_was_found),
        cmocka_unit_test(tells_the_programs_code_from_other_peoples),
        cmocka_unit_test(lets_the_user_say_whose_code_it_is),
        cmocka_unit_test(knows_code_of_the_command_line),
        cmocka_unit_test(notes_what_a_damaged_recording_lacks),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
