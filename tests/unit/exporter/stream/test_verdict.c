#include "tests/unit/check.h"

#include <stdio.h>

#include "exporter/stream/nplus1.pb-c.h"
#include "exporter/stream/verdict.h"

#define SELECT NPLUS1__VERB__VERB_SELECT
#define INSERT NPLUS1__VERB__VERB_INSERT

struct row {
    const char *name;
    enum verdict_confidence expected; /* of an n_plus_one; none: no finding */
    uint64_t threshold;
    struct verdict_evidence e;
};

#define SEEN(n, values, most)                                                                                                    \
    .verb = SELECT, .has_stack = true, .executions = (n), .distinct_values = (values), .unit_max = (most)
#define ASKED(n)                                                                                                                 \
    .verb = SELECT, .has_stack = true, .text = VERDICT_TEXT_KNOWN | VERDICT_TEXT_TABLE, .executions = (n), .distinct_values = 1
#define FROM(match, judge, values, most)                FROM_BITS(match, judge, values, most, UINT64_C(4) * (match))
#define FROM_BITS(match, judge, values, most, evidence) FROM_MOVED(match, judge, values, most, evidence, match)
#define FROM_MOVED(match, judge, values, most, evidence, others)                                                                 \
    .edge.matches = (match), .edge.judged = (judge), .edge.distinct_values = (values), .edge.max_per_episode = (most),           \
    .edge.bits = (evidence), .edge.moved = (others)

/* GCC wants the braces of the unnamed unions, which designators go through. */
#pragma GCC diagnostic ignored "-Wmissing-braces"

