/* Slots: the literals and parameters of a text, and what the fingerprint says of each. */
#include "agent/sql/fingerprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/value/value.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct fingerprint fp;

static void of(const char *sql)
{
    fingerprint_compute(&dialect_generic, sql, strlen(sql), &fp);
}

static void literals_have_the_value_that_a_database_returns(void **state)
{
    static const char uuid[16] = "\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x14\x17\x40\x00";
    const struct {
        const char *sql;
        uint64_t value;
    } cases[] = {
        {"42", value_hash_int(42)},
        {"'42'", value_hash_int(42)},
        {"e'42'", value_hash_int(42)},
        {"N'42'", value_hash_int(42)},
        {"$$42$$", value_hash_int(42)},
        {"-42", value_hash_int(-42)},
        {"+42", value_hash_int(42)},
        {"'-42'", value_hash_int(-42)},
        {"42.0", value_hash_int(42)},
        {"4.2e1", value_hash_int(42)},
        {"4200e-2", value_hash_int(42)},
        {"0x2A", value_hash_int(42)},
        {"0b101010", value_hash_int(42)},
        {"0o52", value_hash_int(42)},
        {"4_2", value_hash_int(42)},
        {"042", value_hash_int(42)},
        {"0", value_hash_int(0)},
        {"-0", value_hash_int(0)},
        {"9223372036854775807", value_hash_int(INT64_MAX)},
        {"-9223372036854775808", value_hash_int(INT64_MIN)},
        {"9223372036854775808", value_hash_text("9223372036854775808", 19)},
        {"-9223372036854775809", value_hash_text("-9223372036854775809", 20)},
        {"99999999999999999999999", value_hash_text("99999999999999999999999", 23)},
        {"0xFFFFFFFFFFFFFFFF", value_hash_int(-1)},
        {"0.5", value_hash_double(0.5)},
        {".5", value_hash_double(0.5)},
        {"-.5", value_hash_double(-0.5)},
        {"-0.1", value_hash_double(-0.1)},
        {"12.50", value_hash_double(12.5)},
        {"1e-3", value_hash_double(1e-3)},
        {"1e300", value_hash_text("1e300", 5)},
        {"true", value_hash_int(1)},
        {"false", value_hash_int(0)},
        {"'it''s'", value_hash_text("it's", 4)},
        {"''", value_hash_text("", 0)},
        {"''''", value_hash_text("'", 1)},
        {"E'a\\n\\t\\'\\\\b'", value_hash_text("a\n\t'\\b", 6)},
        {"E'\\x41\\102\\u0043\\U00000044'", value_hash_text("ABCD", 4)},
        {"E'\\u00e9\\u20ac\\U0001F600'", value_hash_text("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9)},
        {"E'\\q\\xg'", value_hash_text("qxg", 3)},
        {"U&'\\0041\\+000042\\\\'", value_hash_text("AB\\", 3)},
        {"'a\\n'", value_hash_text("a\\n", 3)},
        {"X'4142'", value_hash_blob("AB", 2)},
        {"x'123e4567e89b12d3a456426614174000'", value_hash_blob(uuid, 16)},
        {"'123e4567-e89b-12d3-a456-426614174000'", value_hash_blob(uuid, 16)},
        {"X'4'", value_hash_text("4", 1)},
        {"X'zz'", value_hash_text("zz", 2)},
        {"b'101'", value_hash_text("101", 3)},
        {"$t$it's$t$", value_hash_text("it's", 4)},
        {"'caf\xc3\xa9'", value_hash_text("caf\xc3\xa9", 5)},
        {"'unterminated", value_hash_text("unterminated", 12)},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char sql[128];
        static const char *const before[] = {
            "select ", "select a where b = ", "select a where b=", "values (", "execute p(", "in (1,"};
        for (size_t k = 0; k < COUNT(before); k++) {
            snprintf(sql, sizeof sql, "%s%s", before[k], cases[i].sql);
            of(sql);
            uint32_t last = fp.slot_count - 1;
            assert_in_range(fp.slots_kept, 1, 2);
            if (fp.slots[last].value != cases[i].value || fp.slots[last].parameter != 0)
                fail_msg("<%s>: wrong value", sql);
        }
    }
}

static void long_literals_are_hashed_too(void **state)
{
    char sql[2000];
    memset(sql, 'x', sizeof sql);
    sql[0] = '\'';
    sql[999] = '\'';
    fingerprint_compute(&dialect_generic, sql, 1000, &fp);
    assert_int_equal(fp.slots[0].value, value_hash_text(sql + 1, 998));

    memcpy(sql + 500, "''", 2); /* is decoded, and so cut */
    fingerprint_compute(&dialect_generic, sql, 1000, &fp);
    uint64_t value = fp.slots[0].value;
    fingerprint_compute(&dialect_generic, sql, 1000, &fp);
    assert_int_equal(fp.slots[0].value, value);
    assert_int_equal(fp.slot_count, 1);
}

static void parameters_are_numbered_as_they_are_bound(void **state)
{
    static const struct {
        const char *sql;
        uint32_t numbers[6];
    } cases[] = {
        {"select ?, ?, ?", {1, 2, 3}},
        {"select $3, $1, $3", {3, 1, 3}},
        {"select ?3, ?, ?1", {3, 4, 1}},
        {"select :a, :b, :a, @a, $a, :b", {1, 2, 1, 3, 4, 2}},
        {"select ?, :a, 5, ?, :a", {1, 2, 0, 3, 2}},
        {"select $99999999999", {SLOT_PARAMETERS}},
        {"select ?0", {1}},
        {"select a where b in ($2, $1)", {2, 1}},
        {"select a where b = $1::int and c = 'x'", {1, 0}},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        of(cases[i].sql);
        for (uint32_t k = 0; k < fp.slots_kept; k++) {
            if (fp.slots[k].parameter != cases[i].numbers[k])
                fail_msg("<%s>: slot %u is parameter %u", cases[i].sql, k, fp.slots[k].parameter);
            if (fp.slots[k].parameter != 0)
                assert_int_equal(fp.slots[k].value, VALUE_NULL);
        }
    }

    of("select 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,?");
    assert_int_equal(fp.slot_count, 18);
    assert_int_equal(fp.slots_kept, FINGERPRINT_LITERALS);
    of("select :a,:b,:c,:d,:e,:f,:g,:h,:i,:j,:k,:l,:m,:n,:o,:p,:q,:r,:a");
    assert_int_equal(fp.slots[15].parameter, 16);
}

static void slots_of_lists_are_marked(void **state)
{
    static const struct {
        const char *sql;
        uint32_t listed;
    } cases[] = {
        {"select a where b = ? and c in (?, ?)", 6},
        {"select a where b in ('x', 'y', 'z') and c = 1", 7},
        {"select a where b in (1) and c in (?, ?)", 6},
        {"select a where b in (?)", 0},
        {"select a where b not in (?, ?) and d = 1 and e in (1, 2)", 0x1b},
        {"select a where b = any($1) and c = $2", 1},
        {"select a where c = $2 and b = any(array[$1, 5])", 6},
        {"select a where (b, c) in ((1, 2), (3, 4)) and d = 1", 0xf},
        {"select f(?, ?), array[1, 2] from t limit ?, ?", 0},
        {"select a where b in (select c where d in (1, 2) and e = 3)", 3},
        {"select 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 where b in (16, 17, 18)", 1 << 15},
        {"select 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17 where b in (18, 19)", 0},
        {"select a where b in (1, 2", 0},
        {"select a where b in (values (1, 2), (3, 4)) and c = 5", 0xf},
        {"select a from (values (1), (2)) as v(x) where c = 5", 3},
        {"insert into t values (1), (2)", 0},
        {"select a where d = 1 and (b = 2 or b = 3)", 6},
        {"select a where b = 1 or b = 2 or c = 3 or c = 4", 0xf},
        {"select a where b = 1 or c = 2", 0},
        {"select a where b = 1 union all select a where b = 2", 3},
        {"insert into t select 1 union all select 2", 0},
        {"update t set a = case id when 1 then 2 when 3 then 4 end where b = 5", 0xf},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        of(cases[i].sql);
        if (fp.listed != cases[i].listed)
            fail_msg("<%s>: %x is not %x", cases[i].sql, fp.listed, cases[i].listed);
    }
}

/* Behind which text of the normalised one each slot's ? stands. */
static void slots_know_where_they_stand(void **state)
{
    static const struct {
        const char *sql;
        const char *before[5];
    } cases[] = {
        {"select a where b = 1 and c = 'x'", {"b = ", "c = "}},
        {"select a where b in (1, 2, 3) and c = $1", {"b in (", "b in (", "b in (", "c = "}},
        {"select a where b in (f(1), f(2)) and c = $1", {"b in (f(", "b in (f(", "c = "}},
        {"select a where (b, c) in ((1, 2), (3, 4)) and d = 5", {"in ((", "in ((?, ", "in ((", "in ((?, ", "d = "}},
        {"insert into t values (1, now()), (2, now()) returning a + 3", {"values (", "values (", "a + "}},
        {"select null, true, \"a\" ? 'b', 'c' ? 'd'", {"null, ", "? ", "?, ", "? ? "}},
        {"select a where (b = 1 or b = 2) and c = 5", {"b = ", "b = ", "c = "}},
        {"select case when a = 1 then 2 when a = 3 then 4 else 5 end", {"a = ", "then ", "a = ", "then ", "else "}},
        {"declare a_long_name cursor for select a where b = 1", {"b = "}},
        {"select a where b in (1, null) and c = 2", {"in (", "in (", "c = "}},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        of(cases[i].sql);
        for (uint32_t k = 0; k < fp.slots_kept; k++) {
            size_t length = strlen(cases[i].before[k]);
            uint32_t at = fp.slots[k].at;
            if (at < length || fp.text[at] != '?' || memcmp(fp.text + at - length, cases[i].before[k], length) != 0)
                fail_msg("<%s>: slot %u is at %u of <%.*s>", cases[i].sql, k, at, (int)fp.text_length, fp.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_have_the_value_that_a_database_returns),
        cmocka_unit_test(long_literals_are_hashed_too),
        cmocka_unit_test(parameters_are_numbered_as_they_are_bound),
        cmocka_unit_test(slots_of_lists_are_marked),
        cmocka_unit_test(slots_know_where_they_stand),
    };

    value_salt = UINT64_C(0x0123456789abcdef);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
