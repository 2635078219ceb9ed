#include "agent/api/suppressions.h"

#include "tests/unit/check.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

static const struct nplus1_finding finding = {
    .kind = "n_plus_one",
    .statement = "select id from orders where customer_id = ?",
    .place = {.file = "/srv/shop/app/views.py", .line = 7, .function = "load_orders"},
};

static bool holds(const char *line)
{
    return suppressions_line_holds(line, line + strlen(line), &finding);
}

static void globs_mean_what_they_mean_to_fnmatch(void **state)
{
    static const char glob_letters[] = "ab*?[]-!\\/", text_letters[] = "ab-]/[";
    unsigned matched = 0;
    uint32_t random = 1;

    for (unsigned i = 0; i < 300000; i++) {
        char glob[9] = "", text[7] = "";
        random = random * 1664525 + 1013904223;
        for (unsigned k = 0, rest = random >> 4; k < 1 + i % 8; k++, rest = rest * 1664525 + 1013904223)
            glob[k] = glob_letters[(rest >> 16) % (sizeof glob_letters - 1)];
        for (unsigned k = 0, rest = random >> 3; k < i % 7 % 6; k++, rest = rest * 22695477 + 1)
            text[k] = text_letters[(rest >> 16) % (sizeof text_letters - 1)];
        if (strchr(glob, '[') && (strchr(glob, '\\') || strchr(glob, '-'))) /* where fnmatch itself is of several minds */
            continue;
        bool expected = fnmatch(glob, text, 0) == 0;
        if (suppressions_match(glob, text) != expected)
            fail_msg("'%s' and '%s': fnmatch says %d", glob, text, expected);
        matched += expected;
    }
    assert_true(matched > 1000);
    assert_true(suppressions_match("v[a-k]ews[!a-y]*", "views.py"));
    assert_false(suppressions_match("v[a-h]ews*", "views.py"));
    assert_true(suppressions_match("a?c", "a\xc3\xa9"
                                          "c"));
}

static void all_words_of_a_line_must_hold(void **state)
{
    assert_true(holds("kind=n_plus_one file=app/*.py function=load_* statement=\"select id from orders*\"  # known"));
    assert_true(holds("file=/srv/*/views.py"));
    assert_true(holds("  file=views.py\r"));
    assert_false(holds("file=shop/*.rb"));
    assert_false(holds("file=iews.py"));
    assert_false(holds("kind=n_plus_one function=save_*"));
    assert_false(holds("kind=duplicate_query"));
}

static void other_lines_hold_for_nothing(void **state)
{
    char line[3000] = "kind=*";

    assert_false(holds(""));
    assert_false(holds("# kind=n_plus_one"));
    assert_false(holds("1f0c88a2b34d5e6f"));
    assert_false(holds("kind=n_plus_one colour=red"));
    assert_false(holds("statement=\"select*"));
    memset(line + 6, '*', sizeof line - 7);
    assert_false(holds(line));
}

static void what_is_not_known_matches_nothing(void **state)
{
    const struct nplus1_finding native = {.kind = "n_plus_one", .statement = "select 1", .place = {.module = "/srv/shop"}};
    const char *const lines[] = {"file=*", "function=*", "kind=n_plus_one"};

    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(suppressions_line_holds(lines[i], lines[i] + strlen(lines[i]), &native), i == 2);
}

static void a_line_with_a_signature_holds_by_its_patterns(void **state)
{
    const struct nplus1_finding native = {.kind = "n_plus_one", .statement = "select 1", .place = {.module = "/srv/shop"}};
    const struct {
        const char *line;
        bool here, natively;
    } lines[] = {
        {"1f0c88a2b34d5e6f", false, false},
        {"1F0C88A2B34D5E6F  # a signature alone", false, false},
        {"1f0c88a2b34d5e6f kind=n_plus_one statement=\"select*\"", true, true},
        {"kind=n_plus_one 1f0c88a2b34d5e6f", true, true},
        {"1f0c88a2b34d5e6f kind=n_plus_one file=app/views.py function=load_orders statement=\"select*\"", true, true},
        {"1f0c88a2b34d5e6f kind=n_plus_one file=app/other.py statement=\"select*\"", false, true},
        {"1f0c88a2b34d5e6f kind=n_plus_one function=load_orders statement=\"update*\"", false, false},
        {"1f0c88a2b34d5e6f file=app/views.py", true, false}, /* there, nothing at all is known */
        {"kind=n_plus_one file=app/views.py", true, false},
        {"1f0c88a2b34d5e6 kind=n_plus_one", false, false},
        {"1f0c88a2b34d5e6f7 kind=n_plus_one", false, false},
    };

    for (unsigned i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *line = lines[i].line, *end = line + strlen(line);
        if (holds(line) != lines[i].here || suppressions_line_holds(line, end, &native) != lines[i].natively)
            fail_msg("'%s'", line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs_mean_what_they_mean_to_fnmatch),
        cmocka_unit_test(all_words_of_a_line_must_hold),
        cmocka_unit_test(other_lines_hold_for_nothing),
        cmocka_unit_test(what_is_not_known_matches_nothing),
        cmocka_unit_test(a_line_with_a_signature_holds_by_its_patterns),
    };
    return cmocka_run_group_tests_name("suppressions", tests, NULL, NULL);
}
