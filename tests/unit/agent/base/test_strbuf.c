#include "agent/base/strbuf.h"

#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

static void what_fits_is_there_and_terminated(void **state)
{
    struct strbuf text;
    char data[32];

    strbuf_init(&text, data, sizeof data);
    assert_string_equal(data, "");
    strbuf_add(&text, "a");
    strbuf_add_bytes(&text, "bcd", 2);
    strbuf_add_bytes(&text, NULL, 0);
    strbuf_add_number(&text, 0);
    strbuf_add_number(&text, 4711);
    assert_string_equal(data, "abc04711");
    assert_int_equal(text.length, 8);
    assert_false(text.cut);
}

static void numbers_have_all_their_digits(void **state)
{
    struct strbuf text;
    char data[21];

    strbuf_init(&text, data, sizeof data);
    strbuf_add_number(&text, UINT64_MAX);
    assert_string_equal(data, "18446744073709551615");
    assert_false(text.cut);
}

static void whatever_does_not_fit_is_cut_for_every_size(void **state)
{
    for (size_t size = 1; size < 12; size++) {
        char *data = malloc(size); /* of the exact size, for the address sanitiser */
        struct strbuf text;

        strbuf_init(&text, data, size);
        strbuf_add(&text, "01234");
        strbuf_add(&text, "56789");
        assert_int_equal(text.length, size - 1 < 10 ? size - 1 : 10);
        assert_memory_equal(data, "0123456789", text.length);
        assert_int_equal(data[text.length], '\0');
        assert_int_equal(text.cut, size < 11);
        strbuf_add_number(&text, 12);
        assert_int_equal(strlen(data), text.length);
        assert_true(text.cut);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_there_and_terminated),
        cmocka_unit_test(numbers_have_all_their_digits),
        cmocka_unit_test(whatever_does_not_fit_is_cut_for_every_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
