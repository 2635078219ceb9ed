#include "agent/sql/fingerprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/sql/tags.h"
#include "agent/sql/lexer/words_table.h"
#include "agent/value/value.h"

#include "fingerprint_cases.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct fingerprint fp;

/* From a block that ends where the text ends, so that the address sanitiser sees a read behind it. */
static void compute(const char *sql, size_t length, struct fingerprint *ret)
{
    char *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, sql, length);
    fingerprint_compute(&dialect_generic, copy, length, ret);
    free(copy);
}

static void of(const char *sql)
{
    fingerprint_compute(&dialect_generic, sql, strlen(sql), &fp);
}

static void normalised_text_is_as_listed(void **state)
{
    unsigned wrong = 0;

    for (size_t i = 0; i < COUNT(text_cases); i++) {
        const struct text_case *c = &text_cases[i];
        compute(c->sql, strlen(c->sql), &fp);
        if (fp.length != strlen(c->text) || memcmp(fp.text, c->text, fp.length) != 0) {
            print_error("<%s> is <%.*s>, not <%s>\n", c->sql, (int)fp.text_length, fp.text, c->text);
            wrong++;
        }
        assert_int_equal(fp.hash, hash_bytes(fp.text, fp.length, 0));
        assert_int_equal(fp.text_length, fp.length);
    }
    assert_int_equal(wrong, 0);
}

static void check_canonical(const char *sql, size_t length)
{
    static struct fingerprint again;

    compute(sql, length, &fp);
    compute(fp.text, fp.text_length, &again);
    if (again.length != fp.length || memcmp(again.text, fp.text, fp.length) != 0)
        fail_msg("<%.*s>: <%.*s> becomes <%.*s>", (int)length, sql, (int)fp.length, fp.text, (int)again.length, again.text);
    assert_int_equal(again.hash, fp.hash);
    assert_int_equal(again.verb, fp.verb);
    assert_int_equal(again.statements, fp.statements);
}

static void normalising_again_changes_nothing_for_every_prefix(void **state)
{
    for (size_t i = 0; i < COUNT(text_cases); i++) {
        for (size_t n = 0; n <= strlen(text_cases[i].sql); n++)
            check_canonical(text_cases[i].sql, n);
    }
}

static void every_byte_is_accepted_everywhere(void **state)
{
    static const char *const around[][2] = {{"", ""},          {"select ", ""}, {"select a", "b"},
                                            {"in (1,", ",2)"}, {"'", "'"},      {"a[", "]"}};
    char sql[64];

    for (size_t i = 0; i < COUNT(around); i++) {
        for (unsigned c = 0; c < 256; c++) {
            for (unsigned d = 0; d < 256; d++) {
                size_t n = strlen(around[i][0]);
                memcpy(sql, around[i][0], n);
                sql[n++] = (char)c;
                sql[n++] = (char)d;
                strcpy(sql + n, around[i][1]);
                check_canonical(sql, n + strlen(around[i][1]));
            }
        }
    }
}

static void statements_that_differ_in_values_only_are_equal(void **state)
{
    for (size_t i = 0; i < COUNT(equal_pairs); i++) {
        of(equal_pairs[i][0]);
        uint64_t hash = fp.hash;
        of(equal_pairs[i][1]);
        if (fp.hash != hash)
            fail_msg("<%s> and <%s> differ", equal_pairs[i][0], equal_pairs[i][1]);
    }
}

static void statements_of_different_meaning_differ(void **state)
{
    for (size_t i = 0; i < COUNT(different_pairs); i++) {
        of(different_pairs[i][0]);
        uint64_t hash = fp.hash;
        of(different_pairs[i][1]);
        if (fp.hash == hash)
            fail_msg("<%s> and <%s> are equal", different_pairs[i][0], different_pairs[i][1]);
    }
}

