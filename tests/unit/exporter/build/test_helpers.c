#include "tests/unit/exporter/model_support.h"
#include "exporter/build/places/helpers.h"

#include <string.h>

/* Statements of /opt/shop/shop.py, each with the lines of its functions, outermost first; 0 ends them. */
struct call {
    const char *text;
    struct {
        const char *function;
        uint32_t line;
    } stack[4];
};

static uint32_t frame_of(struct recording_builder *b, const char *function, uint32_t line)
{
    bool is_mapper = strcmp(function, "mapper") == 0;

    return builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, function,
                         is_mapper ? "/usr/lib/python3/dist-packages/sqlalchemy/orm.py" : "/opt/shop/shop.py", line);
}

static struct model *model_of_calls(const struct call *calls, size_t count)
{
    struct recording_builder *b = builder_create_started();
    builder_header(b)->working_directory = (char *)"/opt/shop";

    for (size_t i = 0; i < count; i++) {
        uint32_t stack = 0;
        uint32_t statement = 0;
        uint64_t fingerprint = 1;
        for (const char *c = calls[i].text; *c; c++)
            fingerprint = fingerprint * 31 + (unsigned char)*c;
        statement = builder_statement(b, fingerprint, calls[i].text, NPLUS1__VERB__VERB_SELECT);
        for (size_t j = 0; j < 4 && calls[i].stack[j].function; j++)
            stack = builder_stack(b, stack, frame_of(b, calls[i].stack[j].function, calls[i].stack[j].line));
        builder_counters(b, builder_group(b, statement, stack, 0), 1, (struct builder_counters){.executions = 1});
    }
    return model_of(b);
}

/* The lines of who called for the statements; 0: they went through no helper. */
static void assert_called(const struct call *calls, size_t count, const uint32_t *lines)
{
    struct model *m = model_of_calls(calls, count);
    struct helpers *helpers = helpers_find(m);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = helpers_caller(helpers, i);
        assert_int_equal(node != MODEL_NONE ? m->frames[m->nodes[node].frame].line : 0, lines[i]);
    }
    helpers_destroy(helpers);
    model_destroy(m);
}

static void what_runs_texts_of_its_callers_is_a_helper(void **state)
{
    static const struct call calls[] = {{"select id from a", {{"page", 10}, {"query", 3}}},
                                        {"select name from b where id = ?", {{"page", 12}, {"query", 3}}}};

    assert_called(calls, 2, (const uint32_t[]){10, 12});
}

static void so_is_what_calls_one_with_texts_of_others(void **state)
{
    static const struct call calls[] = {{"select id from a", {{"page", 10}, {"query", 3}}},
                                        {"select name from b where id = ?", {{"page", 12}, {"one", 6}, {"query", 3}}},
                                        {"select name from c where id = ?", {{"page", 13}, {"one", 6}, {"query", 3}}},
                                        {"select name from c where id = ?", {{"page", 15}, {"one", 6}, {"query", 3}}}};

    assert_called(calls, 4, (const uint32_t[]){10, 12, 13, 15});
}

static void what_runs_texts_of_its_own_is_none_whoever_calls(void **state)
{
    static const struct call calls[] = {{"select count(*) from a", {{"page", 10}, {"count_all", 3}}},
                                        {"select count(*) from b", {{"page", 10}, {"count_all", 3}}},
                                        {"select count(*) from a", {{"page", 12}, {"count_all", 3}}},
                                        {"select count(*) from b", {{"page", 12}, {"count_all", 3}}}};
    static const struct call alone[] = {{"select count(*) from a", {{"page", 10}, {"count_all", 3}}},
                                        {"select count(*) from b", {{"page", 10}, {"count_all", 3}}}};

    assert_called(calls, 4, (const uint32_t[4]){0});
    assert_called(alone, 2, (const uint32_t[4]){0});
}

static void what_nobody_calls_is_none(void **state)
{
    static const struct call calls[] = {{"select id from a", {{"query", 3}}},
                                        {"select id from b", {{"page", 10}, {"query", 3}}},
                                        {"select id from c", {{"page", 12}, {"query", 3}}}};

    assert_called(calls, 3, (const uint32_t[4]){0});
}

static void what_calls_itself_is_no_caller(void **state)
{
    static const struct call calls[] = {{"select id from a", {{"walk", 3}, {"walk", 4}}},
                                        {"select id from b", {{"walk", 3}, {"walk", 3}, {"walk", 4}}}};

    assert_called(calls, 2, (const uint32_t[4]){0});
}

static void a_line_whose_statements_a_mapper_makes_up_is_none(void **state)
{
    static const struct call calls[] = {{"select id from a where id = ?", {{"page", 10}, {"name", 3}, {"mapper", 7}}},
                                        {"select id from b where id = ?", {{"page", 12}, {"name", 3}, {"mapper", 7}}}};

    assert_called(calls, 2, (const uint32_t[4]){0});
}

static void without_a_line_it_may_be_several(void **state)
{
    static const struct call calls[] = {{"select id from a", {{"page", 10}, {"load", 0}}},
                                        {"select id from b", {{"page", 12}, {"load", 0}}}};

    assert_called(calls, 2, (const uint32_t[4]){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_runs_texts_of_its_callers_is_a_helper),
        cmocka_unit_test(so_is_what_calls_one_with_texts_of_others),
        cmocka_unit_test(what_runs_texts_of_its_own_is_none_whoever_calls),
        cmocka_unit_test(what_nobody_calls_is_none),
        cmocka_unit_test(what_calls_itself_is_no_caller),
        cmocka_unit_test(a_line_whose_statements_a_mapper_makes_up_is_none),
        cmocka_unit_test(without_a_line_it_may_be_several),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
