/* Which known word is taken for the one that was meant. */
#include "viewer/words/suggestion.h"

#include <stdlib.h>

#include "tests/unit/check.h"

static const char *meant_by(const char *word)
{
    static const char *const known[] = {"run",    "report",  "check",        "diff",  "export", "dump",        "info",
                                        "doctor", "fail-on", "suppressions", "color", "html",   "openmetrics", NULL};
    struct suggestion s = suggestion_of(word);
    for (size_t i = 0; known[i]; i++)
        suggestion_offer(&s, known[i]);
    return s.best ? s.best : "";
}

static void test_a_letter_too_many_too_few_or_another_one(void **state)
{
    (void)state;
    assert_string_equal(meant_by("reportt"), "report");
    assert_string_equal(meant_by("eport"), "report");
    assert_string_equal(meant_by("repotr"), "report");
    assert_string_equal(meant_by("dif"), "diff");
    assert_string_equal(meant_by("failon"), "fail-on");
    assert_string_equal(meant_by("supressions"), "suppressions");
    assert_string_equal(meant_by("colour"), "color");
}

static void test_two_letters_that_changed_places_are_one_mistake(void **state)
{
    (void)state;
    assert_string_equal(meant_by("rnu"), "run");
    assert_string_equal(meant_by("hmtl"), "html");
}

static void test_the_beginning_of_a_word_stands_for_it(void **state)
{
    (void)state;
    assert_string_equal(meant_by("open"), "openmetrics");
    assert_string_equal(meant_by("doc"), "doctor");
}

static void test_the_nearest_wins(void **state)
{
    (void)state;
    struct suggestion s = suggestion_of("xport");
    suggestion_offer(&s, "report");
    suggestion_offer(&s, "export");
    assert_string_equal(s.best, "export");
}

static void test_what_is_far_is_not_suggested(void **state)
{
    (void)state;
    assert_string_equal(meant_by("frobnicate"), "");
    assert_string_equal(meant_by("x"), "");
    assert_string_equal(meant_by(""), "");
    assert_string_equal(meant_by("reportreportreportreportreportreportreport"), "");
}

static void test_words_are_ready_for_a_message(void **state)
{
    (void)state;
    struct suggestion s = suggestion_of_part("jsn=1", 3);
    char *none = suggestion_words(&s, "--");
    assert_string_equal(none, "");
    suggestion_offer(&s, "json");
    char *words = suggestion_words(&s, "--");
    assert_string_equal(words, " (did you mean --json?)");
    free(words);
    free(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_letter_too_many_too_few_or_another_one),
        cmocka_unit_test(test_two_letters_that_changed_places_are_one_mistake),
        cmocka_unit_test(test_the_beginning_of_a_word_stands_for_it),
        cmocka_unit_test(test_the_nearest_wins),
        cmocka_unit_test(test_what_is_far_is_not_suggested),
        cmocka_unit_test(test_words_are_ready_for_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