static const struct row rows[] = {
    {"nothing at all", VERDICT_CONFIDENCE_NONE, 5, {0}},
    {"one execution", VERDICT_CONFIDENCE_NONE, 5, {SEEN(1, 1, 1)}},

    {"two children of one parent are enough when they are proven", VERDICT_PROVEN, 5, {SEEN(2, 2, 2), FROM(2, 2, 2, 2)}},
    {"proven in many units of work", VERDICT_PROVEN, 5, {SEEN(5000, 5000, 3), FROM(5000, 5000, 5000, 3)}},
    {"proven by 90 percent", VERDICT_PROVEN, 5, {SEEN(100, 100, 2), FROM(90, 100, 90, 2)}},
    {"89 percent is not enough", VERDICT_CONFIDENCE_NONE, 200, {SEEN(100, 100, 2), FROM(89, 100, 89, 2)}},
    {"nine of ten", VERDICT_PROVEN, 50, {SEEN(10, 10, 2), FROM(9, 10, 9, 2)}},
    {"eight of nine", VERDICT_CONFIDENCE_NONE, 50, {SEEN(9, 9, 2), FROM(8, 9, 8, 2)}},
    {"one value for each parent proves nothing", VERDICT_CONFIDENCE_NONE, 50, {SEEN(10, 10, 1), FROM(10, 10, 10, 1)}},
    {"one value only", VERDICT_CONFIDENCE_NONE, 5, {SEEN(10, 1, 1), FROM(10, 10, 1, 10)}},
    {"an edge of one value proves nothing", VERDICT_CONFIDENCE_NONE, 50, {SEEN(10, 10, 10), FROM(10, 10, 1, 10)}},
    {"enough bits for a proof", VERDICT_PROVEN, 50, {SEEN(10, 10, 2), FROM_BITS(10, 10, 10, 2, VERDICT_PROOF_BITS)}},
    {"one bit less is a hint", VERDICT_LIKELY, 50, {SEEN(10, 10, 2), FROM_BITS(10, 10, 10, 2, VERDICT_PROOF_BITS - 1)}},
    {"a coincidence is neither", VERDICT_CONFIDENCE_NONE, 50, {SEEN(10, 10, 2), FROM_BITS(10, 10, 10, 2, 1)}},
    {"bits do not make up for misses", VERDICT_CONFIDENCE_NONE, 200, {SEEN(100, 100, 2), FROM_BITS(89, 100, 89, 2, 1000)}},
    {"as few bits from results without end are",
     VERDICT_CONFIDENCE_NONE,
     50,
     {SEEN(3000, 40, 10), FROM_BITS(2800, 3000, 40, 10, VERDICT_PROOF_BITS + 1), .edge.episodes = 900,
      .edge.episodes_of_1 = 300}},
    {"but not where each result had one of them",
     VERDICT_PROVEN,
     50,
     {SEEN(900, 40, 10), FROM_BITS(900, 900, 40, 10, VERDICT_PROOF_BITS), .edge.episodes = 890, .edge.episodes_of_1 = 885}},
    {"a loop's bits grow with its results",
     VERDICT_PROVEN,
     50,
     {SEEN(3000, 40, 5), FROM_BITS(3000, 3000, 40, 5, 600), .edge.episodes = 600}},
    {"numbers near the end of the range",
     VERDICT_PROVEN,
     5,
     {SEEN(UINT64_MAX, UINT64_MAX, UINT64_MAX), FROM(UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX)}},

    {"five values in one unit of work", VERDICT_LIKELY, 5, {SEEN(5, 5, 5)}},
    {"four values in one unit of work", VERDICT_CONFIDENCE_NONE, 5, {SEEN(4, 4, 4)}},
    {"the threshold is the user's", VERDICT_LIKELY, 3, {SEEN(3, 3, 3)}},
    {"a threshold of zero still needs two", VERDICT_CONFIDENCE_NONE, 0, {SEEN(1, 1, 1)}},
    {"few values, many executions", VERDICT_LIKELY, 5, {SEEN(100, 10, 10)}},
    {"five values, perhaps one for each request of a test", VERDICT_POSSIBLE, 5, {SEEN(5, 5, 5), .in_request = true}},
    {"rows that the test read before its requests prove nothing",
     VERDICT_POSSIBLE,
     5,
     {SEEN(10, 10, 10), .in_request = true, FROM(10, 10, 10, 10)}},
    {"rows of the same request do",
     VERDICT_PROVEN,
     5,
     {SEEN(10, 10, 10), .in_request = true, .parent_in_request = true, FROM(10, 10, 10, 10)}},
    {"and are a hint",
     VERDICT_LIKELY,
     50,
     {SEEN(10, 10, 2), .in_request = true, .parent_in_request = true, FROM_BITS(10, 10, 10, 2, VERDICT_PROOF_BITS - 1)}},
    {"without a stack no place can be named",
     VERDICT_POSSIBLE,
     5,
     {.verb = SELECT, .executions = 9, .distinct_values = 9, .unit_max = 9}},
    {"many values, few in each unit of work", VERDICT_POSSIBLE, 5, {SEEN(9, 9, 2)}},
    {"the same value again and again", VERDICT_CONFIDENCE_NONE, 5, {SEEN(100, 1, 1)}},

    {"a batched load", VERDICT_CONFIDENCE_NONE, 5, {SEEN(10, 10, 10), .batched = 10}},
    {"more than half of it batched", VERDICT_CONFIDENCE_NONE, 5, {SEEN(10, 10, 10), .batched = 6}},
    {"half of it batched", VERDICT_LIKELY, 5, {SEEN(10, 10, 10), .batched = 5}},
    {"half of a few batched", VERDICT_CONFIDENCE_NONE, 4, {SEEN(4, 4, 4), .batched = 2}},
    {"less than half of a few batched", VERDICT_LIKELY, 4, {SEEN(4, 4, 4), .batched = 1}},
    {"the schema, asked for by a mapper",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(9, 9, 9), .is_remote = true, .text = VERDICT_TEXT_SCHEMA}},
    {"the schema, asked for by the program",
     VERDICT_LIKELY,
     5,
     {SEEN(9, 9, 9), .is_remote = true, .text = VERDICT_TEXT_SCHEMA, .asks_schema_itself = true}},
    {"handed out to forked processes", VERDICT_LIKELY, 5, {SEEN(9, 9, 1), .units_seen = 9, .handed_out = true}},
    {"handed out to connections of a pool",
     VERDICT_LIKELY,
     5,
     {SEEN(9, 9, 1), FROM_BITS(9, 9, 9, 9, 0), .units_seen = 8, .crowded = 8}},
    {"handed out to connections of a pool, few values",
     VERDICT_LIKELY,
     5,
     {SEEN(9, 2, 1), FROM_BITS(9, 9, 2, 9, 0), .units_seen = 8, .crowded = 8}},
    {"children of what was handed out to connections of a pool",
     VERDICT_LIKELY,
     5,
     {SEEN(9, 9, 1), FROM_BITS(9, 9, 9, 2, 0), .units_seen = 8, .crowded = 8, .parent_loops = true}},
    {"children of several lists at connections of a pool",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(9, 9, 1), FROM_BITS(9, 9, 9, 2, 0), .units_seen = 8, .crowded = 8}},
    {"one result's rows at several waits",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(9, 9, 1), FROM_BITS(9, 9, 9, 9, 0), .units_seen = 8, .crowded = 3}},
    {"four of one result to connections of a pool",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(4, 4, 1), FROM_BITS(4, 4, 4, 4, 0), .units_seen = 3, .crowded = 3}},
    {"tasks whose parents have the same rows",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(120, 6, 1), FROM_MOVED(120, 120, 6, 3, 480, 2), .units_seen = 100, .crowded = 100}},
    {"tasks with a loop each",
     VERDICT_PROVEN,
     5,
     {SEEN(120, 6, 1), FROM_MOVED(120, 120, 6, 3, 480, 40), .units_seen = 100, .crowded = 100}},
    {"the same rows without tasks",
     VERDICT_PROVEN,
     5,
     {SEEN(120, 6, 1), FROM_MOVED(120, 120, 6, 3, 480, 2), .units_seen = 100, .crowded = 15}},
    {"handed out to connections of a pool while other work came",
     VERDICT_LIKELY,
     5,
     {SEEN(160, 8, 2), FROM_BITS(120, 160, 8, 11, 0), .units_seen = 150, .crowded = 120}},
    {"more than a quarter of it from elsewhere",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(160, 8, 2), FROM_BITS(119, 160, 8, 11, 0), .units_seen = 150, .crowded = 120}},
    {"one of each result to connections of a pool",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(9, 9, 1), FROM_BITS(9, 9, 9, 1, 0), .units_seen = 8, .crowded = 8}},
    {"a batched load whose values are the parent's",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(10, 10, 10), .batched = 10, FROM(10, 10, 10, 5)}},

    {"keyset pagination", VERDICT_CONFIDENCE_NONE, 5, {SEEN(10, 10, 10), FROM(9, 10, 9, 1), .edge_from_itself = true}},
    {"a climb, row by row",
     VERDICT_LIKELY,
     5,
     {SEEN(10, 10, 10), FROM(9, 10, 9, 1), .edge_from_itself = true, .rows = 9, .text = VERDICT_TEXT_KNOWN | VERDICT_TEXT_TABLE}},
    {"pages of a row and a half",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(10, 10, 10), FROM(9, 10, 9, 1), .edge_from_itself = true, .rows = 15}},
    {"the key behind the last one",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(10, 10, 10), FROM(9, 10, 9, 1), .edge_from_itself = true, .rows = 9,
      .text = VERDICT_TEXT_KNOWN | VERDICT_TEXT_TABLE | VERDICT_TEXT_BEHIND}},
    {"two pages", VERDICT_CONFIDENCE_NONE, 2, {SEEN(2, 2, 2), FROM(1, 2, 1, 1), .edge_from_itself = true}},
    {"several of its own values each time are no pages",
     VERDICT_LIKELY,
     5,
     {SEEN(29, 29, 29), FROM_BITS(26, 29, 25, 4, 1), .edge.episodes = 7, .edge_from_itself = true}},
    {"a page that is asked for twice",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(29, 29, 29), FROM_BITS(26, 29, 25, 2, 1), .edge.episodes = 25, .edge_from_itself = true}},
    {"a tree, of which all nodes are asked for",
     VERDICT_PROVEN,
     5,
     {SEEN(29, 29, 29), FROM_BITS(26, 29, 25, 4, 9), .edge.episodes = 7, .edge_from_itself = true, .rows = 28}},
    {"most of whose nodes are asked for by nobody",
     VERDICT_LIKELY,
     5,
     {SEEN(29, 29, 29), FROM_BITS(26, 29, 25, 4, 9), .edge.episodes = 7, .edge_from_itself = true, .rows = 116}},
    {"a branch of a tree, whose keys are no small numbers",
     VERDICT_PROVEN,
     5,
     {SEEN(29, 29, 29), FROM_BITS(26, 29, 25, 4, 90), .edge.episodes = 7, .edge_from_itself = true, .rows = 116}},
    {"rarely its own value", VERDICT_LIKELY, 5, {SEEN(10, 10, 10), FROM(1, 10, 1, 1), .edge_from_itself = true}},

    {"one for each job", VERDICT_CONFIDENCE_NONE, 5, {SEEN(12, 12, 12), FROM(12, 12, 12, 1), .parent_is_polled = true}},
    {"several for each job", VERDICT_PROVEN, 5, {SEEN(12, 12, 12), FROM(12, 12, 12, 3), .parent_is_polled = true}},
    {"one for each job, but for most of them",
     VERDICT_LIKELY,
     5,
     {SEEN(12, 12, 12), FROM(4, 12, 4, 1), .parent_is_polled = true}},
    {"one for each job by coincidence",
     VERDICT_LIKELY,
     5,
     {SEEN(12, 12, 12), FROM_BITS(12, 12, 12, 1, VERDICT_PROOF_BITS - 1), .parent_is_polled = true}},
    {"one for each row of a parent that is one of many", VERDICT_LIKELY, 5, {SEEN(12, 12, 12), FROM(12, 12, 12, 1)}},

    {"a setting of the session", VERDICT_CONFIDENCE_NONE, 5, {SEEN(10, 10, 10), .is_remote = true, .text = VERDICT_FACT_SESSION}},
    {"chunks of a table", VERDICT_CONFIDENCE_NONE, 5, {SEEN(10, 10, 10), .text = VERDICT_FACT_RANGE, .rows = 30}},
    {"branches of a tree", VERDICT_LIKELY, 5, {SEEN(10, 10, 10), .text = VERDICT_FACT_RANGE, .rows = 30, .text_ranges = 10}},
    {"chunks of texts",
     VERDICT_CONFIDENCE_NONE,
     5,
     {SEEN(10, 10, 10), .text = VERDICT_FACT_RANGE, .rows = 100, .text_ranges = 10}},
    {"pages by an offset", VERDICT_CONFIDENCE_NONE, 5, {SEEN(10, 10, 10), .text = VERDICT_FACT_OFFSET, .unmoved = 5}},
    {"an offset that stays where it is", VERDICT_LIKELY, 5, {SEEN(10, 10, 10), .text = VERDICT_FACT_OFFSET, .unmoved = 6}},

    {"a write",
     VERDICT_CONFIDENCE_NONE,
     5,
     {.verb = INSERT, .has_stack = true, .executions = 99, .distinct_values = 99, .unit_max = 99}},
    {"a write with a source",
     VERDICT_CONFIDENCE_NONE,
     5,
     {.verb = INSERT, .has_stack = true, .executions = 99, .distinct_values = 99, FROM(99, 99, 99, 99)}},
};

