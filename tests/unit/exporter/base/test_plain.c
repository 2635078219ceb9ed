#include "tests/unit/check.h"

#include <string.h>

#include "exporter/base/plain.h"

static size_t one_by_one(const char *text, size_t length, char a, char b)
{
    size_t i = 0;
    while (i < length && text[i] >= 0x20 && text[i] < 0x7f && text[i] != a && text[i] != b)
        i++;
    return i;
}

/* Each byte at each place of a word, before, behind and among plain ones, and those that carry into their neighbours. */
static void stops_at_the_first_byte_that_is_not_plain(void **state)
{
    static const char around[] = {' ', '~', 'a', '!', '\x7f', '\xff', '\x1f', '\x80', '\0', '"', '#'};
    char text[24];
    for (size_t k = 0; k < sizeof around; k++) {
        for (size_t at = 0; at < sizeof text; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                memset(text, 'x', sizeof text);
                text[at] = (char)byte;
                if (at + 1 < sizeof text)
                    text[at + 1] = around[k];
                for (size_t length = 0; length <= sizeof text; length++) {
                    assert_int_equal(plain_length(text, length), one_by_one(text, length, '\0', '\0'));
                    assert_int_equal(plain_without(text, length, '"', '\\'), one_by_one(text, length, '"', '\\'));
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stops_at_the_first_byte_that_is_not_plain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
