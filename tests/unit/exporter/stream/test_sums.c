#include "tests/unit/check.h"

#include <string.h>

#include "exporter/stream/evidence.h"
#include "exporter/stream/nplus1.pb-c.h"
#include "exporter/stream/sums.h"

static const struct {
    unsigned number;
    const char *name;
} rows[] = {
#define ROW(number, NAME, name, ...)                {number, #name},
#define ROWS(number, NAME, message, prefix, fields) {0, #message}, fields(ROW, ROW)
    FIELD_MESSAGES(ROWS)};

static const ProtobufCMessageDescriptor *descriptor_of(const char *message)
{
    for (unsigned i = 0; i < nplus1__record__descriptor.n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &nplus1__record__descriptor.fields[i];
        const ProtobufCMessageDescriptor *descriptor = field->descriptor;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && strcmp(descriptor->c_name, message) == 0)
            return descriptor;
    }
    fail_msg("%s is no message of the schema", message);
    return NULL;
}

static void each_row_is_a_field_of_the_schema(void **state)
{
    const ProtobufCMessageDescriptor *message = NULL;
    size_t fields = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].number == 0) {
            message = descriptor_of(rows[i].name);
            for (unsigned j = 0; j < message->n_fields; j++)
                fields += message->fields[j].type == PROTOBUF_C_TYPE_FIXED64;
            continue;
        }
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(message, rows[i].number);
        if (!field || strcmp(field->name, rows[i].name) != 0 || field->type != PROTOBUF_C_TYPE_FIXED64)
            fail_msg("%s.%s is not field %u", message->name, rows[i].name, rows[i].number);
        fields--;
    }
    assert_int_equal(fields, 0); /* and every field has a row */
}

