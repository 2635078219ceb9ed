#include "agent/statement/statement.h"

#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/memory.h"
#include "agent/probe/probe.h"
#include "agent/probe/text_cache.h"
#include "agent/sql/dialect.h"

#include "agent/value/value.h"

static struct statement_text look_up(const char *sql)
{
    struct statement_text text;
    size_t length = strlen(sql);
    char *copy = malloc(length ? length : 1); /* not terminated, and gone afterwards */

    assert_non_null(copy);
    memcpy(copy, sql, length);
    memset(&text, 0x55, sizeof text);
    text = text_find(thread_current(), &dialect_generic, copy, length)->text;
    free(copy);
    return text;
}

static void one_fingerprint_is_one_statement(void **state)
{
    struct statement_text a = look_up("SELECT * FROM t WHERE id = 1"), b = look_up("select *  from t where id=22 -- x");

    assert_non_null(a.statement);
    assert_ptr_equal(a.statement, b.statement);
    assert_int_equal(a.statement->verb, SQL_SELECT);
    assert_int_equal(a.statement->text_length, a.statement->length);
    assert_memory_equal(a.statement->text, "select * from t where id = ?", a.statement->text_length);
    assert_ptr_not_equal(look_up("select * from u where id = 1").statement, a.statement);
}

static void literals_count_as_values(void **state)
{
    uint64_t one = look_up("select * from t where id = 1").literals, two = look_up("select * from t where id = 2").literals;

    assert_int_not_equal(one, two);
    assert_int_not_equal(one, 0);
    assert_int_equal(look_up("SELECT * from t where id = 1").literals, one);
    assert_int_equal(look_up("select * from t where id = ?").literals, STATEMENT_NO_LITERALS);
}

static void order_and_number_of_literals_matter(void **state)
{
    assert_int_not_equal(look_up("select * from t where a = 1 and b = 2").literals,
                         look_up("select * from t where a = 2 and b = 1").literals);
}

static void more_literals_than_are_kept_are_still_told_apart(void **state)
{
    char a[400] = "select * from t where x in (1) and c = 1", b[sizeof a];

    for (unsigned i = 0; i < 20; i++)
        snprintf(a + strlen(a), sizeof a - strlen(a), " and c%u = %u", i, i);
    strcpy(b, a);
    b[strlen(b) - 1] = '0'; /* the last of 22 literals differs */
    assert_ptr_equal(look_up(a).statement, look_up(b).statement);
    assert_int_not_equal(look_up(a).literals, look_up(b).literals);
    assert_int_equal(look_up(a).literals, look_up(a).literals);
}

static void a_known_text_gives_what_it_gave(void **state)
{
    struct statement_text first = look_up("select a from b where c in (1, 2, 3) and d = ?");

    for (unsigned i = 0; i < 3; i++) {
        struct statement_text again = look_up("select a from b where c in (1, 2, 3) and d = ?");
        assert_ptr_equal(again.statement, first.statement);
        assert_int_equal(again.literals, first.literals);
        assert_int_equal(again.list_max, 3);
        assert_int_equal(again.statements, 1);
        assert_int_equal(again.slot_count, first.slot_count);
    }
}

static void lists_of_rows_count_too(void **state)
{
    assert_int_equal(look_up("insert into t values (1, 2), (3, 4), (5, 6), (7, 8)").list_max, 4);
}

static void a_text_without_a_statement_has_none_in_it(void **state)
{
    assert_int_equal(look_up("").statements, 0);
    assert_int_equal(look_up(" -- nothing\n;;").statements, 0);
    assert_int_equal(look_up("select 1; select 2").statements, 2);
}

/* More texts than the cache has places: each look-up gives its own statement's values again. */
static void a_full_cache_mixes_nothing_up(void **state)
{
    static uint64_t literals[1000];

    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 1000; i++) {
            char sql[64];
            snprintf(sql, sizeof sql, "select * from t where id = %u", i);
            struct statement_text text = look_up(sql);
            if (round == 0)
                literals[i] = text.literals;
            assert_int_equal(text.literals, literals[i]);
            assert_int_equal(text.literals, hash_mix(0, value_hash_int(i)));
        }
    }
}

/* The lexer leaves its fingerprint in thread->scratch. */
static bool is_lexed(const char *sql)
{
    thread_current()->scratch.hash = 1;
    look_up(sql);
    return thread_current()->scratch.hash != 1;
}

