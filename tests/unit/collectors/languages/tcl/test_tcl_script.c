#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/languages/tcl/script.h"

/* The address sanitiser sees what is read behind a text. */
static char *exactly(const char *text, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, text, length);
    return copy;
}

static void a_script_is_found_where_it_is_written(void **state)
{
    static const struct {
        const char *text, *script, *part; /* part: what the offset points at in the script */
        long place;                       /* -1: nowhere */
    } rows[] = {
        {"db eval {SELECT 1} {ask}", "ask", "ask", 20},
        {"db eval {SELECT 1} {\n  ask\n}", "\n  ask\n", "ask", 23},
        {"db eval {SELECT 1} \"ask $x\"", "ask $x", "$x", 24},
        {"uplevel ask", "ask", "ask", 8},
        {"each {1 2} {set x 1; ask}", "set x 1; ask", "ask", 21},
        {"a {b} {b}", "b", "b", 3}, /* the first one */
        {"asking {ask}", "ask", "ask", 8},
        {"task {ask}", "ask", "ask", 6},
        {"f {a \\\n   b}", "a  b", "b", 10},
        {"f {a\\\n\t b}", "a b", "b", 8},
        {"f {a\\\n", "a b", "b", -1},
        {"f {ab}", "abc", "c", -1},
        {"f {a}", "b", "b", -1},
        {"f", "f {a}", "a", -1},
        {"f", "f", "f", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = exactly(rows[i].text, strlen(rows[i].text)), *script = exactly(rows[i].script, strlen(rows[i].script));
        const char *place = tcl_script_find(text, strlen(rows[i].text), script, strlen(rows[i].script),
                                            (size_t)(strstr(rows[i].script, rows[i].part) - rows[i].script));
        assert_int_equal(place ? place - text : -1, rows[i].place);
        free(text);
        free(script);
    }
}

static void an_empty_script_is_nowhere(void **state)
{
    assert_null(tcl_script_find("f {}", 4, "", 0, 0));
    assert_null(tcl_script_find("", 0, "f", 1, 0));
    assert_null(tcl_script_find("f {a}", 5, "a", 1, 1)); /* behind its end */
}

static void the_word_of_a_place_is_told(void **state)
{
    static const struct {
        const char *text; /* the place is where the * stands */
        size_t index, start;
    } rows[] = {
        {"*db eval {a} {b}", 0, 0},
        {"db *eval {a} {b}", 1, 3},
        {"db eval {a} {*b}", 3, 12},
        {"db eval {a {} \\} c} {*b}", 3, 20},
        {"db eval {a {} \\} c*} {b}", 2, 8},
        {"db eval \"a [f {]} \"x\"] \\\" c\" {*b}", 3, 29},
        {"db eval [f [g \"\\]\"] {]} x] {*b}", 3, 27},
        {"db eval a${x y}b {*b}", 3, 17},
        {"db eval a\\ b {*b}", 3, 13},
        {"db eval \\\n  a \\\n  {*b}", 3, 18},
        {"db eval {*}{a b} {\n*b}", 3, 17},
        {"db eval {*} {*b}", 3, 12},
        {"db eval {a\n{b} {*c}", 2, 8}, /* no end */
        {"db eval \"*", 2, 8},
        {" \tdb  *eval", 1, 6},
        {"*", 0, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];
        const char *star = strstr(rows[i].text, "{*}") && strchr(rows[i].text, '*') != strrchr(rows[i].text, '*')
                               ? strrchr(rows[i].text, '*')
                               : strchr(rows[i].text, '*');
        size_t before = (size_t)(star - rows[i].text), length = strlen(rows[i].text) - 1;
        const char *start;
        char *copy;

        memcpy(text, rows[i].text, before);
        memcpy(text + before, star + 1, length - before);
        copy = exactly(text, length);
        assert_int_equal(tcl_script_word(copy, length, copy + before, &start), rows[i].index);
        assert_int_equal(start - copy, rows[i].start);
        free(copy);
    }
}

static void no_text_is_read_beyond_its_end(void **state)
{
    static const char alphabet[] = "{}[]\"\\\n ;$*a{b";
    uint32_t random = 1;

    for (int round = 0; round < 200000; round++) {
        char text[24], *copy;
        size_t length, part;
        const char *start;

        for (size_t i = 0; i < sizeof text; i++) {
            random = random * 1664525 + 1013904223;
            text[i] = alphabet[(random >> 16) % (sizeof alphabet - 1)];
        }
        length = (random >> 8) % sizeof text;
        part = length ? (random >> 20) % length : 0;
        copy = exactly(text, length);
        assert_true(tcl_script_word(copy, length, copy + part, &start) <= length && start >= copy && start <= copy + length);
        start = tcl_script_find(copy, length, copy + part, length - part, 0);
        assert_true(!start || (start >= copy && start < copy + length));
        free(copy);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_is_found_where_it_is_written),
        cmocka_unit_test(an_empty_script_is_nowhere),
        cmocka_unit_test(the_word_of_a_place_is_told),
        cmocka_unit_test(no_text_is_read_beyond_its_end),
    };

    return cmocka_run_group_tests_name("tcl_script", tests, NULL, NULL);
}
