#include "collectors/postgresql/statement/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Not terminated: the address sanitiser sees what is read behind the text. */
static void expect(const char *text, enum pq_sql_kind kind, const char *name, const char *body)
{
    size_t length = strlen(text);
    char *copy = malloc(length > 0 ? length : 1);
    struct pq_sql parsed;

    assert_non_null(copy);
    memcpy(copy, text, length);
    pq_sql_parse(copy, length, &parsed);
    assert_int_equal(parsed.kind, kind);
    if (name)
        assert_int_equal(parsed.name, pq_sql_name(name, strlen(name)));
    if (body) {
        assert_int_equal(parsed.length, strlen(body));
        assert_memory_equal(parsed.body, body, parsed.length);
    }
    free(copy);
}

static void names_are_made(void **state)
{
    expect("PREPARE q AS SELECT 1", PQ_SQL_PREPARE, "q", " SELECT 1");
    expect("/* why */ prepare\tQ(int, numeric(10, 2)) as select $1 -- so", PQ_SQL_PREPARE, "q", " select $1 -- so");
    expect("PREPARE \"As \"\"It\"\" Is\"(int)AS SELECT 1", PQ_SQL_PREPARE, "As \"It\" Is", NULL);
    expect("PREPARE TRANSACTION 'x'", PQ_SQL_PLAIN, NULL, NULL);
    expect("PREPARE q", PQ_SQL_PLAIN, NULL, NULL);
    expect("PREPARE", PQ_SQL_PLAIN, NULL, NULL);
}

static void names_are_used(void **state)
{
    expect("EXECUTE q", PQ_SQL_EXECUTE, "q", "");
    expect("execute Q (10, 'a')", PQ_SQL_EXECUTE, "q", " (10, 'a')");
    expect("EXECUTE\"Q\"(1)", PQ_SQL_EXECUTE, "Q", "(1)");
    expect("EXECUTE", PQ_SQL_PLAIN, NULL, NULL);
    expect("executed", PQ_SQL_PLAIN, NULL, NULL);
}

static void names_are_dropped(void **state)
{
    expect("DEALLOCATE q", PQ_SQL_DEALLOCATE, "q", NULL);
    expect("DEALLOCATE PREPARE q;", PQ_SQL_DEALLOCATE, "q", NULL);
    expect("DEALLOCATE all", PQ_SQL_DEALLOCATE_ALL, NULL, NULL);
    expect("DEALLOCATE PREPARE ALL", PQ_SQL_DEALLOCATE_ALL, NULL, NULL);
    expect("DEALLOCATE \"all\"", PQ_SQL_DEALLOCATE, "all", NULL);
    expect("DISCARD ALL", PQ_SQL_DEALLOCATE_ALL, NULL, NULL);
    expect("DISCARD PLANS", PQ_SQL_PLAIN, NULL, NULL);
    expect("", PQ_SQL_PLAIN, NULL, NULL);
    expect("/* open", PQ_SQL_PLAIN, NULL, NULL);
}

static void names_count_as_far_as_the_server_reads_them(void **state)
{
    char sql[200], name[101];

    memset(name, 'n', 100);
    name[100] = 0;
    strcpy(sql, "EXECUTE ");
    strcat(sql, name);
    name[PQ_NAME_MAX] = 0;
    expect(sql, PQ_SQL_EXECUTE, name, "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_made),
        cmocka_unit_test(names_are_used),
        cmocka_unit_test(names_are_dropped),
        cmocka_unit_test(names_count_as_far_as_the_server_reads_them),
    };

    return cmocka_run_group_tests_name("libpq_sql", tests, NULL, NULL);
}
