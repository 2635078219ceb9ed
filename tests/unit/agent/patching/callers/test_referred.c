#include "tests/unit/check.h"

#include "agent/patching/callers/referred.h"
#include "tests/unit/agent/patching/made_image.h"

#define CALLER   (MADE_CODE + 64) /* the second function; the first one is referred to, or not */
#define NO_TABLE (&(const struct image_range){0, 0})

static void make(struct made *made)
{
    static const size_t sizes[] = {16, 32};

    made_begin(made, sizes, 2);
    memset(made->memory + MADE_CODE, 0x90, 16);
    memset(made->memory + CALLER, 0x90, 32);
    made_ready(made);
}

static uintptr_t function_of(const struct made *made)
{
    return (uintptr_t)made->memory + MADE_CODE;
}

static bool is_referred(const struct made *made, const struct image_range *table)
{
    const uintptr_t functions[] = {0, function_of(made)};

    return referred_is_one_of(&made->image, functions, 2, table);
}

/* 4 bytes at an offset that lead to the function, as those of a call. */
static void refer(struct made *made, size_t at)
{
    made_word(made->memory + at, (int64_t)MADE_CODE - (int64_t)(at + 4));
}

static void put_address(struct made *made, size_t at)
{
    uint64_t address = function_of(made);

    memcpy(made->memory + at, &address, sizeof address);
}

static void what_nothing_refers_to_is_not_referred_to(void **state)
{
    struct made made;

    make(&made);
    assert_false(is_referred(&made, NO_TABLE));
    assert_false(referred_is_one_of(&made.image, NULL, 0, NO_TABLE));
    made_end(&made);
}

static void a_call_refers_to_it_wherever_it_stands(void **state)
{
    static const size_t places[] = {CALLER, CALLER + 7, MADE_CODE - 9, MADE_DATA - 4};

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct made made;
        make(&made);
        refer(&made, places[i]);
        assert_true(is_referred(&made, NO_TABLE));
        made_end(&made);
    }
}

static void each_of_the_functions_counts(void **state)
{
    struct made made;
    uintptr_t functions[REFERRED_MAX];

    for (size_t i = 0; i < REFERRED_MAX; i++) {
        make(&made);
        for (size_t k = 0; k < REFERRED_MAX; k++)
            functions[k] = (uintptr_t)made.memory + CALLER + k;
        functions[i] = function_of(&made);
        assert_false(referred_is_one_of(&made.image, functions, REFERRED_MAX, NO_TABLE));
        refer(&made, CALLER + 8);
        assert_true(referred_is_one_of(&made.image, functions, REFERRED_MAX, NO_TABLE));
        made_end(&made);
    }
}

/* 4 zeros before a function lead to it, but are filling. */
static void zeros_before_it_do_not_count(void **state)
{
    struct made made;

    make(&made);
    memset(made.memory + MADE_CODE - 16, 0, 16);
    assert_false(is_referred(&made, NO_TABLE));
    made_end(&made);
}

static void the_address_in_data_counts_but_in_the_table_of_functions(void **state)
{
    struct made made;
    struct image_range table;

    make(&made);
    put_address(&made, MADE_SIZE - 8);
    assert_true(is_referred(&made, NO_TABLE));
    table = (struct image_range){(uintptr_t)made.memory + MADE_SIZE - 16, (uintptr_t)made.memory + MADE_SIZE};
    assert_false(is_referred(&made, &table));
    put_address(&made, MADE_SIZE - 24);
    assert_true(is_referred(&made, &table));
    made_end(&made);
}

/* No address of a function is there before the program runs. */
static void data_that_is_not_in_the_file_does_not_count(void **state)
{
    struct made made;

    make(&made);
    made.image.segments[1].file_end = made.image.segments[1].range.start + 64;
    put_address(&made, MADE_DATA + 64);
    assert_false(is_referred(&made, NO_TABLE));
    put_address(&made, MADE_DATA + 56);
    assert_true(is_referred(&made, NO_TABLE));
    made_end(&made);
}

static void an_address_of_4_bytes_in_code_counts_where_the_module_is_linked_for_a_fixed_one(void **state)
{
    struct made made;

    make(&made);
    made_word(made.memory + CALLER + 3, (int32_t)(uint32_t)function_of(&made));
    assert_false(is_referred(&made, NO_TABLE));
    made.image.base = 0;
    assert_true(is_referred(&made, NO_TABLE));
    made_end(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nothing_refers_to_is_not_referred_to),
        cmocka_unit_test(a_call_refers_to_it_wherever_it_stands),
        cmocka_unit_test(each_of_the_functions_counts),
        cmocka_unit_test(zeros_before_it_do_not_count),
        cmocka_unit_test(the_address_in_data_counts_but_in_the_table_of_functions),
        cmocka_unit_test(data_that_is_not_in_the_file_does_not_count),
        cmocka_unit_test(an_address_of_4_bytes_in_code_counts_where_the_module_is_linked_for_a_fixed_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
