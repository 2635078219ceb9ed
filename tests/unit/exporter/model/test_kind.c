#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/formats/describe.h"
#include "exporter/model/kind.h"

static void names_lead_back_to_their_kinds(void **state)
{
    for (enum verdict_kind kind = VERDICT_NONE + 1; kind < KIND_COUNT; kind++)
        assert_int_equal(kind_named(kind_of(kind)->name), kind);
    assert_int_equal(kind_named("none"), VERDICT_NONE);
    assert_int_equal(kind_named("n+1"), VERDICT_NONE);
    assert_string_equal(kind_of((enum verdict_kind)KIND_COUNT)->name, "unknown");
}

/* A misspelt name would be shown as 0. */
static void every_name_in_a_sentence_is_a_field_of_its_kind(void **state)
{
    for (enum verdict_kind kind = VERDICT_NONE + 1; kind < KIND_COUNT; kind++) {
        const struct kind *k = kind_of(kind);
        const struct kind_sentence *s = k->sentences;
        for (; s->holds; s++)
            continue;
        assert_non_null(s->text); /* the last one holds always */
        for (s = k->sentences; s->text; s++) {
            for (const char *at = strchr(s->text, '{'); at; at = strchr(at + 1, '{')) {
                bool known = false;
                for (const struct kind_field *f = k->fields; f->name; f++)
                    known = known || (strncmp(at + 1, f->name, strlen(f->name)) == 0 && at[1 + strlen(f->name)] == '}');
                if (!known)
                    fail_msg("%s: %s", k->name, at);
            }
        }
    }
}

static const struct {
    enum verdict_kind kind;
    const char *words;
    struct model_group group;
    struct model_finding finding;
} cases[] = {
    {VERDICT_N_PLUS_ONE,
     "5,000 executions with 4,000 different values, up to 50 for one execution of the parent",
     {0},
     {.executions = 5000, .distinct_values = 4000, .max_per_episode = 50}},
    {VERDICT_N_PLUS_ONE,
     "30 executions with 30 different values, up to 30 in one unit of work",
     {0},
     {.executions = 30, .distinct_values = 30, .max_per_episode = 30, .parent = MODEL_NONE}},
    {VERDICT_N_PLUS_ONE,
     "30 executions with 30 different values, no unit of work seen",
     {0},
     {.executions = 30, .distinct_values = 30, .parent = MODEL_NONE}},
    {VERDICT_DUPLICATE_QUERY,
     "8 of 9 executions asked again what the same unit of work had asked before",
     {.repeated = 8},
     {.executions = 9}},
    {VERDICT_DUPLICATE_QUERY,
     "this place and others repeated each other 4 times in one unit of work",
     {.repeated = 8},
     {.executions = 9, .repeated_elsewhere = 4}},
    {VERDICT_WRITE_LOOP,
     "100 executions, up to 60 in one unit of work, in 99 transactions",
     {.unit_executions_max = 60, .facts.transactions = 99},
     {.executions = 100}},
    {VERDICT_WRITE_LOOP,
     "100 executions, up to 60 in one unit of work, in one transaction",
     {.unit_executions_max = 60, .facts.transactions = 1},
     {.executions = 100}},
    {VERDICT_JOIN_FANOUT,
     "600 rows repeat 4 columns of 3 parents",
     {.facts = {.fanout_rows = 600, .fanout_parents = 3, .fanout_columns = 4}},
     {0}},
    {VERDICT_UNUSED_ROWS,
     "90 of 100 rows that were fetched were never read",
     {.facts = {.watched_rows = 100, .unread_rows = 90}},
     {0}},
    {VERDICT_UNUSED_ROWS,
     "2 of 9 columns were read, of 100 rows",
     {.facts = {.watched_rows = 100, .watched_columns = 9, .read_columns = 0x81}},
     {0}},
    {VERDICT_LARGE_IN_LIST,
     "a list of 2,000 elements; 3 executions with more than 1,000",
     {.facts = {.list_max = 2000, .large_lists = 3}},
     {.executions = 7}},
    {VERDICT_LARGE_IN_LIST,
     "a list of 1,500 elements; 1 execution with more than 1,000",
     {.facts = {.list_max = 1500, .large_lists = 1}},
     {.executions = 1}},
    {VERDICT_JOIN_FANOUT,
     "600 rows repeat 1 column of 1 parent",
     {.facts = {.fanout_rows = 600, .fanout_parents = 1, .fanout_columns = 1}},
     {0}},
    {VERDICT_N_PLUS_ONE,
     "2 executions with 1 different value, up to 2 in one unit of work",
     {0},
     {.executions = 2, .distinct_values = 1, .max_per_episode = 2, .parent = MODEL_NONE}},
    {VERDICT_REPREPARE, "prepared 90 times for 91 executions", {.prepared = 90}, {.executions = 91}},
    {VERDICT_LONG_TRANSACTION,
     "open for 1.50 s, of which its statements took 20.0 ms",
     {.facts = {.transaction_ns = 1500000000, .transaction_busy_ns = 20000000}},
     {0}},
};

static void describes_each_kind_by_its_numbers(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct model_group group = cases[i].group;
        struct model_finding finding = cases[i].finding;
        const struct model model = {.groups = &group, .group_count = 1};
        finding.kind = cases[i].kind;
        char *words = describe_finding(&model, &finding);
        assert_string_equal(words, cases[i].words);
        free(words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lead_back_to_their_kinds),
        cmocka_unit_test(every_name_in_a_sentence_is_a_field_of_its_kind),
        cmocka_unit_test(describes_each_kind_by_its_numbers),
    };
    return cmocka_run_group_tests_name("kind", tests, NULL, NULL);
}
