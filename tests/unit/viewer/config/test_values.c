/* What may stand behind a key of a configuration, and what is kept of it. */
#include "viewer/config/values.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

/* The value that is kept; NULL when it is refused, with a reason that names it. */
static char *kept(values_read *read, const char *text, enum config_origin origin)
{
    char *wrong = NULL;
    char *value = read(text, origin, origin == CONFIG_OF_PROJECT ? "/srv/shop" : NULL, &wrong);
    assert_true((value == NULL) == (wrong != NULL));
    if (wrong)
        assert_non_null(strstr(wrong, " is not "));
    free(wrong);
    return value;
}

static void expect(values_read *read, const char *text, enum config_origin origin, const char *expected)
{
    char *value = kept(read, text, origin);
    if (expected)
        assert_string_equal(value, expected);
    else
        assert_null(value);
    free(value);
}

static void test_a_duration_has_a_unit_or_is_in_milliseconds(void **state)
{
    (void)state;
    expect(values_duration, "5", CONFIG_OF_USER, "5000000");
    expect(values_duration, "500us", CONFIG_OF_USER, "500000");
    expect(values_duration, "0.5 ms", CONFIG_OF_USER, "500000");
    expect(values_duration, "2s", CONFIG_OF_USER, "2000000000");
    static const char *const wrong[] = {"", "0", "-1", "1h", "ms", "0x10", "1e999", "nan", "3601s", "5ms5", NULL};
    for (size_t i = 0; wrong[i]; i++)
        expect(values_duration, wrong[i], CONFIG_OF_USER, NULL);
}

static void test_paths_of_a_project_are_relative_to_its_folder(void **state)
{
    (void)state;
    expect(values_paths, "src:./lib/../app:/opt/more", CONFIG_OF_PROJECT, "/srv/shop/src:/srv/shop/app:/opt/more");
    expect(values_paths, "", CONFIG_OF_PROJECT, "");
}

static void test_paths_of_a_user_are_absolute_or_below_home(void **state)
{
    (void)state;
    setenv("HOME", "/users/kim", 1);
    expect(values_paths, "~/src:/opt", CONFIG_OF_USER, "/users/kim/src:/opt");
    expect(values_paths, "src", CONFIG_OF_USER, NULL);
    expect(values_path, "suppressions", CONFIG_OF_USER, NULL);
    expect(values_path, "suppressions", CONFIG_OF_PROJECT, "suppressions");
    expect(values_path, "", CONFIG_OF_PROJECT, NULL);
    unsetenv("HOME");
    expect(values_paths, "~/src", CONFIG_OF_USER, NULL);
}

static void test_paths_of_the_environment_stay_as_they_are(void **state)
{
    (void)state;
    expect(values_paths, "/a::b", CONFIG_OF_ENVIRONMENT, "/a::b");
}

static void test_numbers_have_limits(void **state)
{
    (void)state;
    expect(values_width, "120", CONFIG_OF_USER, "120");
    expect(values_threshold, "2", CONFIG_OF_USER, "2");
    expect(values_width, "59", CONFIG_OF_USER, NULL);
    expect(values_width, "99999999999999999999", CONFIG_OF_USER, NULL);
    expect(values_threshold, "1", CONFIG_OF_USER, NULL);
    expect(values_threshold, "5x", CONFIG_OF_USER, NULL);
}

static void test_a_style_becomes_the_sequence_of_a_terminal(void **state)
{
    (void)state;
    expect(values_style, "bold red", CONFIG_OF_USER, "\033[1;31m");
    expect(values_style, "bright-blue underline", CONFIG_OF_USER, "\033[94;4m");
    expect(values_style, "214", CONFIG_OF_USER, "\033[38;5;214m");
    expect(values_style, "none", CONFIG_OF_USER, "");
    expect(values_style, "pink", CONFIG_OF_USER, NULL);
    expect(values_style, "256", CONFIG_OF_USER, NULL);
    expect(values_style, "\033[31m", CONFIG_OF_PROJECT, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_duration_has_a_unit_or_is_in_milliseconds),
        cmocka_unit_test(test_paths_of_a_project_are_relative_to_its_folder),
        cmocka_unit_test(test_paths_of_a_user_are_absolute_or_below_home),
        cmocka_unit_test(test_paths_of_the_environment_stay_as_they_are),
        cmocka_unit_test(test_numbers_have_limits),
        cmocka_unit_test(test_a_style_becomes_the_sequence_of_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
