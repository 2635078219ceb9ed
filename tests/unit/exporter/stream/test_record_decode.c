#include "tests/unit/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/stream/counters.h"
#include "exporter/stream/decoding/decode.h"

#define SIZE_MAX_PACKED 4096

static struct scratch fast, slow;

static int begin(void **state)
{
    scratch_init(&fast);
    scratch_init(&slow);
    return 0;
}

static int end(void **state)
{
    scratch_finish(&fast);
    scratch_finish(&slow);
    return 0;
}

/* Whether it was decoded here; what is must be what the generated code makes of it. */
static bool decodes_alike(const uint8_t *bytes, size_t size)
{
    scratch_reset(&fast);
    scratch_reset(&slow);
    const Nplus1__Record *here = decode_record(&fast, bytes, size);
    if (!here)
        return false;
    const Nplus1__Record *there = nplus1__record__unpack(&slow.allocator, size, bytes);
    assert_non_null(there);
    uint8_t packed[2][SIZE_MAX_PACKED];
    assert_true(nplus1__record__get_packed_size(here) <= sizeof packed[0]);
    size_t length = nplus1__record__pack(here, packed[0]);
    assert_int_equal(length, nplus1__record__get_packed_size(there));
    nplus1__record__pack(there, packed[1]);
    assert_memory_equal(packed[0], packed[1], length);
    return true;
}

static const Nplus1__Record *sample(unsigned number)
{
    static Nplus1__Record record;
    static Nplus1__Stack stack;
    static Nplus1__Frame frame;
    static Nplus1__Edge edge;
    static Nplus1__Statement statement;
    static Nplus1__Header header;
    static char *command[] = {(char *)(uintptr_t) "shop", (char *)(uintptr_t) "--all"};
    nplus1__record__init(&record);
    nplus1__stack__init(&stack);
    nplus1__frame__init(&frame);
    nplus1__edge__init(&edge);
    nplus1__statement__init(&statement);
    nplus1__header__init(&header);
    stack.has_id = stack.has_parent = stack.has_frame = stack.has_truncated = true;
    stack.id = 300;
    stack.frame = UINT32_MAX;
    stack.truncated = true;
    frame.has_language = frame.has_offset = frame.has_line_table = true;
    frame.language = NPLUS1__LANGUAGE__LANGUAGE_PYTHON;
    frame.offset = UINT64_MAX;
    frame.function = (char *)(uintptr_t) "load";
    frame.line_table = (ProtobufCBinaryData){.len = 5, .data = (uint8_t *)(uintptr_t) "\0\1\2\3\4"};
    edge.has_column_name = edge.has_slots = true;
    edge.column_name = (ProtobufCBinaryData){.len = 0};
    edge.slots = 7;
    statement.has_fingerprint = statement.has_length = statement.has_text = true;
    statement.length = 1 << 20;
    statement.text = (ProtobufCBinaryData){.len = 8, .data = (uint8_t *)(uintptr_t) "select 1"};
    header.command = command;
    header.n_command = 2;
    record.stack = number == 0 ? &stack : NULL;
    record.frame = number == 1 ? &frame : NULL;
    record.edge = number == 2 ? &edge : NULL;
    record.statement = number == 3 ? &statement : NULL;
    record.header = number == 4 ? &header : NULL;
    record.has_padding = true;
    record.padding = (ProtobufCBinaryData){.len = 3, .data = (uint8_t *)(uintptr_t) "\0\0\0"};
    return &record;
}

static void decodes_what_a_recording_is_made_of(void **state)
{
    uint8_t bytes[SIZE_MAX_PACKED];
    for (unsigned i = 0; i < 4; i++)
        assert_true(decodes_alike(bytes, nplus1__record__pack(sample(i), bytes)));
    for (enum counters_kind kind = COUNTERS_STATUS; kind <= COUNTERS_TALLY; kind++) {
        if (!counters_fields(kind))
            continue;
        counters_encode(bytes, kind, 300, 2);
        for (unsigned place = 1; place <= counters_fields(kind); place++)
            memset(bytes + counters_values_offset(kind) + 16 * (place - 1), (int)place, 8);
        assert_true(decodes_alike(bytes + 4, counters_size(kind) - 4));
    }
}

static void leaves_the_rest_to_the_generated_code(void **state)
{
    uint8_t bytes[SIZE_MAX_PACKED];
    static const uint8_t two[] = {0x2a, 2, 8, 1, 0x2a, 2, 8, 2}, unknown[] = {0x2a, 3, 0xf8, 1, 1};
    assert_false(decodes_alike(bytes, nplus1__record__pack(sample(4), bytes)));
    assert_false(decodes_alike(two, sizeof two));
    assert_false(decodes_alike(unknown, sizeof unknown));
    assert_false(decodes_alike(bytes, 0));
}

static void agrees_about_damaged_records(void **state)
{
    unsigned decoded = 0;
    uint32_t random = 1;
    for (unsigned i = 0; i < 200000; i++) {
        uint8_t bytes[SIZE_MAX_PACKED];
        size_t size = nplus1__record__pack(sample(i % 4), bytes);
        for (unsigned flips = 1 + i % 3; flips > 0; flips--) {
            random = random * 1664525 + 1013904223;
            bytes[(random >> 8) % size] ^= (uint8_t)(1 << (random >> 29));
        }
        decoded += decodes_alike(bytes, size - i % 5 / 4);
    }
    assert_true(decoded > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decodes_what_a_recording_is_made_of, begin, end),
        cmocka_unit_test_setup_teardown(leaves_the_rest_to_the_generated_code, begin, end),
        cmocka_unit_test_setup_teardown(agrees_about_damaged_records, begin, end),
    };
    return cmocka_run_group_tests_name("record_decode", tests, NULL, NULL);
}
