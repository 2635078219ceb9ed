#include "tests/unit/check.h"

#include <string.h>

#include "exporter/stream/python_lines.h"

struct table {
    unsigned minor;
    uint32_t first_line;
    size_t size;
    const unsigned char *bytes;
};

#define BYTES(...)                                                                                                               \
    .size = sizeof((const unsigned char[]){__VA_ARGS__}), .bytes = (const unsigned char[])                                       \
    {                                                                                                                            \
        __VA_ARGS__                                                                                                              \
    }

static void expect_line(struct table table, uint32_t position, uint32_t line)
{
    struct python_location location;

    if (!python_lines_find(table.minor, table.bytes, table.size, table.first_line, position, &location))
        fail_msg("3.%u: nothing at %u", table.minor, position);
    if (location.line != line)
        fail_msg("3.%u: line %u at %u, expected %u", table.minor, location.line, position, line);
}

static void expect_start(struct table table, uint32_t position, uint32_t start)
{
    struct python_location location;

    assert_true(python_lines_find(table.minor, table.bytes, table.size, table.first_line, position, &location));
    assert_int_equal(location.start, start);
}

static void expect_nothing(struct table table, uint32_t position)
{
    struct python_location location = {.line = 77, .start = 78};

    assert_false(python_lines_find(table.minor, table.bytes, table.size, table.first_line, position, &location));
    assert_int_equal(location.line, 77);
    assert_int_equal(location.start, 78);
}

/*
 * def f(a,               line 4
 *       b):
 *     """doc"""
 *     x = [i             line 7
 *          for i in a]
 *     return (x,         line 9
 *             g(a,
 *               b))
 * as CPython 3.9 compiles it: lines 7 8 7 9 10 11 10 9 at bytes 0 6 8 14 16 20 22 24.
 */
static void lines_go_back_and_forth_in_lnotab(void **state)
{
    static const uint32_t at[][2] = {{0, 7},   {5, 7},   {6, 8},   {8, 7},  {12, 7}, {14, 9},
                                     {16, 10}, {20, 11}, {22, 10}, {24, 9}, {26, 9}};

    for (unsigned minor = 8; minor <= 9; minor++) {
        struct table f = {minor, 4,
                          BYTES(0x00, 0x03, 0x06, 0x01, 0x02, 0xff, 0x06, 0x02, 0x02, 0x01, 0x04, 0x01, 0x02, 0xff, 0x02, 0xff)};
        for (size_t i = 0; i < sizeof at / sizeof *at; i++)
            expect_line(f, at[i][0], at[i][1]);
    }
}

static void large_steps_are_several_pairs_in_lnotab(void **state)
{
    /* 300 bytes of code for line 10, then 400 lines further. */
    struct table code = {9, 10, BYTES(255, 0, 45, 127, 0, 127, 0, 127, 0, 19)};
    /* 200 lines back. */
    struct table back = {9, 500, BYTES(4, 0x80, 0, 0xb8)};

    expect_line(code, 0, 10);
    expect_line(code, 299, 10);
    expect_line(code, 300, 410);
    expect_line(back, 2, 500);
    expect_line(back, 4, 300);
}

static void an_empty_lnotab_is_one_line(void **state)
{
    expect_line((struct table){.minor = 9, .first_line = 15}, 6, 15);
    expect_line((struct table){9, 15, BYTES(4)}, 6, 15); /* half a pair */
}

static void pieces_of_3_10_have_a_length_and_a_step(void **state)
{
    /* Bytes 0-5 line 7, 6-7 line 8, 8-13 without a line, 14-15 line 7, then 300 bytes of line 9. */
    struct table f = {10, 4, BYTES(6, 3, 2, 1, 6, 0x80, 2, 0xff, 254, 2, 46, 0)};
    static const uint32_t at[][2] = {{0, 7}, {4, 7}, {6, 8}, {8, 0}, {12, 0}, {14, 7}, {16, 9}, {270, 9}, {314, 9}};

    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        expect_line(f, at[i][0], at[i][1]);
    expect_nothing(f, 316);
}

static void steps_over_empty_pieces_count_in_3_10(void **state)
{
    struct table far = {10, 1, BYTES(0, 127, 0, 127, 4, 46)};

    expect_line(far, 0, 301);
}

