#include "agent/value/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/value/decimal.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const unsigned char uuid[16] = {0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3,
                                       0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00};

static uint64_t text(const char *s)
{
    size_t length = strlen(s);
    char *copy = malloc(length > 0 ? length : 1); /* not terminated: the address sanitiser sees a read behind it */

    assert_non_null(copy);
    memcpy(copy, s, length);
    uint64_t hash = value_hash_text(copy, length);
    free(copy);
    return hash;
}

static void integers_hash_alike_in_every_form(void **state)
{
    static const int64_t numbers[] = {0, 1, -1, 9, 10, 42, -42, 100, 4711, 1000000, INT32_MAX, INT32_MIN, INT64_C(1) << 40};

    for (size_t i = 0; i < COUNT(numbers); i++) {
        char buffer[32];
        snprintf(buffer, sizeof buffer, "%lld", (long long)numbers[i]);
        assert_int_equal(text(buffer), value_hash_int(numbers[i]));
        assert_int_equal(value_hash_double((double)numbers[i]), value_hash_int(numbers[i]));
        assert_int_equal(value_hash_blob(buffer, strlen(buffer)), value_hash_int(numbers[i]));
    }
    assert_int_equal(text("9223372036854775807"), value_hash_int(INT64_MAX));
    assert_int_equal(text("-9223372036854775808"), value_hash_int(INT64_MIN));
    assert_int_equal(value_hash_double(-0x1p63), value_hash_int(INT64_MIN));
}

/* Digits are read eight at a time: every length, and every byte at every place of it. */
static void every_digit_of_an_integer_counts(void **state)
{
    for (int length = 1; length <= 10; length++) {
        char digits[16] = "1203456789";
        digits[length] = 0;
        for (int place = 0; place < length; place++) {
            char was = digits[place];
            for (int byte = 1; byte < 256; byte++) {
                bool integer = (byte >= '0' && byte <= '9' && (place > 0 || byte > '0' || length == 1)) ||
                               (byte == '-' && place == 0 && length > 1 && digits[1] != '0') ||
                               (byte == ' ' && place == length - 1 && length > 1) || /* of a char(n) */
                               (byte == '.' && place == 1 && length == 3) ||         /* 1.0 */
                               (byte == 'f' && length == 1);
                digits[place] = (char)byte;
                assert_int_equal(text(digits) == value_hash_int(atoll(digits)), integer);
            }
            digits[place] = was;
        }
    }
}

static void text_that_is_no_canonical_integer_hashes_by_its_bytes(void **state)
{
    static const struct {
        const char *text;
        int64_t number;
    } cases[] = {
        {"007", 7},
        {"+5", 5},
        {"4 2", 42},
        {" 42", 42},
        {"-0", 0},
        {"00", 0},
        {"-042", -42},
        {"42.", 42},
        {"042.0", 42},
        {"42.0.0", 42},
        {"42e1", 420},
        {"42e+", 42},
        {"4_2", 42},
        {"0x2a", 42},
        {"--1", 1},
        {"-", 0},
        {"", 0},
        {"9223372036854775808", INT64_MIN},
        {"-9223372036854775809", INT64_MAX},
        {"18446744073709551616", 0},
        {"18446744073709551617", 1},
        {"99999999999999999999", INT64_C(7766279631452241919)},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (text(cases[i].text) == value_hash_int(cases[i].number))
            fail_msg("<%s> was taken for a number", cases[i].text);
        assert_int_equal(text(cases[i].text), value_hash_blob(cases[i].text, strlen(cases[i].text)));
    }
    assert_int_not_equal(text("007"), text("07"));
}