static void each_message_has_its_number_in_a_record(void **state)
{
#define KIND(number, NAME, message, prefix, fields)                                                                              \
    assert_ptr_equal(protobuf_c_message_descriptor_get_field(&nplus1__record__descriptor, COUNTERS_##NAME)->descriptor,          \
                     descriptor_of(#message));                                                                                   \
    assert_int_equal(counters_fields(COUNTERS_##NAME), prefix##_LAST);
    FIELD_MESSAGES(KIND)
}

static void adds_up_each_in_its_way(void **state)
{
    struct counter_sums sums = {0};
    const struct counter_sums a = {.executions = 3, .unit_max = 9, .first_ticks = 70, .unit_executions_start = 2};
    const struct counter_sums b = {.executions = 4, .unit_max = 5, .first_ticks = 60, .unit_executions_start = 3};
    const struct counter_sums never_ran = {0}, full = {.executions = UINT64_MAX};

    sums_add(COUNTERS_GROUP, sums.counters, a.counters);
    sums_add(COUNTERS_GROUP, sums.counters, b.counters);
    sums_add(COUNTERS_GROUP, sums.counters, never_ran.counters);
    assert_int_equal(sums.executions, 7);
    assert_int_equal(sums.unit_max, 9);
    assert_int_equal(sums.first_ticks, 60);
    assert_int_equal(sums.unit_executions_start, 0);
    sums_add(COUNTERS_GROUP, sums.counters, full.counters);
    assert_true(sums.executions == UINT64_MAX);
}

static void the_longest_transaction_keeps_its_own_busy_time(void **state)
{
    struct fact_sums sums = {0};
    const struct fact_sums shards[] = {{.transaction_ns = 5, .transaction_busy_ns = 4, .read_columns = 1},
                                       {.transaction_ns = 9, .transaction_busy_ns = 2, .read_columns = 4},
                                       {.transaction_ns = 8, .transaction_busy_ns = 8, .read_columns = 1}};

    for (size_t i = 0; i < sizeof shards / sizeof *shards; i++)
        sums_add(COUNTERS_FACTS, sums.all, shards[i].all);
    assert_int_equal(sums.transaction_ns, 9);
    assert_int_equal(sums.transaction_busy_ns, 2);
    assert_int_equal(sums.read_columns, 5);
}

static uint64_t twice(const void *context, uint64_t ticks)
{
    return ticks * *(const uint64_t *)context;
}

static void converts_times_alone(void **state)
{
    struct counter_sums counters = {.executions = 1, .time_ns = 10, .first_ticks = 3};
    struct fact_sums facts = {.transactions = 1, .transaction_ns = 20, .transaction_busy_ns = 30};
    const uint64_t two = 2;

    sums_convert(COUNTERS_GROUP, counters.counters, twice, &two);
    sums_convert(COUNTERS_FACTS, facts.all, twice, &two);
    assert_int_equal(counters.executions, 1);
    assert_int_equal(counters.time_ns, 20);
    assert_int_equal(counters.first_ticks, 3);
    assert_int_equal(facts.transactions, 1);
    assert_int_equal(facts.transaction_ns, 40);
    assert_int_equal(facts.transaction_busy_ns, 60);
}

static void reads_what_stands_in_a_recording(void **state)
{
    uint64_t words[2 * EDGE_LAST] = {0};
    struct edge_sums sums;

    *counters_word(words, EDGE_MATCHES) = 11;
    *counters_word(words, EDGE_IN_ORDER) = 17;
    sums_read(COUNTERS_EDGE, sums.all, words);
    assert_int_equal(sums.matches, 11);
    assert_int_equal(sums.judged, 0);
    assert_int_equal(sums.in_order, 17);
}

static void a_unit_that_goes_on_counts_as_one_that_is_over(void **state)
{
    struct counter_sums c = {.executions = 20,
                             .repeated = 6,
                             .units = 2,
                             .unit_max = 3,
                             .unit_executions_max = 11,
                             .unit_executions_start = 10,
                             .unit_repeated_start = 4};
    struct counter_sums damaged = {.executions = 20, .unit_executions_start = 21, .unit_repeated_start = 1};

    sums_settle(&c);
    assert_int_equal(c.units, 3);
    assert_int_equal(c.unit_max, 8);
    assert_int_equal(c.unit_executions_max, 11);
    sums_settle(&damaged);
    assert_int_equal(damaged.units + damaged.unit_max + damaged.unit_executions_max, 0);
}

static struct evidence_edge edge_of(const struct edge_sums *sums)
{
    return (struct evidence_edge){sums, false};
}

static void assert_better(struct evidence_edge a, struct evidence_edge b)
{
    assert_true(evidence_compare(a, b) > 0);
    assert_true(evidence_compare(b, a) < 0);
}

static void the_better_edge_proves_then_pages_then_says_more(void **state)
{
    const struct edge_sums proof = {.matches = 90, .judged = 100, .distinct_values = 2, .max_per_episode = 2, .bits = 5};
    const struct edge_sums single = {.matches = 100, .judged = 100, .distinct_values = 2, .max_per_episode = 1, .bits = 500};
    const struct edge_sums misses = {.matches = 89, .judged = 100, .distinct_values = 2, .max_per_episode = 2, .bits = 500};
    const struct edge_sums bits = {.matches = 10, .judged = 100, .distinct_values = 2, .bits = 4};
    const struct edge_sums covers = {.matches = 99, .judged = 100, .distinct_values = 2, .bits = 3};
    const struct edge_sums fewer = {.matches = 99, .judged = 100, .distinct_values = 2, .bits = 2};
    const struct edge_sums page = {.matches = 50, .judged = 100};

    assert_true(evidence_holds(edge_of(&proof)));
    assert_true(evidence_holds(edge_of(&single)));
    assert_false(evidence_holds(edge_of(&misses)));
    assert_false(evidence_holds((struct evidence_edge){&proof, true}));
    assert_better(edge_of(&single), edge_of(&proof));
    assert_better(edge_of(&proof), edge_of(&misses));
    assert_better((struct evidence_edge){&page, true}, edge_of(&misses));
    assert_better(edge_of(&misses), (struct evidence_edge){&bits, true});
    assert_better(edge_of(&covers), edge_of(&bits)); /* one bit is no difference */
    assert_better(edge_of(&bits), edge_of(&fewer));  /* two are */
    assert_int_equal(evidence_compare(edge_of(&proof), edge_of(&proof)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_a_field_of_the_schema),
        cmocka_unit_test(each_message_has_its_number_in_a_record),
        cmocka_unit_test(adds_up_each_in_its_way),
        cmocka_unit_test(the_longest_transaction_keeps_its_own_busy_time),
        cmocka_unit_test(converts_times_alone),
        cmocka_unit_test(reads_what_stands_in_a_recording),
        cmocka_unit_test(a_unit_that_goes_on_counts_as_one_that_is_over),
        cmocka_unit_test(the_better_edge_proves_then_pages_then_says_more),
    };
    return cmocka_run_group_tests_name("sums", tests, NULL, NULL);
}