/* The same f, as CPython 3.11 compiles it. */
#define F_3_11                                                                                                                   \
    BYTES(0x80, 0x00, 0xf0, 0x06, 0x01, 0x09, 0x15, 0xf0, 0x00, 0x01, 0x09, 0x15, 0xd8, 0x12, 0x13, 0xf0, 0x03, 0x01, 0x09,      \
          0x15, 0xf1, 0x00, 0x01, 0x09, 0x15, 0xf4, 0x00, 0x01, 0x09, 0x15, 0x80, 0x41, 0xe0, 0x0c, 0x0d, 0xdd, 0x0c, 0x0d,      \
          0x88, 0x61, 0xd8, 0x0e, 0x0f, 0xf1, 0x03, 0x01, 0x0d, 0x11, 0xf4, 0x00, 0x01, 0x0d, 0x11, 0xf0, 0x03, 0x02, 0x0c,      \
          0x12, 0xf0, 0x00, 0x02, 0x05, 0x12)

static void places_of_3_11_have_lines(void **state)
{
    static const uint32_t at[][2] = {{0, 4},   {2, 7},   {4, 7},   {6, 8},   {8, 7},   {14, 7},  {22, 7}, {24, 7}, {26, 9},
                                     {28, 10}, {38, 10}, {40, 10}, {42, 11}, {44, 10}, {56, 10}, {58, 9}, {60, 9}};

    for (unsigned minor = 11; minor <= 13; minor++) {
        struct table f = {minor, 4, F_3_11};
        for (size_t i = 0; i < sizeof at / sizeof *at; i++)
            expect_line(f, at[i][0], at[i][1]);
        expect_nothing(f, 62);
    }
}

static void a_call_and_its_inline_caches_are_one_place(void **state)
{
    struct table f = {11, 4, F_3_11};

    expect_start(f, 44, 44); /* PRECALL and CALL of g(a, b) */
    expect_start(f, 48, 44);
    expect_start(f, 56, 44);
    expect_start(f, 42, 42);
    expect_start(f, 8, 8);
    expect_start(f, 22, 8);
}

static void each_form_of_3_11_is_read(void **state)
{
    struct table forms = {11, 100,
                          BYTES(0x80 | 3 << 3, 0x12,            /* short */
                                0x80 | 12 << 3 | 7, 0x01, 0x02, /* two lines further */
                                0x80 | 13 << 3, 0x43, 0x01,     /* no columns, -(0x43 & 63 | 1 << 6) / 2 = -33 */
                                0x80 | 15 << 3 | 1,             /* no place */
                                0x80 | 14 << 3, 0x52, 0x01, 3, 1, 2 /* long, (0x12 | 1 << 6) / 2 = 41 */)};

    expect_line(forms, 0, 100);
    expect_line(forms, 2, 102);
    expect_line(forms, 17, 102);
    expect_line(forms, 18, 69);
    expect_line(forms, 20, 0);
    expect_line(forms, 22, 0);
    expect_line(forms, 24, 110);
    expect_nothing(forms, 26);
}

static void damaged_tables_say_nothing(void **state)
{
    expect_nothing((struct table){11, 1, BYTES(0x7f)}, 0);                               /* no head */
    expect_nothing((struct table){11, 1, BYTES(0xf0)}, 0);                               /* cut off */
    expect_nothing((struct table){11, 1, BYTES(0xf0, 0x40, 0x40, 0x40)}, 0);             /* in a number */
    expect_nothing((struct table){11, 1, BYTES(0xf0, 0x80, 0x00, 0x00)}, 0);             /* a head instead of a number */
    expect_nothing((struct table){11, 1, BYTES(0xe8, 0x41, 0x01)}, 0);                   /* line -31 */
    expect_nothing((struct table){11, 1, BYTES(0xe8, 127, 127, 127, 127, 127, 127)}, 0); /* a number without an end */
    expect_nothing((struct table){10, 1, BYTES(4, 0x90)}, 0);
    expect_nothing((struct table){9, 1, BYTES(0, 0x90)}, 0);
    expect_nothing((struct table){.minor = 11, .first_line = 1}, 0);
    expect_nothing((struct table){.minor = 10, .first_line = 1}, 0);
}

static void unknown_versions_say_nothing(void **state)
{
    expect_nothing((struct table){7, 4, F_3_11}, 0);
    expect_nothing((struct table){15, 4, F_3_11}, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_go_back_and_forth_in_lnotab),
        cmocka_unit_test(large_steps_are_several_pairs_in_lnotab),
        cmocka_unit_test(an_empty_lnotab_is_one_line),
        cmocka_unit_test(pieces_of_3_10_have_a_length_and_a_step),
        cmocka_unit_test(steps_over_empty_pieces_count_in_3_10),
        cmocka_unit_test(places_of_3_11_have_lines),
        cmocka_unit_test(a_call_and_its_inline_caches_are_one_place),
        cmocka_unit_test(each_form_of_3_11_is_read),
        cmocka_unit_test(damaged_tables_say_nothing),
        cmocka_unit_test(unknown_versions_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
