#include "tests/unit/exporter/model_support.h"

#include <stdio.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_a_few_pages_share_is_the_place),
        cmocka_unit_test(a_line_that_everybody_calls_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
