#include "collectors/postgresql/statement/datum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum {
    BOOL = 16,
    BYTEA = 17,
    INT8 = 20,
    INT2 = 21,
    INT4 = 23,
    TEXT = 25,
    OID = 26,
    FLOAT4 = 700,
    FLOAT8 = 701,
    BPCHAR = 1042,
    DATE = 1082,
    TIMESTAMP = 1114,
    TIMESTAMPTZ = 1184,
    NUMERIC = 1700,
    UUID = 2950,
    INT4_ARRAY = 1007
};

/* The address sanitiser sees what is read behind the value. */
static uint64_t hash(unsigned type, bool binary, const void *data, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    uint64_t result;

    assert_non_null(copy);
    memcpy(copy, data, length);
    result = pq_datum_hash(type, binary, copy, length);
    free(copy);
    return result;
}

#define BINARY(type, bytes) hash(type, true, bytes, sizeof bytes - 1)
#define AS_TEXT(text)       hash(0, false, text, strlen(text))

static void integers_hash_as_their_text(void **state)
{
    assert_int_equal(BINARY(INT2, "\xff\xfe"), AS_TEXT("-2"));
    assert_int_equal(BINARY(INT4, "\0\0\x01\0"), AS_TEXT("256"));
    assert_int_equal(BINARY(INT8, "\x80\0\0\0\0\0\0\0"), AS_TEXT("-9223372036854775808"));
    assert_int_equal(BINARY(OID, "\xff\xff\xff\xff"), AS_TEXT("4294967295"));
    assert_int_equal(BINARY(0, "\0\0\0\x2a"), AS_TEXT("42"));
    assert_int_equal(BINARY(0, "abcd"), AS_TEXT("abcd"));
    assert_int_equal(BINARY(BOOL, "\x01"), AS_TEXT("t"));
    assert_int_equal(BINARY(BOOL, "\0"), AS_TEXT("f"));
}

static void numerics_hash_as_their_text(void **state)
{
    /* digits, weight, sign, scale, then digits of base 10000 */
    assert_int_equal(BINARY(NUMERIC, "\0\0\0\0\0\0\0\0"), AS_TEXT("0"));
    assert_int_equal(BINARY(NUMERIC, "\0\x01\0\0\0\0\0\0\0\x2a"), AS_TEXT("42"));
    assert_int_equal(BINARY(NUMERIC, "\0\x01\0\x01\0\0\0\0\0\x02"), AS_TEXT("20000"));
    assert_int_equal(BINARY(NUMERIC, "\0\x02\0\x01\x40\0\0\0\0\x01\0\x07"), AS_TEXT("-10007"));
    assert_int_equal(BINARY(NUMERIC, "\0\x02\0\0\0\0\0\x02\0\x0c\x13\x88"), AS_TEXT("12.50"));
    assert_int_equal(BINARY(NUMERIC, "\0\x01\xff\xff\0\0\0\x03\0\x0a"), AS_TEXT("0.001"));
    assert_int_equal(BINARY(NUMERIC, "\0\x01\xff\xfe\0\0\0\x06\x09\xc4"), AS_TEXT("0.000025"));
    assert_int_not_equal(BINARY(NUMERIC, "\0\0\0\0\xc0\0\0\0"), AS_TEXT("0")); /* NaN */
}

static void floats_hash_as_numbers(void **state)
{
    assert_int_equal(BINARY(FLOAT8, "\x40\x45\0\0\0\0\0\0"), AS_TEXT("42"));
    assert_int_equal(BINARY(FLOAT4, "\x42\x28\0\0"), AS_TEXT("42"));
    assert_int_equal(BINARY(FLOAT4, "\x3d\xcc\xcc\xcd"), AS_TEXT("0.1"));
    assert_int_equal(BINARY(FLOAT8, "\x3f\xb9\x99\x99\x99\x99\x99\x9a"), AS_TEXT("0.1"));
    assert_int_equal(BINARY(NUMERIC, "\0\x01\xff\xff\0\0\0\x01\x03\xe8"), AS_TEXT("0.1"));
}