static void decides_as_the_table_says(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct verdict v = verdict_decide(&rows[i].e, rows[i].threshold);
        enum verdict_kind kind = rows[i].expected ? VERDICT_N_PLUS_ONE : VERDICT_NONE;
        /* Where too little speaks for more, "possible" may be left: those rows say so with a threshold out of reach. */
        if (v.confidence != rows[i].expected || v.kind != kind)
            fail_msg("%s: kind %d confidence %d, expected confidence %d", rows[i].name, (int)v.kind, (int)v.confidence,
                     (int)rows[i].expected);
    }
}

#define SECOND UINT64_C(1000000000)

/* The kinds of which one number decides, from both sides of it. */
static const struct {
    const char *name;
    struct verdict expected;
    uint64_t threshold;
    struct verdict_evidence e;
} others[] = {
    {"perhaps one for each request of a test",
     {VERDICT_DUPLICATE_QUERY, VERDICT_POSSIBLE},
     5,
     {ASKED(5), .repeated = 4, .in_request = true}},
    {"four repetitions of five", {VERDICT_DUPLICATE_QUERY, VERDICT_LIKELY}, 5, {ASKED(5), .repeated = 4}},
    {"three repetitions of four", {VERDICT_NONE, VERDICT_CONFIDENCE_NONE}, 5, {ASKED(4), .repeated = 3}},
    {"the threshold is the user's", {VERDICT_DUPLICATE_QUERY, VERDICT_LIKELY}, 3, {ASKED(3), .repeated = 2}},
    {"too few of many", {VERDICT_NONE, VERDICT_CONFIDENCE_NONE}, 500, {ASKED(300), .repeated = 99}},
    {"four at other places",
     {VERDICT_DUPLICATE_QUERY, VERDICT_LIKELY},
     5,
     {ASKED(1), .repeated_elsewhere = 4, .executions_elsewhere = 4}},
    {"three at other places",
     {VERDICT_NONE, VERDICT_CONFIDENCE_NONE},
     5,
     {ASKED(1), .repeated_elsewhere = 3, .executions_elsewhere = 3}},
    {"two of its own and two at other places",
     {VERDICT_DUPLICATE_QUERY, VERDICT_LIKELY},
     5,
     {ASKED(3), .repeated = 2, .repeated_elsewhere = 2, .executions_elsewhere = 2}},
    {"other places that ask for much else",
     {VERDICT_NONE, VERDICT_CONFIDENCE_NONE},
     5,
     {ASKED(1), .repeated_elsewhere = 4, .executions_elsewhere = 14}},
    {"a moment of a transaction",
     {VERDICT_NONE, VERDICT_CONFIDENCE_NONE},
     5,
     {.transaction_ns = SECOND / 2 - 1, .transaction_busy_ns = 0}},
    {"half a second of one",
     {VERDICT_LONG_TRANSACTION, VERDICT_LIKELY},
     5,
     {.transaction_ns = SECOND / 2, .transaction_busy_ns = SECOND / 20}},
    {"half a second of one in memory",
     {VERDICT_NONE, VERDICT_CONFIDENCE_NONE},
     5,
     {.transaction_ns = SECOND / 2, .transaction_busy_ns = 0, .is_memory = true}},
    {"a list for each row of a loop",
     {VERDICT_BATCHED_N_PLUS_ONE, VERDICT_PROVEN},
     5,
     {SEEN(10, 10, 10), .batched = 10, .parent_loops = true, .edge.episodes = 10, FROM(10, 10, 10, 1)}},
    {"a list of one parent",
     {VERDICT_NONE, VERDICT_CONFIDENCE_NONE},
     5,
     {SEEN(10, 10, 10), .batched = 10, .edge.episodes = 10, FROM(10, 10, 10, 1)}},
    {"fifty fetches of few rows",
     {VERDICT_CHATTY_FETCH, VERDICT_LIKELY},
     5,
     {.verb = NPLUS1__VERB__VERB_FETCH, .is_remote = true, .executions = 50, .unit_executions_max = 50, .rows = 499}},
    {"fifty fetches of ten rows",
     {VERDICT_NONE, VERDICT_CONFIDENCE_NONE},
     5,
     {.verb = NPLUS1__VERB__VERB_FETCH, .is_remote = true, .executions = 50, .unit_executions_max = 50, .rows = 500}},
    {"a page whose key the text names",
     {VERDICT_NONE, VERDICT_CONFIDENCE_NONE},
     5,
     {SEEN(9, 9, 9), .text = VERDICT_FACT_KEY_PAGE}},
    {"a job off a queue", {VERDICT_NONE, VERDICT_CONFIDENCE_NONE}, 5, {SEEN(9, 9, 9), .text = VERDICT_FACT_DEQUEUE}},
    {"a write for each job",
     {VERDICT_NONE, VERDICT_CONFIDENCE_NONE},
     5,
     {.verb = NPLUS1__VERB__VERB_UPDATE,
      .has_stack = true,
      .is_remote = true,
      .executions = 12,
      .distinct_values = 12,
      .unit_executions_max = 12,
      FROM(12, 12, 12, 1),
      .parent_is_polled = true}},
    {"a write for each row",
     {VERDICT_WRITE_LOOP, VERDICT_PROVEN},
     5,
     {.verb = NPLUS1__VERB__VERB_UPDATE,
      .has_stack = true,
      .is_remote = true,
      .executions = 12,
      .distinct_values = 12,
      .unit_executions_max = 12,
      FROM(12, 12, 12, 12)}},
    {"writes that are waited for together",
     {VERDICT_NONE, VERDICT_CONFIDENCE_NONE},
     5,
     {.verb = INSERT,
      .has_stack = true,
      .is_remote = true,
      .executions = 20,
      .distinct_values = 20,
      .unit_executions_max = 20,
      .transactions = 20,
      .pipelined = 10}},
    {"writes of which few are",
     {VERDICT_WRITE_LOOP, VERDICT_LIKELY},
     5,
     {.verb = INSERT,
      .has_stack = true,
      .is_remote = true,
      .executions = 20,
      .distinct_values = 20,
      .unit_executions_max = 20,
      .transactions = 20,
      .pipelined = 9}},
    {"busy for more than a tenth",
     {VERDICT_NONE, VERDICT_CONFIDENCE_NONE},
     5,
     {.transaction_ns = SECOND / 2, .transaction_busy_ns = SECOND / 20 + 1}},
};

