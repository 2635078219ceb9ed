#include "tests/unit/exporter/model_support.h"

#include <stdio.h>

#include "exporter/model/callers.h"

#define STATEMENTS 10
#define LINE       2 /* of the template */

/* A template that so many pages render, each over its own statements, with something of the framework's in between that is
 * another one each time; or, for texts that are given to it, a function that so many lines call. */
static struct model *model_of_pages(uint32_t pages)
{
    struct recording_builder *b = builder_create_started();
    uint32_t language = NPLUS1__LANGUAGE__LANGUAGE_RUBY, shown;
    builder_header(b)->working_directory = (char *)"/opt/shop";

    shown = builder_frame(b, language, "list", "/opt/shop/list.html.erb", LINE);
    for (uint32_t i = 0; i < STATEMENTS; i++) {
        char text[32];
        uint32_t page = builder_frame(b, language, "page", "/opt/shop/shop.rb", 10 + i % pages);
        uint32_t between = builder_frame(b, language, "render", "/usr/share/rubygems-integration/all/gems/actionview/a.rb",
                                         1 + i);
        uint32_t stack = builder_stack(b, builder_stack(b, builder_stack(b, 0, page), between), shown);
        snprintf(text, sizeof text, "select id from t%u", i);
        builder_counters(b, builder_group(b, builder_statement(b, i + 1, text, NPLUS1__VERB__VERB_SELECT), stack, 0), 1,
                         (struct builder_counters){.executions = 1});
    }
    return model_of(b);
}

static void assert_places(uint32_t pages, uint32_t first_line, uint32_t step)
{
    struct model *m = model_of_pages(pages);

    for (uint32_t i = 0; i < STATEMENTS; i++) {
        uint32_t location = m->groups[i].location;
        assert_int_not_equal(location, MODEL_NONE);
        assert_int_equal(m->frames[location].line, first_line + step * i);
    }
    model_destroy(m);
}

static void a_line_that_a_few_pages_share_is_the_place(void **state)
{
    assert_places(5, LINE, 0);
}

static void a_line_that_everybody_calls_is_none(void **state)
{
    assert_places(STATEMENTS, 10, 1);
}

/* Reactive drivers, and Erlang's, which no walker reads. */
static void names_no_line_of_a_machine(void **state)
{
    static const uint32_t java = NPLUS1__LANGUAGE__LANGUAGE_JAVA;
    struct recording_builder *b = builder_create_started();
    uint32_t statement = builder_statement(b, 1, "select id from orders", NPLUS1__VERB__VERB_SELECT);
    uint32_t thread = builder_frame(b, java, "run", "java/lang/Thread.java", 833);
    uint32_t loop = builder_frame(b, java, "run", "io/netty/channel/nio/NioEventLoop.java", 569);
    uint32_t driver = builder_frame(b, java, "sendMessage", "io/vertx/sqlclient/impl/SocketConnectionBase.java", 250);
    uint32_t flush = builder_frame(b, java, "doWrite", "io/netty/channel/socket/nio/NioSocketChannel.java", 430);
    uint32_t channel = builder_frame(b, java, "write", "sun/nio/ch/SocketChannelImpl.java", 529);
    uint32_t looped = builder_stack(b, builder_stack(b, 0, thread), loop);
    uint32_t queue = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, "processTicksAndRejections",
                                   "node:internal/process/task_queues", 95);
    uint32_t emulator = builder_native_frame(b, builder_module(b, "/usr/lib/erlang/erts-13.1.5/bin/beam.smp", NULL, 0), 0x1234);
    const uint32_t stacks[] = {
        builder_stack(b, builder_stack(b, builder_stack(b, looped, driver), flush), channel),
        builder_stack(b, 0, queue),
        builder_stack(b, 0, emulator),
    };
    for (size_t i = 0; i < 3; i++)
        builder_counters(b, builder_group(b, statement, stacks[i], 0), 1, (struct builder_counters){.executions = 4 - i});
    struct model *m = model_of(b);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(callers_way(m, i), CALLERS_UNKNOWN);
    assert_string_equal(m->frames[m->groups[0].location].function, "sendMessage");
    assert_int_equal(m->groups[1].location, MODEL_NONE);
    assert_int_equal(m->groups[2].location, MODEL_NONE);
    model_destroy(m);
}

static void takes_a_task_for_one_place_whoever_runs_it(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t statement = builder_statement(b, 1, "select id from orders where customer_id = ?", NPLUS1__VERB__VERB_SELECT);
    uint32_t runtime = builder_module(b, "/usr/lib/x86_64-linux-gnu/libruntime.so.1", NULL, 0);
    uint32_t program = builder_module(b, "/opt/shop/shop", NULL, 0);
    uint32_t task = builder_native_frame(b, program, 0x100), other = builder_native_frame(b, program, 0x900);
    for (uint32_t way = 0; way < 3; way++) {
        uint32_t worker = builder_stack(b, 0, builder_native_frame(b, runtime, 0x1000 + way));
        uint32_t called = builder_stack(b, builder_stack(b, worker, other), builder_native_frame(b, runtime, 0x2000 + way));
        builder_counters(b, builder_group(b, statement, builder_stack(b, worker, task), 0), 1,
                         (struct builder_counters){.executions = 10, .distinct_values = 10, .unit_max = 10});
        builder_counters(b, builder_group(b, statement, builder_stack(b, called, task), 0), 1,
                         (struct builder_counters){.executions = 1, .distinct_values = 1});
    }
    struct model *m = model_of(b);
    assert_int_equal(m->group_count, 4); /* what stands between two functions of the program's is another way */
    assert_int_equal(m->finding_count, 1);
    assert_int_equal(m->groups[m->findings[0].group].executions, 30);
    model_destroy(m);
}