static void uuids_hash_alike_in_every_form(void **state)
{
    uint64_t hash = value_hash_blob(uuid, sizeof uuid);

    assert_int_equal(text("123e4567-e89b-12d3-a456-426614174000"), hash);
    assert_int_equal(text("123E4567-E89B-12D3-A456-426614174000"), hash);
    assert_int_equal(text("123e4567e89b12d3a456426614174000"), hash);
    assert_int_equal(text("123E4567E89B12D3A456426614174000"), hash);
    assert_int_equal(text("00000000000000000000000000000000"), value_hash_blob("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));

    assert_int_not_equal(text("123e4567-e89b-12d3-a456-426614174001"), hash);
    assert_int_not_equal(text("123e4567-e89b-12d3-a456-42661417400"), hash);
    assert_int_not_equal(text("123e4567-e89b-12d3-a456-42661417400g"), hash);
    assert_int_not_equal(text("123e4567e-89b-12d3-a456-426614174000"), hash);
    assert_int_not_equal(text("123e4567+e89b-12d3-a456-426614174000"), hash);
    assert_int_not_equal(text("123e4567-e89b12d3-a456-4266141740000"), hash);
}

static void decimals_hash_by_the_number_they_are(void **state)
{
    static const char *const alike[][4] = {
        {"10.5", "10.50", "10.500000000000000000000000", "1.05e+01"},
        {"-0.25", "-0.250", "-2.5e-01", "-0.25"},
        {"42", "42.0", "42.00", "4.2e+1"},
        {"0", "0.0", "0.0e-25", "0e+99"},
        {"9007199254740993", "9007199254740993.0", "9007199254740993.00", "9007199254740993"},
        {"12345678901234567890123.5", "12345678901234567890123.50", "12345678901234567890123.500", "12345678901234567890123.5"},
    };
    static const char *const doubles[] = {"0.1",
                                          "0.30000000000000004",
                                          "1.7976931348623157e+18",
                                          "-7e-05",
                                          "123456.789012345678",
                                          "9007199254740993.5",
                                          "0.1234567890123456789",
                                          "7.0000000000000007e-05"};

    for (size_t i = 0; i < COUNT(alike); i++) {
        for (size_t j = 1; j < COUNT(alike[i]); j++)
            assert_int_equal(text(alike[i][j]), text(alike[i][0]));
    }
    for (size_t i = 0; i < COUNT(doubles); i++)
        assert_int_equal(text(doubles[i]), value_hash_double(strtod(doubles[i], NULL)));
    assert_int_not_equal(text("10.5"), text("10.51"));
    assert_int_not_equal(text("1.10.2"), text("1.1.2"));
    assert_int_not_equal(text("0.1"), text("0.10000001"));
    /* single precision */
    for (int i = 1; i < 100000; i += 7) {
        char buffer[32];
        snprintf(buffer, sizeof buffer, "%d.%02d", i / 100, i % 100);
        assert_int_equal(value_hash_double((double)strtof(buffer, NULL)), text(buffer));
        assert_int_equal(value_hash_double(strtod(buffer, NULL)), text(buffer));
    }
    assert_int_equal(value_hash_double((double)0.1F), value_hash_double(0.1));
    assert_int_equal(value_hash_double((double)-1.5e-3F), text("-0.0015"));
}

/* As strtod rounds them, ties among it. */
static void decimals_are_rounded_to_the_nearest_double(void **state)
{
    uint64_t seed = 88172645463325252;

    for (int i = 0; i < 200000; i++) {
        char buffer[64];
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        uint64_t digits = seed >> (i % 40);
        int exponent = (int)(seed % 55) - 27;
        double v;
        snprintf(buffer, sizeof buffer, "%llue%d", (unsigned long long)digits, exponent);
        assert_true(digits == 0 || decimal_double(digits, exponent, &v));
        if (digits == 0)
            continue;
        if (v != strtod(buffer, NULL))
            fail_msg("%s became %.17g", buffer, v);
    }
}

static void dates_and_times_hash_alike_in_every_form(void **state)
{
    static const struct {
        const char *text;
        int64_t days, microseconds;
    } cases[] = {
        {"2000-01-01", 0, 0},
        {"1999-12-31", -1, 0},
        {"2024-02-29", 8825, 0},
        {"1970-01-01 00:00:00", -10957, 0},
        {"2024-02-29 00:00:00.000000+00", 8825, 0},
        {"2024-02-29 02:00:00+02", 8825, 0},
        {"2024-02-29T10:20:30", 8825, 37230000000},
        {"2024-02-29 10:20:30.5", 8825, 37230500000},
        {"2024-02-29 10:20:30.500000", 8825, 37230500000},
        {"2024-02-29 10:20:30.123456789Z", 8825, 37230123456},
        {"2024-02-29 10:20:30 UTC", 8825, 37230000000},
        {"2024-02-29 11:20:30+01:00", 8825, 37230000000},
        {"2024-02-29 05:50:30-0430", 8825, 37230000000},
        {"2024-03-01 00:20:30+13:59:60", 8825, 37230000000},
    };
    static const char *const others[] = {"2024-13-01",
                                         "2024-00-10",
                                         "2024-01-32",
                                         "2024-01-01x",
                                         "2024-1-01",
                                         "2024-01-01 10:20",
                                         "2024-01-01 10:61:00",
                                         "2024-01-01 10:20:30 X",
                                         "2024-01-01 10:20:30+",
                                         "2024/01/01",
                                         "2024-01-01 10:20:30+0",
                                         "2024-01-0a"};

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(text(cases[i].text), value_hash_moment(cases[i].days * INT64_C(86400000000) + cases[i].microseconds));
    assert_int_equal(text("2024-02-29"), value_hash_int(8825));
    assert_int_equal(text("10:20:30.25"), value_hash_int(37230250000));
    for (size_t i = 0; i < COUNT(others); i++)
        assert_int_equal(text(others[i]), value_hash_blob(others[i], strlen(others[i])));
    assert_int_not_equal(text("2024-01-01x"), text("2024-01-01"));
    assert_int_not_equal(text("2024-02-29 10:20:30"), text("2024-02-29 10:20:31"));
    assert_true(value_is_integer(text("2024-02-29")));
    assert_int_equal(value_number(text("2024-03-01")) - value_number(text("2024-02-29")), 1);
    assert_false(value_is_integer(text("2024-02-29 10:20:30")));
}

static void words_and_blanks_and_bytes_hash_alike_in_every_form(void **state)
{
    static const char *const yes[] = {"t", "true", "TRUE", "True"}, *const no[] = {"f", "false", "FALSE", "False"};

    for (size_t i = 0; i < COUNT(yes); i++) {
        assert_int_equal(text(yes[i]), value_hash_int(1));
        assert_int_equal(text(no[i]), value_hash_int(0));
    }
    assert_int_not_equal(text("tr"), value_hash_int(1));
    assert_int_not_equal(text("true1"), value_hash_int(1));
    assert_int_equal(text("north     "), text("north"));
    assert_int_equal(text("42   "), value_hash_int(42));
    assert_int_equal(text("   "), text(""));
    assert_int_not_equal(text(" north"), text("north"));

    assert_int_equal(text("\\x00ff61"), value_hash_blob("\0\xff"
                                                        "a",
                                                        3));
    assert_int_equal(text("\\x00FF61"), value_hash_blob("\0\xff"
                                                        "a",
                                                        3));
    assert_int_equal(text("\\x"), value_hash_blob("", 0));
    assert_int_equal(text("\\x123e4567e89b12d3a456426614174000"), value_hash_blob(uuid, sizeof uuid));
    assert_int_not_equal(text("\\x61f"), text("\\x61"));
    assert_int_not_equal(text("\\x61fg"), text("\\x61f0"));
}

static void an_array_of_one_hashes_as_its_element(void **state)
{
    assert_int_equal(text("{42}"), value_hash_int(42));
    assert_int_equal(text("{abc}"), text("abc"));
    assert_int_equal(text("{123e4567-e89b-12d3-a456-426614174000}"), value_hash_blob(uuid, sizeof uuid));

    assert_int_equal(text("{\"a,b\"}"), text("a,b"));
    assert_int_equal(text("[\"abc\"]"), text("abc"));
    assert_int_equal(text("{\"\\\\x6162\"}"), text("ab"));
    assert_int_equal(text("{\"2024-02-29 10:20:30\"}"), text("2024-02-29 10:20:30"));
    assert_true(value_is_list(text("{4,2}")));
    assert_true(value_is_list(text("{\"4\",\"2\"}")));
    assert_true(value_is_list(value_hash_list("ab", 2)));
    assert_false(value_is_list(text("{\"a,b\"}")));
    assert_false(value_is_list(text("{\"a\": 1, \"b\": 2}")));
    assert_false(value_is_list(text("{\"a\":1,\"b\":2}")));
    assert_true(value_is_list(text("[{\"a\":1,\"b\":2},{\"a\":3}]")));
    assert_false(value_is_list(text("[{\"a\":1,\"b\":2}]")));
    assert_true(value_is_list(text("[[4,2],[3,1]]")));
    assert_false(value_is_list(text("[[4,2]]")));
    assert_true(value_is_list(text("4,2")));
    assert_false(value_is_list(text("4.2")));
    assert_false(value_is_list(text("4 Main Street")));

    assert_int_not_equal(text("{4,2}"), text("4,2"));
    assert_int_not_equal(text("{{42}}"), value_hash_int(42));
    assert_int_not_equal(text("{}"), text(""));
    assert_int_not_equal(text("{42"), value_hash_int(42));
    assert_int_not_equal(text("42}"), value_hash_int(42));
}

static void blobs_hash_as_text_of_the_same_bytes(void **state)
{
    static const char *const texts[] = {"",           "a", "abc", "fifteen bytes..", "sixteen bytes...", "seventeen bytes..",
                                        "caf\xc3\xa9"};

    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(value_hash_blob(texts[i], strlen(texts[i])), text(texts[i]));
    assert_int_equal(value_hash_blob("a\0b", 3), value_hash_text("a\0b", 3));
    assert_int_not_equal(value_hash_blob("a\0b", 3), value_hash_blob("a", 1));
    assert_int_equal(value_hash_text(NULL, 0), text(""));
    assert_int_equal(value_hash_blob(NULL, 0), text(""));
}

static void doubles_hash_as_the_numbers_they_are(void **state)
{
    assert_int_equal(value_hash_double(0.0), value_hash_int(0));
    assert_int_equal(value_hash_double(-0.0), value_hash_int(0));
    assert_int_equal(value_hash_double((double)NAN), value_hash_double(-(double)NAN));
    assert_int_equal(value_hash_double(strtod("nan(0x123)", NULL)), value_hash_double((double)NAN));
    assert_int_equal(value_hash_double(0.5), value_hash_double(0.5));
    assert_int_not_equal(value_hash_double(0.5), value_hash_double(-0.5));
    assert_int_not_equal(value_hash_double(0.5), value_hash_int(0));
    assert_int_not_equal(value_hash_double(42.5), value_hash_int(42));
    assert_int_not_equal(value_hash_double(0x1p63), value_hash_int(INT64_MAX));
    assert_int_not_equal(value_hash_double(0x1p63), value_hash_int(INT64_MIN));
    assert_int_not_equal(value_hash_double((double)INFINITY), value_hash_double(-(double)INFINITY));

    /* nor as the integer that has the same bits */
    double half = 0.5;
    int64_t bits;
    memcpy(&bits, &half, sizeof bits);
    assert_int_not_equal(value_hash_double(half), value_hash_int(bits));
}

static void the_salt_changes_every_hash(void **state)
{
    uint64_t before[] = {value_hash_int(42), value_hash_double(0.5), text("abc"), value_hash_blob(uuid, sizeof uuid)};

    value_salt ^= 2;
    assert_int_not_equal(value_hash_int(42), before[0]);
    assert_int_not_equal(value_hash_double(0.5), before[1]);
    assert_int_not_equal(text("abc"), before[2]);
    assert_int_not_equal(value_hash_blob(uuid, sizeof uuid), before[3]);
    value_salt ^= 2;
}

/* Of bytes that are no digits, at the place of each of a text that long. */
static void each_byte_of_a_text_counts(void **state)
{
    char bytes[100];

    for (size_t length = 1; length <= sizeof bytes; length++) {
        memset(bytes, 'x', length);
        const uint64_t plain = value_hash_text(bytes, length);
        assert_int_not_equal(value_hash_text(bytes, length - 1) >> 16, plain >> 16);
        for (size_t i = 0; i < length; i++) {
            bytes[i] = 'y';
            assert_int_not_equal(value_hash_text(bytes, length) >> 16, plain >> 16);
            bytes[i] = 'x';
        }
    }
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Sets of values (agent/group/distinct.h) know a value by its upper 48 bits, and look for it where bits 23 and up say. */
static void texts_of_one_make_are_told_apart_and_spread(void **state)
{
    static const char *const makes[] = {"p%zu",
                                        "name %zu",
                                        "n%07zu",
                                        "folder/file%zu.txt",
                                        "%zu of a text that is longer than two words",
                                        "a text that is longer than two words, and %zu"};
    enum { TEXTS = 1 << 17, PLACES = 1 << 12 };
    const uint64_t salt = value_salt;
    uint64_t *hashes = calloc(TEXTS, sizeof *hashes);
    unsigned *places = calloc(PLACES, sizeof *places);

    assert_true(hashes && places);
    value_salt = UINT64_C(0x9185dac6e7a143d3);
    for (size_t make = 0; make < COUNT(makes); make++) {
        unsigned most = 0;
        memset(places, 0, PLACES * sizeof *places);
        for (size_t i = 0; i < TEXTS; i++) {
            char buffer[80];
            int length = snprintf(buffer, sizeof buffer, makes[make], i);
            hashes[i] = value_hash_text(buffer, (size_t)length) >> 16;
            unsigned *place = &places[hashes[i] >> 7 & (PLACES - 1)];
            most = ++*place > most ? *place : most;
        }
        assert_in_range(most, TEXTS / PLACES, TEXTS / PLACES * 3); /* at random 60 or so of 32 */
        qsort(hashes, TEXTS, sizeof *hashes, by_number);
        for (size_t i = 1; i < TEXTS; i++)
            assert_int_not_equal(hashes[i], hashes[i - 1]);
    }
    value_salt = salt;
    free(hashes);
    free(places);
}

static void no_value_is_null(void **state)
{
    /* The salt makes one factor of the multiplication 0: what the low bits say of the integer is left. */
    assert_int_not_equal(value_hash_int((int64_t)(value_salt >> 1)), VALUE_NULL);
    assert_int_not_equal(text(""), VALUE_NULL);
    assert_int_not_equal(value_hash_double(0.5), VALUE_NULL);
    for (int64_t i = -100000; i < 100000; i++)
        assert_true(value_hash_int(i) != VALUE_NULL);
}

static void a_long_value_is_told_by_both_ends_and_is_a_list_like_a_short_one(void **state)
{
    static const struct {
        const char *open, *element, *close;
        bool is_list;
    } forms[] = {
        {"[", "100001, ", "1]", true},
        {"[", "\"a b\",", "\"c\"]", true},
        {"{", "100001,", "1}", true},
        {"{\"a b\",", "\"a b\",", "c}", true},
        {"[", "{\"k\": 1},", "{}]", true},
        {"[", "[1, 2],", "[]]", true},
        {"7", ",100001", "", true},
        {"", "a word, ", "b", false},
        {"{\"k\": [", "1, ", "2]}", false},
        {"[\"one ", "and one ", "\"]", false},
        {"[{\"k\": \"", "long ", "\"}]", false},
    };
    char value[2 * VALUE_LONG];
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t length = (size_t)snprintf(value, sizeof value, "%s", forms[i].open);
        while (length <= VALUE_LONG + 100)
            length += (size_t)snprintf(value + length, sizeof value - length, "%s", forms[i].element);
        length += (size_t)snprintf(value + length, sizeof value - length, "%s", forms[i].close);
        uint64_t hash = value_hash_long(value, length);
        if (value_is_list(hash) != forms[i].is_list)
            fail_msg("%.20s", value);
        assert_false(value_is_integer(hash));
        value[length - 3] ^= 1;
        assert_int_not_equal(value_hash_long(value, length), hash);
        value[length - 3] ^= 1;
        value[100] ^= 1;
        assert_int_not_equal(value_hash_long(value, length), hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_hash_alike_in_every_form),
        cmocka_unit_test(every_digit_of_an_integer_counts),
        cmocka_unit_test(text_that_is_no_canonical_integer_hashes_by_its_bytes),
        cmocka_unit_test(uuids_hash_alike_in_every_form),
        cmocka_unit_test(decimals_hash_by_the_number_they_are),
        cmocka_unit_test(decimals_are_rounded_to_the_nearest_double),
        cmocka_unit_test(dates_and_times_hash_alike_in_every_form),
        cmocka_unit_test(words_and_blanks_and_bytes_hash_alike_in_every_form),
        cmocka_unit_test(an_array_of_one_hashes_as_its_element),
        cmocka_unit_test(a_long_value_is_told_by_both_ends_and_is_a_list_like_a_short_one),
        cmocka_unit_test(blobs_hash_as_text_of_the_same_bytes),
        cmocka_unit_test(doubles_hash_as_the_numbers_they_are),
        cmocka_unit_test(the_salt_changes_every_hash),
        cmocka_unit_test(each_byte_of_a_text_counts),
        cmocka_unit_test(texts_of_one_make_are_told_apart_and_spread),
        cmocka_unit_test(no_value_is_null),
    };

    value_salt = UINT64_C(0x0123456789abcdef);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