static void decides_on_other_kinds_by_their_numbers(void **state)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct verdict v = verdict_decide(&others[i].e, others[i].threshold);
        if (v.kind != others[i].expected.kind || v.confidence != others[i].expected.confidence)
            fail_msg("%s: kind %d confidence %d", others[i].name, (int)v.kind, (int)v.confidence);
    }
}

static void finds_in_a_text_what_decides(void **state)
{
    static const struct {
        const char *text;
        uint32_t bits;
    } texts[] = {
        {"", 0},
        {"select f(?)", 0},
        {"select a from t where b = ?", VERDICT_TEXT_TABLE},
        {"select a from t left join u on t.a = u.b", VERDICT_TEXT_TABLE | VERDICT_TEXT_JOIN},
        {"select a from t limit ? offset ?", VERDICT_TEXT_TABLE | VERDICT_TEXT_OFFSET},
        {"select a from t limit ?, ?", VERDICT_TEXT_TABLE | VERDICT_TEXT_OFFSET},
        {"select a from t limit ?", VERDICT_TEXT_TABLE},
        {"select a from t where b in (select value from json_each(?))", VERDICT_TEXT_TABLE},
        {"select a from carray(?, ?)", VERDICT_TEXT_TABLE | VERDICT_TEXT_LIST},
        {"select name from sqlite_master", VERDICT_TEXT_TABLE | VERDICT_TEXT_SCHEMA},
        {"select a from pg_class", VERDICT_TEXT_TABLE | VERDICT_TEXT_SCHEMA},
        {"select a from t where b = ? for update", VERDICT_TEXT_TABLE | VERDICT_TEXT_VOLATILE},
        {"select pg_notification", VERDICT_TEXT_VOLATILE},
        {"select min(a) from t where a > ?", VERDICT_TEXT_TABLE | VERDICT_TEXT_BEHIND},
        {"select a from t where (a, b) <= (?, ?)", VERDICT_TEXT_TABLE | VERDICT_TEXT_BEHIND},
        {"select a from t where a between ? and ?", VERDICT_TEXT_TABLE | VERDICT_TEXT_BEHIND},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (verdict_text(texts[i].text, false) != (texts[i].bits | VERDICT_TEXT_KNOWN))
            fail_msg("%s: %#x", texts[i].text, verdict_text(texts[i].text, false));
        assert_int_equal(verdict_text(texts[i].text, true), texts[i].bits | VERDICT_TEXT_KNOWN | VERDICT_TEXT_CUT);
    }
}

static void assert_no_text_makes_it_surer(const char *name, struct verdict_evidence e, uint64_t threshold)
{
    const struct verdict most = verdict_at_most(&e, threshold);
    bool reached = false;
    for (e.text = 0; e.text < VERDICT_FACT_JOINS_TO_ONE * 2; e.text++) {
        enum verdict_confidence confidence = verdict_decide(&e, threshold).confidence;
        if (confidence > most.confidence)
            fail_msg("%s: confidence %d with %#x, %d at most", name, (int)confidence, e.text, (int)most.confidence);
        reached = reached || confidence == most.confidence;
    }
    if (!reached)
        fail_msg("%s: no text makes it %d", name, (int)most.confidence);
}

static void no_text_makes_it_surer_than_at_most(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_no_text_makes_it_surer(rows[i].name, rows[i].e, rows[i].threshold);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_no_text_makes_it_surer(others[i].name, others[i].e, others[i].threshold);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decides_as_the_table_says),
        cmocka_unit_test(decides_on_other_kinds_by_their_numbers),
        cmocka_unit_test(no_text_makes_it_surer_than_at_most),
        cmocka_unit_test(finds_in_a_text_what_decides),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