static void verb_is_of_the_first_statement(void **state)
{
    static const struct {
        const char *sql;
        enum sql_verb verb;
    } cases[] = {
        {"", SQL_OTHER},
        {"select 1", SQL_SELECT},
        {" ;/* a */ -- b\n SELECT 1", SQL_SELECT},
        {"(select 1)", SQL_SELECT},
        {"((select 1) union select 2)", SQL_SELECT},
        {"values (1)", SQL_SELECT},
        {"table t", SQL_SELECT},
        {"insert into t values (1)", SQL_INSERT},
        {"replace into t values (1)", SQL_INSERT},
        {"update t set a = 1", SQL_UPDATE},
        {"delete from t", SQL_DELETE},
        {"merge into t using u on a", SQL_MERGE},
        {"with x as (select 1) select * from x", SQL_SELECT},
        {"with recursive x(a) as (values (1) union all select a from x) select * from x", SQL_SELECT},
        {"with x as (select 1) insert into t select * from x", SQL_INSERT},
        {"with x as (select 1) update t set a = 1", SQL_UPDATE},
        {"with x as materialized (delete from t returning a), y as (select 2) delete from u", SQL_DELETE},
        {"with x as (select 1) merge into t using x on true", SQL_MERGE},
        {"with merge as (select 1) select * from merge", SQL_SELECT},
        {"with replace as (select 1) update t set a = 1", SQL_UPDATE},
        {"with x as (select 1) replace into t values (1)", SQL_INSERT},
        {"with x as (select 1) values (1)", SQL_SELECT},
        {"with x as (select 1)", SQL_OTHER},
        {"begin", SQL_BEGIN},
        {"BEGIN IMMEDIATE", SQL_BEGIN},
        {"start transaction", SQL_BEGIN},
        {"commit", SQL_COMMIT},
        {"end", SQL_COMMIT},
        {"rollback", SQL_ROLLBACK},
        {"rollback to savepoint a", SQL_ROLLBACK},
        {"abort", SQL_ROLLBACK},
        {"savepoint a", SQL_SAVEPOINT},
        {"release savepoint a", SQL_RELEASE},
        {"prepare p as select 1", SQL_PREPARE},
        {"execute p(1)", SQL_EXECUTE},
        {"deallocate all", SQL_DEALLOCATE},
        {"discard all", SQL_DISCARD},
        {"copy t from stdin", SQL_COPY},
        {"declare c cursor for select 1", SQL_DECLARE},
        {"fetch 10 from c", SQL_FETCH},
        {"move 10 from c", SQL_FETCH},
        {"close c", SQL_CLOSE},
        {"create table t(a)", SQL_DDL},
        {"alter table t add b int", SQL_DDL},
        {"drop table t", SQL_DDL},
        {"truncate t", SQL_DDL},
        {"pragma foreign_keys", SQL_PRAGMA},
        {"explain select 1", SQL_PRAGMA},
        {"set a = 1", SQL_PRAGMA},
        {"show a", SQL_PRAGMA},
        {"vacuum", SQL_PRAGMA},
        {"analyze t", SQL_PRAGMA},
        {"listen x", SQL_PRAGMA},
        {"attach 'x' as y", SQL_PRAGMA},
        {"lock table t", SQL_OTHER},
        {"call p(1)", SQL_OTHER},
        {"selects", SQL_OTHER},
        {"deallocatx a", SQL_OTHER},
        {"\"select\" 1", SQL_OTHER},
        {"? select", SQL_OTHER},
        {"a_first_word_that_is_long select", SQL_OTHER},
        {"begin; select 1", SQL_BEGIN},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        of(cases[i].sql);
        if (fp.verb != cases[i].verb)
            fail_msg("<%s> has verb %d, not %d", cases[i].sql, fp.verb, cases[i].verb);
    }
}

