#include "tests/unit/check.h"

#include <string.h>

#include "collectors/sqlite3/late/expanded.h"

/* Bound to the library, whose functions are asked as those of a copy are. */
static const struct sqlite_api api = {
#define MEMBER(type, name, parameters) .name = sqlite3_##name,
    SQLITE_CALLED(MEMBER)
#undef MEMBER
};

static sqlite3 *db;
static unsigned given; /* that expanded_sql has given out, minus those freed */

static char *no_memory(sqlite3_stmt *statement)
{
    (void)statement;
    return NULL;
}

static char *counted(sqlite3_stmt *statement)
{
    given++;
    return sqlite3_expanded_sql(statement);
}

static void counted_free(void *memory)
{
    given--;
    sqlite3_free(memory);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    return statement;
}

static struct values read_values(sqlite3_stmt *statement)
{
    struct sqlite_api asked = api;
    struct values values = {.all = 1, .value = {2}, .more = 3};

    asked.expanded_sql = counted;
    asked.free = counted_free;
    expanded_read(&asked, statement, &values);
    assert_int_equal(given, 0);
    return values;
}

/* Wherever else in the text something looks like a parameter, the one that is there gets its value: the second of three. */
static void a_parameter_is_found_in_every_text(void **state)
{
    static const char *const texts[] = {
        "SELECT ?1, ?2, ?3",
        "SELECT ?,?,?",
        "SELECT :a, :b, :c, :b, :a",
        "SELECT $a, @b, :c, @b",
        "SELECT '?', ?, '''?', ?, ?",
        "SELECT \"a?\"\"?\", ?, ?, ? FROM (SELECT 1 AS \"a?\"\"?\")",
        "SELECT `a?`, ?, ?, ? FROM (SELECT 1 AS `a?`)",
        "SELECT [a?'], ?, ?, ? FROM (SELECT 1 AS [a?'])",
        "SELECT /* ? ' */ ?, ? -- ? :a \"\n, ?",
        "SELECT ?/?, 4-?-1",
        "SELECT ?-?, 4*?",
        "SELECT x'3f3f', 1e5, ?, a$b, ?, 0x10, ? FROM (SELECT 1 AS a$b)",
        "SELECT $a::b(c?), $d, @e",
        "SELECT ?3, ?2, ?1, ?",
        "SELECT ?2, ?1, ?3",
        "SELECT \xc3\xa9, ?, ?, ? FROM (SELECT 1 AS \xc3\xa9)",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        sqlite3_stmt *statement = prepare(texts[i]);
        struct values values;
        for (int k = 1; k <= sqlite3_bind_parameter_count(statement); k++)
            sqlite3_bind_int(statement, k, k * 1001);
        values = read_values(statement);
        for (int k = 1; k <= sqlite3_bind_parameter_count(statement); k++) {
            if (values.value[k - 1] != value_hash_int(k * 1001))
                fail_msg("parameter %d of %s", k, texts[i]);
        }
        sqlite3_finalize(statement);
    }
}

static void a_value_hashes_as_the_one_that_was_bound(void **state)
{
    static const char text[] = "it's '?' /* :a */ \xc3\xa9\n", bytes[] = "\0\x01'\xff";
    sqlite3_stmt *statement = prepare("SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?");
    struct values values;

    (void)state;
    sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, bytes, sizeof bytes - 1, SQLITE_STATIC);
    sqlite3_bind_double(statement, 3, 0.1);
    sqlite3_bind_int64(statement, 4, INT64_MIN);
    sqlite3_bind_double(statement, 5, 42);
    sqlite3_bind_zeroblob(statement, 6, 9);
    sqlite3_bind_text16(statement, 7, u"caf\u00e9", -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 8, "", 0, SQLITE_STATIC);
    values = read_values(statement);
    assert_int_equal(values.value[0], value_hash_text(text, strlen(text)));
    assert_int_equal(values.value[1], value_hash_blob(bytes, sizeof bytes - 1));
    assert_int_equal(values.value[2], value_hash_double(0.1));
    assert_int_equal(values.value[3], value_hash_int(INT64_MIN));
    assert_int_equal(values.value[4], value_hash_int(42));
    assert_int_equal(values.value[5], hash_mix(9, 0));
    assert_int_equal(values.value[6], value_hash_text("caf\xc3\xa9", 5));
    assert_int_equal(values.value[7], value_hash_text("", 0));
    assert_int_equal(values.value[8], VALUE_NULL);
    sqlite3_finalize(statement);
}

static void the_values_together_are_as_if_they_were_bound_one_by_one(void **state)
{
    sqlite3_stmt *statement = prepare("SELECT ?2, ?1, ?2");
    struct values values, bound = {0};

    (void)state;
    sqlite3_bind_int(statement, 1, 7);
    sqlite3_bind_text(statement, 2, "b", -1, SQLITE_STATIC);
    values_bind(&bound, 0, value_hash_int(7));
    values_bind(&bound, 1, value_hash_text("b", 1));
    values = read_values(statement);
    assert_memory_equal(&values, &bound, sizeof bound);
    sqlite3_finalize(statement);
}

static void without_memory_no_two_executions_have_the_same_values(void **state)
{
    sqlite3_stmt *statement = prepare("SELECT ?");
    struct sqlite_api poor = api;
    struct values first, second;

    (void)state;
    poor.expanded_sql = no_memory;
    expanded_read(&poor, statement, &first);
    expanded_read(&poor, statement, &second);
    assert_int_equal(first.value[0], VALUE_NULL);
    assert_true(first.all != second.all);
    sqlite3_finalize(statement);
}

/* SQLite gives a comment with the text then. */
static struct values inside[3];
static unsigned depth;

static void go_deeper(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    sqlite3_stmt *statement = prepare(depth < 2 ? "SELECT deeper() + ?" : "SELECT ?");

    (void)count;
    (void)arguments;
    sqlite3_bind_int(statement, 1, 5);
    inside[depth++] = read_values(statement);
    sqlite3_step(statement);
    sqlite3_finalize(statement);
    sqlite3_result_int(context, 1);
}

static void a_statement_inside_of_another_has_values_and_one_inside_of_two_has_none_that_are_known(void **state)
{
    (void)state;
    depth = 0;
    sqlite3_create_function(db, "deeper", 0, SQLITE_UTF8, NULL, go_deeper, NULL, NULL);
    assert_int_equal(sqlite3_exec(db, "SELECT deeper()", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(depth, 3);
    assert_int_equal(inside[0].value[0], value_hash_int(5));
    assert_int_equal(inside[1].value[0], VALUE_NULL);
    assert_true(inside[1].all != inside[2].all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parameter_is_found_in_every_text),
        cmocka_unit_test(a_value_hashes_as_the_one_that_was_bound),
        cmocka_unit_test(the_values_together_are_as_if_they_were_bound_one_by_one),
        cmocka_unit_test(without_memory_no_two_executions_have_the_same_values),
        cmocka_unit_test(a_statement_inside_of_another_has_values_and_one_inside_of_two_has_none_that_are_known),
    };

    value_salt = 12345;
    sqlite3_open(":memory:", &db);
    return cmocka_run_group_tests(tests, NULL, NULL) + sqlite3_close(db);
}