static void a_task_of_its_own_for_each_row_is_where_the_loop_is(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t language = NPLUS1__LANGUAGE__LANGUAGE_PYTHON;
    uint32_t pool = builder_frame(b, language, "_worker", "/usr/lib/python3.11/concurrent/futures/thread.py", 83);
    uint32_t list = builder_frame(b, language, "list", "/opt/shop/app.py", 5);
    uint32_t task = builder_frame(b, language, "task", "/opt/shop/app.py", 9);
    uint32_t helper = builder_frame(b, language, "orders_of", "/opt/shop/app.py", 20);
    uint32_t parent = builder_group(b, builder_statement(b, 1, "select id from customers", NPLUS1__VERB__VERB_SELECT),
                                    builder_stack(b, 0, list), 0);
    uint32_t child = builder_group(
        b, builder_statement(b, 2, "select id from orders where customer_id = ?", NPLUS1__VERB__VERB_SELECT),
        builder_stack(b, builder_stack(b, builder_stack(b, 0, pool), task), helper), 0);
    builder_counters(b, parent, 1, (struct builder_counters){.executions = 1, .rows = 30});
    builder_counters(b, child, 2, (struct builder_counters){.executions = 30, .distinct_values = 30});
    builder_edge_counters(b, builder_edge(b, parent, "id", child, 1), 2, (struct builder_edge_counters){30, 30, 30, 1, 30});
    struct model *m = model_of(b);
    assert_int_equal(m->finding_count, 1);
    assert_int_not_equal(m->findings[0].loop, MODEL_NONE);
    assert_int_equal(m->frames[m->findings[0].loop].line, 9);
    model_destroy(m);
}

/* The first of several statements is sent where it is asked for, the others when the connection is free. */
static void takes_what_a_driver_queued_for_the_place_that_asked(void **state)
{
    static const struct {
        Nplus1__Language language;
        uint32_t asked, awaits; /* lines of the function that awaits */
        bool suspended, other;  /* another function asks for the same there */
        uint32_t groups;
    } rows[] = {
        {NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, 5, 5, true, false, 1},
        {NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, 5, 5, false, false, 1},
        {NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, 7, 5, true, false, 1},
        {NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, 7, 5, false, false, 2},
        {NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, 5, 7, true, false, 2},
        {NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT, 5, 5, true, true, 3},
        {NPLUS1__LANGUAGE__LANGUAGE_PYTHON, 5, 5, true, false, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct recording_builder *b = builder_create_started();
        builder_header(b)->working_directory = (char *)"/opt/shop";
        uint32_t statement = builder_statement(b, 1, "select 1", NPLUS1__VERB__VERB_SELECT);
        uint32_t asked = builder_frame(b, rows[i].language, "load", "/opt/shop/app.js", rows[i].asked);
        uint32_t awaits = builder_frame(b, rows[i].language, "load", "/opt/shop/app.js", rows[i].awaits);
        uint32_t name = builder_frame(b, rows[i].language, "name", "/opt/shop/app.js", 2);
        uint32_t total = builder_frame(b, rows[i].language, "total", "/opt/shop/app.js", 3);
        uint32_t whole = builder_stack(b, 0, asked);
        uint32_t queued = rows[i].suspended ? builder_suspended_stack(b, 0, awaits) : builder_stack(b, 0, awaits);
        builder_counters(b, builder_group(b, statement, builder_stack(b, whole, name), 0), 1,
                         (struct builder_counters){.executions = 1});
        builder_counters(b, builder_group(b, statement, queued, 0), 1, (struct builder_counters){.executions = 8});
        if (rows[i].other)
            builder_counters(b, builder_group(b, statement, builder_stack(b, whole, total), 0), 1,
                             (struct builder_counters){.executions = 1});
        struct model *m = model_of(b);
        assert_int_equal(m->group_count, rows[i].groups);
        assert_int_equal(m->groups[0].executions, rows[i].groups == 1 ? 9 : 1);
        assert_string_equal(m->frames[m->groups[0].location].function, "name");
        model_destroy(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_a_driver_queued_for_the_place_that_asked),
        cmocka_unit_test(a_line_that_a_few_pages_share_is_the_place),
        cmocka_unit_test(a_line_that_everybody_calls_is_none),
        cmocka_unit_test(names_no_line_of_a_machine),
        cmocka_unit_test(a_task_of_its_own_for_each_row_is_where_the_loop_is),
        cmocka_unit_test(takes_a_task_for_one_place_whoever_runs_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