static void other_values_hash_alike_in_text_and_binary(void **state)
{
    assert_int_equal(BINARY(TEXT, "caf\xc3\xa9"), AS_TEXT("caf\xc3\xa9"));
    assert_int_equal(BINARY(UUID, "\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x14\x17\x40\0"),
                     AS_TEXT("123e4567-e89b-12d3-a456-426614174000"));
    assert_int_equal(BINARY(BPCHAR, "nord   "), AS_TEXT("nord"));
    assert_int_equal(BINARY(BYTEA, "\0\xff\x61"), AS_TEXT("\\x00ff61"));
    assert_int_equal(BINARY(DATE, "\0\0\x22\x79"), AS_TEXT("2024-02-29"));
    assert_int_equal(BINARY(TIMESTAMP, "\0\0\0\x14\x1d\xd7\x60\0"), AS_TEXT("2000-01-02"));
    assert_int_equal(BINARY(TIMESTAMP, "\0\0\0\x14\x1d\xd7\x60\x01"), AS_TEXT("2000-01-02 00:00:00.000001"));
    assert_int_equal(BINARY(TIMESTAMPTZ, "\xff\xff\xff\xff\xff\xf0\xbd\xc0"), AS_TEXT("2000-01-01 00:59:59+01"));
    assert_int_equal(BINARY(INT4_ARRAY, "\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\x01\0\0\0\x01\0\0\0\x04\0\0\0\x07"), AS_TEXT("7"));
    assert_int_equal(BINARY(0, "\0\0\0\x01\0\0\0\0\0\0\0\x19\0\0\0\x01\0\0\0\x01\0\0\0\x03"
                               "abc"),
                     AS_TEXT("{abc}"));
    assert_true(
        value_is_list(BINARY(0, "\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\x02\0\0\0\x01\0\0\0\x04\0\0\0\x01\0\0\0\x04\0\0\0\x02")));
    assert_int_equal(pq_datum_hash(TEXT, false, NULL, 0), VALUE_NULL);
    assert_int_not_equal(AS_TEXT(""), VALUE_NULL);
}

/* A program may send anything; the server will refuse it. */
static void lengths_that_no_value_has_are_accepted(void **state)
{
    static const unsigned types[] = {0, BOOL, INT2, INT4, INT8, TEXT, OID, FLOAT4, FLOAT8, NUMERIC, UUID, 99999};
    char bytes[64];

    memset(bytes, 0x7f, sizeof bytes);
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        for (size_t length = 0; length <= sizeof bytes; length++) {
            hash(types[t], true, bytes, length);
            pq_datum_elements(types[t], true, bytes, length);
        }
    }
}

static uint32_t elements(const char *text)
{
    return pq_datum_elements(0, false, text, strlen(text));
}

static void arrays_tell_how_many_elements_they_have(void **state)
{
    assert_int_equal(elements("{1,2,3}"), 3);
    assert_int_equal(elements("{{1,2},{3,4}}"), 2);
    assert_int_equal(elements("{\"a,b\",\"c\\\",d\",e}"), 3);
    assert_int_equal(elements("{7}"), 1);
    assert_int_equal(elements("{}"), 0);
    assert_int_equal(elements("1,2"), 0);
    assert_int_equal(elements("{"), 0);
    assert_int_equal(pq_datum_elements(1007, true,
                                       "\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\x02\0\0\0\x01\0\0\0\x04\0\0\0\x01\0\0\0\x04\0\0\0\x02",
                                       36),
                     2);
    assert_int_equal(pq_datum_elements(1007, true, "\0\0\0\x01\0\0\0\0\0\0\0\x17\x7f\0\0\0\0\0\0\x01", 20), 0);
    assert_int_equal(pq_datum_elements(TEXT, false, "{1,2}", 5), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_hash_as_their_text),
        cmocka_unit_test(numerics_hash_as_their_text),
        cmocka_unit_test(floats_hash_as_numbers),
        cmocka_unit_test(other_values_hash_alike_in_text_and_binary),
        cmocka_unit_test(lengths_that_no_value_has_are_accepted),
        cmocka_unit_test(arrays_tell_how_many_elements_they_have),
    };

    value_salt = 12345;
    return cmocka_run_group_tests_name("libpq_datum", tests, NULL, NULL);
}