static void counts_are_those_of_the_text(void **state)
{
    static const struct {
        const char *sql;
        uint32_t statements, slots, list, rows;
        bool limit, offset;
    } cases[] = {
        {"", 0, 0, 0, 0, false, false},
        {"select 1;;", 1, 1, 0, 0, false, false},
        {"begin; select 1; commit", 3, 1, 0, 0, false, false},
        {"select a where b in (1)", 1, 1, 1, 0, false, false},
        {"select a where b in (1,2,3) and c in (4,5)", 1, 5, 3, 0, false, false},
        {"select a where b in (?,?,?,?)", 1, 4, 4, 0, false, false},
        {"select a where (b, c) in ((1,2),(3,4),(5,6))", 1, 6, 3, 0, false, false},
        {"select a where b in (select 1)", 1, 1, 0, 0, false, false},
        {"select a where b in (c, d)", 1, 0, 0, 0, false, false},
        {"select a where b in ()", 1, 0, 0, 0, false, false},
        {"select a where b = any(array[1,2,3,4,5])", 1, 5, 5, 0, false, false},
        {"select array[1,2,3,4,5]", 1, 5, 0, 0, false, false},
        {"select a from unnest(array[1,2,3], array[4,5,6]) b", 1, 6, 3, 0, false, false},
        {"select a where array[b] <@ array[1,2,3]", 1, 3, 3, 0, false, false},
        {"select a where array[1,2,3] = b", 1, 3, 0, 0, false, false},
        {"insert into t values (1,2)", 1, 2, 0, 1, false, false},
        {"insert into t values (1,2),(3,4),(5,now())", 1, 5, 0, 3, false, false},
        {"with x as (select 1) insert into t values (1),(2)", 1, 3, 0, 2, false, false},
        {"replace into t values (1),(2)", 1, 2, 0, 2, false, false},
        {"values (1),(2)", 1, 2, 2, 0, false, false},
        {"insert into t select 1", 1, 1, 0, 0, false, false},
        {"select a where b = 1 or b = 2 or b = 3", 1, 3, 3, 0, false, false},
        {"select a where (b = 1 and c = 2) or (b = 3 and c = 4)", 1, 4, 2, 0, false, false},
        {"select a where b = 1 or c = 2", 1, 2, 0, 0, false, false},
        {"select 1 union all select 2 union all select 3", 1, 3, 3, 0, false, false},
        {"insert into t select 1 union all select 2 union all select 3", 1, 3, 0, 3, false, false},
        {"update t set a = case id when 1 then 2 when 3 then 4 end", 1, 4, 2, 0, false, false},
        {"select 1; insert into t values (1),(2)", 2, 3, 0, 2, false, false},
        {"select a limit 10", 1, 1, 0, 0, true, false},
        {"select a limit 10 offset 5", 1, 2, 0, 0, true, true},
        {"select a limit 5, 10", 1, 2, 0, 0, true, true},
        {"select a limit ? offset ?", 1, 2, 0, 0, true, true},
        {"select a offset 5 rows fetch next 10 rows only", 1, 2, 0, 0, true, true},
        {"select a fetch first row only", 1, 0, 0, 0, true, false},
        {"select a limit all offset 1", 1, 1, 0, 0, true, true},
        {"select a from (select b limit 10 offset 1)", 1, 2, 0, 0, false, false},
        {"fetch next from c", 1, 0, 0, 0, false, false},
        {"fetch first from c", 1, 0, 0, 0, false, false},
        {"select t.limit, t.offset from t", 1, 0, 0, 0, false, false},
        {"select a limit 1 for update of b, c", 1, 1, 0, 0, true, false},
        {"select null, a is true", 1, 0, 0, 0, false, false},
        {"select \"a\" ? 'b'", 1, 1, 0, 0, false, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        of(cases[i].sql);
        if (fp.statements != cases[i].statements || fp.slot_count != cases[i].slots || fp.list_max != cases[i].list ||
            fp.rows_max != cases[i].rows || fp.has_limit != cases[i].limit || fp.has_offset != cases[i].offset)
            fail_msg("<%s>: statements %u, slots %u, list %u, rows %u, limit %d, offset %d", cases[i].sql, fp.statements,
                     fp.slot_count, fp.list_max, fp.rows_max, fp.has_limit, fp.has_offset);
    }
}

static void null_is_accepted_without_length(void **state)
{
    fingerprint_compute(&dialect_generic, NULL, 0, &fp);
    assert_int_equal(fp.length, 0);
    assert_int_equal(fp.hash, hash_bytes("", 0, 0));
}

static void tags_are_found_at_both_ends(void **state)
{
    static const struct {
        const char *sql;
        const char *tags;
    } cases[] = {
        {"select 1", ""},
        {"select 1 /*route='%2Fx'*/", "route='%2Fx'"},
        {"select 1 /*route='%2Fx',traceparent='00-ab-cd-01'*/;", "route='%2Fx',traceparent='00-ab-cd-01'"},
        {"select 1; /* route='x' */ -- b", "route='x'"},
        {"/*a='b'*/ select 1", "a='b'"},
        {"/*a='b'*/ select 1 /*c='d'*/", "c='d'"},
        {"/*a='b'*/ select 1 /*c='d'*/ + 2", "a='b'"},
        {"select /*a='b'*/ 1", ""},
        {"select 1 /*a='b'*/ /* and prose */", "a='b'"},
        {"select 1 /*a='b',c*/", ""},
        {"select 1 /*a='b',*/", ""},
        {"select 1 /*a=b*/", ""},
        {"select 1 /*a='b*/", ""},
        {"select 1 /*='b'*/", ""},
        {"select 1 /**/", ""},
        {"select 1 /*'*/", ""},
        {"select 1 /*a='b'", ""},
        {"select 1 -- a='b'", ""},
        {"select 1 /*a='it\\'s', b = 'c'*/", ""},
        {"select 1 /*a='it\\'s', b='c'*/", "a='it\\'s', b='c'"},
        {"select '/*a='/*b*/", ""},
        {"/*a='b'*/", "a='b'"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        of(cases[i].sql);
        if (fp.tags_length != strlen(cases[i].tags) ||
            (fp.tags_length > 0 && memcmp(fp.tags, cases[i].tags, fp.tags_length) != 0))
            fail_msg("<%s> has tags <%.*s>", cases[i].sql, (int)fp.tags_length, fp.tags ? fp.tags : "");
        if (fp.tags_length > 0)
            assert_in_range((uintptr_t)fp.tags, (uintptr_t)cases[i].sql, (uintptr_t)cases[i].sql + strlen(cases[i].sql));
    }
}

static void tags_are_decoded(void **state)
{
    static const char tags[] = "a='b', route='%2Fshop%2f%C3%A9',q='it\\'s',bad='%zz%00%4',db%20name='x',empty=''";
    char out[32];

    assert_true(tags_value(tags, strlen(tags), "route", out, sizeof out));
    assert_string_equal(out, "/shop/\xc3\xa9");
    assert_true(tags_value(tags, strlen(tags), "a", out, sizeof out));
    assert_string_equal(out, "b");
    assert_true(tags_value(tags, strlen(tags), "q", out, sizeof out));
    assert_string_equal(out, "it's");
    assert_true(tags_value(tags, strlen(tags), "bad", out, sizeof out));
    assert_string_equal(out, "%zz%00%4");
    assert_true(tags_value(tags, strlen(tags), "db name", out, sizeof out));
    assert_string_equal(out, "x");
    assert_true(tags_value(tags, strlen(tags), "empty", out, sizeof out));
    assert_string_equal(out, "");
    assert_false(tags_value(tags, strlen(tags), "rout", out, sizeof out));
    assert_false(tags_value(tags, strlen(tags), "routes", out, sizeof out));
    assert_false(tags_value(tags, strlen(tags), "", out, sizeof out));
    assert_false(tags_value(NULL, 0, "a", out, sizeof out));
    assert_true(tags_value(tags, strlen(tags), "route", out, 4));
    assert_string_equal(out, "/sh");
    assert_true(tags_value(tags, strlen(tags), "route", out, 0));
}

/* As fingerprint.h defines the hash of a long text. */
static uint64_t block_hash(const char *text, size_t length)
{
    uint64_t hash = 0;

    for (; length > FINGERPRINT_TEXT; length -= FINGERPRINT_TEXT, text += FINGERPRINT_TEXT)
        hash = hash_bytes(text, FINGERPRINT_TEXT, hash);
    return hash_bytes(text, length, hash);
}

static void long_texts_are_cut_but_hashed_whole(void **state)
{
    static char sql[60000];

    for (size_t length = 1; length < sizeof sql; length += length < 4000 || length > 9000 ? 997 : 1) {
        for (size_t i = 0; i < length; i++)
            sql[i] = i % 8 == 7 && i + 1 < length ? ' ' : (char)('a' + i * 7 % 26);
        fingerprint_compute(&dialect_generic, sql, length, &fp);
        assert_int_equal(fp.length, length);
        assert_int_equal(fp.text_length, length < FINGERPRINT_TEXT ? length : FINGERPRINT_TEXT);
        assert_memory_equal(fp.text, sql, fp.text_length);
        assert_int_equal(fp.hash, block_hash(sql, length));
    }
    sql[59000] ^= 1;
    uint64_t hash = fp.hash;
    fingerprint_compute(&dialect_generic, sql, fp.length, &fp);
    assert_int_not_equal(fp.hash, hash);
}

static void a_long_quoted_name_is_copied_whole(void **state)
{
    static char sql[20000];

    for (size_t length = 3; length < sizeof sql; length += 499) {
        memset(sql, 'X', length);
        sql[0] = sql[length - 1] = '"';
        fingerprint_compute(&dialect_generic, sql, length, &fp);
        assert_int_equal(fp.length, length);
        assert_int_equal(fp.hash, block_hash(sql, length));
    }
}

static void text_is_cut_between_characters(void **state)
{
    static char sql[8192];

    for (size_t shift = 0; shift < 4; shift++) {
        memset(sql, 'a', sizeof sql);
        for (size_t i = FINGERPRINT_TEXT - 100 - shift; i + 4 < sizeof sql; i += 4)
            memcpy(sql + i, "\xf0\x9f\x98\x80", 4);
        fingerprint_compute(&dialect_generic, sql, sizeof sql, &fp);
        assert_int_equal(fp.text_length, FINGERPRINT_TEXT - shift);
        assert_int_equal(fp.length, sizeof sql);
    }
}

static void lists_collapse_across_the_edge_of_a_block(void **state)
{
    static char sql[16384];

    /* at every position of the list around the block's end, the text has the same length after it */
    for (size_t n = 4000; n < 5200; n++) {
        memset(sql, 'a', n);
        size_t length = n + (size_t)snprintf(sql + n, sizeof sql - n, " in (1,2,3,4,5,6,7,8,9) b values (1,2),(3,4),(5,6)");
        fingerprint_compute(&dialect_generic, sql, length, &fp);
        assert_int_equal(fp.length, n + strlen(" in (?) b values (?)"));
        assert_int_equal(fp.list_max, 9);
    }
}

static void a_list_of_any_length_is_one_element(void **state)
{
    static char sql[400000];
    size_t n = (size_t)snprintf(sql, sizeof sql, "select a where b in (");

    for (int i = 0; i < 50000; i++)
        n += (size_t)snprintf(sql + n, sizeof sql - n, "%d,", i);
    sql[n - 1] = ')';
    compute(sql, n, &fp);
    assert_int_equal(fp.length, strlen("select a where b in (?)"));
    assert_int_equal(fp.list_max, 50000);
    assert_int_equal(fp.slot_count, 50000);
}

/* Elements of a list are taken one by one or many at once. */
static void the_elements_of_a_list_may_be_of_any_kind(void **state)
{
    static const char *const elements[] = {"1",    "$1", "?",   "'x'",  "''", "'it''s'", "'a\\'", "-1", "1.5",
                                           "null", " 7", "\n8", "e'y'", "c",  "?5",      "0x1f",  ":a"};
    static struct fingerprint one;

    for (size_t i = 0; i < COUNT(elements); i++) {
        for (size_t before = 0; before < 40; before++) {
            char sql[600] = "select a where b in (", short_one[100];
            for (size_t k = 0; k < before; k++)
                strcat(sql, k % 3 ? "12," : "'ab', ");
            strcat(strcat(sql, elements[i]), ",3, 4) and c = 5");
            of(sql);
            snprintf(short_one, sizeof short_one, "select a where b in (%s%s, 1) and c = 1", before ? "1, " : "", elements[i]);
            fingerprint_compute(&dialect_generic, short_one, strlen(short_one), &one);
            if (one.hash != fp.hash)
                fail_msg("<%s> is <%.*s>", sql, (int)fp.text_length, fp.text);
            assert_int_equal(fp.slot_count, before + 3 + (strcmp(elements[i], "c") != 0));
            if (strcmp(elements[i], "c") != 0)
                assert_int_equal(fp.list_max, before + 3);
        }
    }
}

static void nesting_of_any_depth_is_accepted(void **state)
{
    static char sql[100000];

    for (size_t depth = 1; depth < 40; depth++) {
        size_t n = 0;
        for (size_t i = 0; i < depth; i++)
            n += (size_t)snprintf(sql + n, sizeof sql - n, "in ((select 1, 1) ,");
        n += (size_t)snprintf(sql + n, sizeof sql - n, "array[1,[2],[3]]");
        for (size_t i = 0; i < depth; i++)
            n += (size_t)snprintf(sql + n, sizeof sql - n, ",2,3)");
        check_canonical(sql, n);
    }
    memset(sql, '(', sizeof sql);
    compute(sql, sizeof sql, &fp);
    assert_int_equal(fp.length, sizeof sql);
    memset(sql, ')', sizeof sql);
    compute(sql, sizeof sql, &fp);
    assert_int_equal(fp.length, sizeof sql);
}

static uint32_t info_of(const char *text)
{
    uint64_t head = 0;
    size_t length = strlen(text);

    memcpy(&head, text, length < sizeof head ? length : sizeof head);
    return word_info((const unsigned char *)text, (unsigned)length, head);
}

static void key_words_are_found_whatever_their_length(void **state)
{
    static const char *const words[] = {"as", "with", "select", "savepoint", "checkpoint", "deallocate"};
    static const char *const others[] = {"a",         "selects",     "selec",           "sElect",
                                         "checkpoin", "checkpoint_", "aaaaaaaaaaaaaaa", "\xff\xff"};

    for (size_t i = 0; i < COUNT(words); i++) {
        const struct word *word = word_find(words[i], strlen(words[i]));
        assert_non_null(word);
        assert_string_equal(word->name, words[i]);
        assert_int_equal(info_of(words[i]), word->info);
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_null(word_find(others[i], strlen(others[i])));
        assert_int_equal(info_of(others[i]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalised_text_is_as_listed),
        cmocka_unit_test(normalising_again_changes_nothing_for_every_prefix),
        cmocka_unit_test(every_byte_is_accepted_everywhere),
        cmocka_unit_test(statements_that_differ_in_values_only_are_equal),
        cmocka_unit_test(statements_of_different_meaning_differ),
        cmocka_unit_test(verb_is_of_the_first_statement),
        cmocka_unit_test(counts_are_those_of_the_text),
        cmocka_unit_test(null_is_accepted_without_length),
        cmocka_unit_test(tags_are_found_at_both_ends),
        cmocka_unit_test(tags_are_decoded),
        cmocka_unit_test(long_texts_are_cut_but_hashed_whole),
        cmocka_unit_test(a_long_quoted_name_is_copied_whole),
        cmocka_unit_test(text_is_cut_between_characters),
        cmocka_unit_test(lists_collapse_across_the_edge_of_a_block),
        cmocka_unit_test(a_list_of_any_length_is_one_element),
        cmocka_unit_test(the_elements_of_a_list_may_be_of_any_kind),
        cmocka_unit_test(nesting_of_any_depth_is_accepted),
        cmocka_unit_test(key_words_are_found_whatever_their_length),
    };

    value_salt = UINT64_C(0x0123456789abcdef);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
