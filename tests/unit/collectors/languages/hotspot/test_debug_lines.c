#include "collectors/languages/hotspot/debug_lines.h"

#include "tests/unit/check.h"

#include <string.h>

/* As Kotlin 2.0 writes it. */
static const char *const written =
    "SMAP\nExposed.kt\nKotlin\n*S Kotlin\n*F\n+ 1 Exposed.kt\nshop/ExposedKt\n+ 2 _Collections.kt\n"
    "kotlin/collections/CollectionsKt___CollectionsKt\n*L\n1#1,129:1\n1863#2,2:131\n*S KotlinDebug\n*F\n"
    "+ 1 Exposed.kt\nshop/ExposedKt\n*L\n82#1:131,2\n91#1:133\n91#1:134,3\n117#1,3:137,4\n*E\n";

/* Among a class' constants: a number, a long one, a name and a reference before it. */
static uint32_t find(const char *map, uint32_t line)
{
    static const unsigned char before[] = {3, 0, 0, 0, 1, 5, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4, 'S', 'M', 'A', 'P', 12, 0, 1, 0, 2};
    unsigned char constants[4096];
    size_t length = strlen(map), size = sizeof before;

    memcpy(constants, before, size);
    constants[size++] = 1;
    constants[size++] = (unsigned char)(length >> 8);
    constants[size++] = (unsigned char)length;
    memcpy(constants + size, map, length);
    return debug_lines_find(constants, size + length, line);
}

static void a_line_of_an_inline_functions_body_is_that_of_its_call(void **state)
{
    assert_int_equal(find(written, 131), 82);
    assert_int_equal(find(written, 132), 82);
    assert_int_equal(find(written, 133), 91);
    assert_int_equal(find(written, 136), 91);
}

static void several_calls_may_be_one_entry(void **state)
{
    assert_int_equal(find(written, 137), 117);
    assert_int_equal(find(written, 140), 117);
    assert_int_equal(find(written, 141), 118);
    assert_int_equal(find(written, 148), 119);
}

static void other_lines_are_what_they_are(void **state)
{
    static const uint32_t lines[] = {0, 1, 82, 129, 130, 149, UINT32_MAX};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_int_equal(find(written, lines[i]), lines[i]);
}

static void a_text_that_says_nothing_of_calls_changes_nothing(void **state)
{
    static const char *const texts[] = {"",
                                        "SMAP",
                                        "SMAP\nPage.jsp\nJSP\n*S JSP\n*F\n+ 0 Page.jsp\n*L\n5:131\n*E\n",
                                        "SMAP\n*S KotlinDebug",
                                        "SMAP\n*S KotlinDebug\n*L",
                                        "SMAP\n*S KotlinDebug\n*L\n#:\n:,\n82#1\n82#1:\nx\n*E\n131:131",
                                        "SMAP\n*S KotlinDebug\n*L\n82#1:131,0\n0#1:131\n99999999999999999999999:131\n*E\n"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(find(texts[i], 131), 131);
}

static void constants_that_are_cut_or_unknown_change_nothing(void **state)
{
    static const unsigned char cut[] = {1, 0, 200, 'S', 'M', 'A', 'P', '\n'}, unknown[] = {2, 0, 0, 0};

    for (size_t size = 0; size <= sizeof cut; size++)
        assert_int_equal(debug_lines_find(cut, size, 131), 131);
    assert_int_equal(debug_lines_find(unknown, sizeof unknown, 131), 131);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_an_inline_functions_body_is_that_of_its_call),
        cmocka_unit_test(several_calls_may_be_one_entry),
        cmocka_unit_test(other_lines_are_what_they_are),
        cmocka_unit_test(a_text_that_says_nothing_of_calls_changes_nothing),
        cmocka_unit_test(constants_that_are_cut_or_unknown_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