static void a_text_that_differs_in_its_values_is_not_lexed_again(void **state)
{
    struct statement_text first = look_up("update accounts set balance = balance + 17 where id = 4 and name = 'x'"), text;
    const char *other = "update accounts set balance = balance + -3 where id = 123456 and name = 'somebody else'";

    assert_false(is_lexed(other));
    text = look_up(other);
    assert_ptr_equal(text.statement, first.statement);
    assert_int_equal(text.slot_count, 3);
    assert_int_equal(text.slots[0].value, value_hash_int(-3));
    assert_int_equal(text.slots[1].value, value_hash_int(123456));
    assert_int_equal(text.slots[2].value, value_hash_text("somebody else", 13));
    assert_int_equal(text.literals, hash_mix(hash_mix(hash_mix(0, value_hash_int(-3)), value_hash_int(123456)),
                                             value_hash_text("somebody else", 13)));
    assert_int_equal(text.special, first.special);
    assert_true(is_lexed("update accounts set balance = balance + 17 where id = 4 or name = 'x'"));
    assert_false(is_lexed("update accounts set balance = balance + 17 where id = 4 and name = 'x'")); /* both are known */
    assert_true(
        is_lexed("select a, b, c from t where x = 5 /*traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'*/"));
    assert_true(
        is_lexed("select a, b, c from t where x = 6 /*traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'*/"));
}

static void any_bytes_are_a_statement(void **state)
{
    uint64_t random = 7;

    for (unsigned i = 0; i < 2000; i++) {
        char sql[64];
        for (unsigned at = 0; at < sizeof sql; at++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            sql[at] = (char)(random >> 56);
        }
        struct statement_text text;
        text = text_find(thread_current(), &dialect_generic, sql, random % sizeof sql)->text;
        assert_true(text.slot_count <= STATEMENT_SLOTS);
    }
}

/* The last one: memory stays used up. */
static void without_memory_there_is_no_statement_and_no_harm(void **state)
{
    unsigned refused = 0;

    memory_set_limit(memory_used());
    for (unsigned i = 0; i < 3000; i++) {
        char sql[300];
        snprintf(sql, sizeof sql, "select a%u from a_table_with_a_rather_long_name_%u_%0200u", i, i, 0);
        refused += look_up(sql).statement == NULL;
    }
    assert_in_range(refused, 1000, 3000);
    assert_non_null(look_up("SELECT * FROM t WHERE id = 12345").statement); /* known ones go on */
    assert_true(memory_refusals() > 0);
}

static void slots_of_a_text_have_what_the_statement_says_of_its_marks(void **state)
{
    struct statement_text text = look_up("select * from t where a in (1, 2, 3) and b = any($1) and id > 7 order by id limit 10");
    char name[48];

    assert_true(text.statement->facts.key_page);
    assert_int_equal(text.key_slot, 4);
    assert_int_equal(text.list_values, 1 << 3);
    assert_int_equal(text.listed, 0xf);
    assert_int_equal(statement_slot_column(&text, 2, name, sizeof name), 1);
    assert_string_equal(name, "a");
    assert_int_equal(statement_slot_column(&text, 4, name, sizeof name), 2);
    assert_string_equal(name, "id");
    assert_int_equal(statement_slot_column(&text, 4, name, 2), 0);
    assert_int_equal(statement_slot_column(&text, 5, name, sizeof name), 0);
    assert_int_equal(statement_slot_column(&text, 99, name, sizeof name), 0);

    /* the same statement with a longer list */
    text = look_up("select * from t where a in (1, 2, 3, 4) and b = any($1) and id > 7 order by id limit 10");
    assert_int_equal(text.key_slot, 5);
    assert_int_equal(text.list_values, 1 << 4);
    text = look_up("select * from t where a = 1");
    assert_int_equal(text.key_slot, STATEMENT_SLOTS);
    assert_int_equal(text.list_values, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_fingerprint_is_one_statement),
        cmocka_unit_test(literals_count_as_values),
        cmocka_unit_test(order_and_number_of_literals_matter),
        cmocka_unit_test(more_literals_than_are_kept_are_still_told_apart),
        cmocka_unit_test(a_known_text_gives_what_it_gave),
        cmocka_unit_test(lists_of_rows_count_too),
        cmocka_unit_test(a_text_without_a_statement_has_none_in_it),
        cmocka_unit_test(a_full_cache_mixes_nothing_up),
        cmocka_unit_test(a_text_that_differs_in_its_values_is_not_lexed_again),
        cmocka_unit_test(any_bytes_are_a_statement),
        cmocka_unit_test(slots_of_a_text_have_what_the_statement_says_of_its_marks),
        cmocka_unit_test(without_memory_there_is_no_statement_and_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
