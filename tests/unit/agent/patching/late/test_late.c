#include "tests/unit/check.h"

#include "agent/patching/late/way.h"
#include "tests/unit/agent/patching/made_image.h"
#include "tests/unit/agent/patching/made_library.h"

/* Functions of the module, 64 bytes apart but for the last one. */
enum {
    OPEN,
    PREPARE,
    STEP,
    COLUMN,
    EXEC,
    EXEC_COPY, /* a compiler's, for arguments that it knew */
    INNER,     /* exec calls it, and so does its copy */
    OTHER,     /* likewise */
    METHOD,    /* a table of the library's leads to it */
    PROGRAM,
    PROGRAM_METHOD, /* a table of the program's leads to it, which lies behind the library's */
    HEART,          /* step calls it, and it is large */
    FUNCTIONS,
};

#define TABLE          512 /* of the library, in data */
#define PROGRAMS_TABLE 528

struct scene {
    struct made made;
    struct found_table table;
    struct way way;
    struct patch_outcome outcome;
};

static uintptr_t address_of(const struct scene *scene, int function)
{
    return (uintptr_t)scene->made.memory + MADE_CODE + (size_t)function * 64;
}

static uintptr_t data_at(const struct scene *scene, size_t offset)
{
    return (uintptr_t)scene->made.memory + MADE_DATA + offset;
}

/* Puts the n-th thing that a function does: 7 bytes each, behind the first 8, which do nothing. */
static uint8_t *room(const struct scene *scene, int function, size_t n)
{
    return (uint8_t *)address_of(scene, function) + 8 + n * 7;
}

static void call(struct scene *scene, int from, size_t n, int to)
{
    uint8_t *at = room(scene, from, n);

    *at = 0xe8;
    made_word(at + 1, (int64_t)(address_of(scene, to) - (uintptr_t)(at + 5)));
}

/* lea rax, [rip + x] */
static void take_address(struct scene *scene, int from, size_t n, uintptr_t of)
{
    uint8_t *at = room(scene, from, n);

    memcpy(at, "\x48\x8d\x05", 3);
    made_word(at + 3, (int64_t)(of - (uintptr_t)(at + 7)));
}

/* Calls what nobody knows: call rax. */
static void call_unknown(struct scene *scene, int from, size_t n)
{
    memcpy(room(scene, from, n), "\xff\xd0", 2);
}

/* Nobody calls open, prepare and their kin: they were put into PROGRAM, which calls step. */
static void begin(struct scene *scene)
{
    static const size_t sizes[FUNCTIONS] = {64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 9000};
    uintptr_t *slots;

    *scene = (struct scene){0};
    made_begin(&scene->made, sizes, FUNCTIONS);
    for (int i = 0; i < FUNCTIONS; i++) {
        memset((uint8_t *)address_of(scene, i), 0x90, sizes[i] - 1);
        ((uint8_t *)address_of(scene, i))[sizes[i] - 1] = 0xc3;
    }
    made_ready(&scene->made);
    slots = (uintptr_t *)data_at(scene, 0);
    slots[MADE_SLOT_OPEN] = address_of(scene, OPEN);
    slots[MADE_SLOT_PREPARE] = address_of(scene, PREPARE);
    slots[MADE_SLOT_STEP] = address_of(scene, STEP);
    slots[MADE_SLOT_COLUMN] = address_of(scene, COLUMN);
    slots[MADE_SLOT_EXEC] = address_of(scene, EXEC);
    *(uintptr_t *)data_at(scene, TABLE) = address_of(scene, METHOD);
    *(uintptr_t *)data_at(scene, PROGRAMS_TABLE) = address_of(scene, PROGRAM_METHOD);
    scene->table = (struct found_table){.slots = slots, .count = MADE_SLOTS, .version = MADE_TEXT};
    for (int i = OPEN; i <= STEP; i++)
        call_unknown(scene, i, 0);
    call(scene, STEP, 1, HEART);
    take_address(scene, OPEN, 1, data_at(scene, TABLE));
    call(scene, METHOD, 0, STEP);
    for (size_t i = 0; i < 2; i++) {
        call(scene, i ? EXEC_COPY : EXEC, 0, STEP);
        call(scene, i ? EXEC_COPY : EXEC, 1, INNER);
        call(scene, i ? EXEC_COPY : EXEC, 2, OTHER);
    }
    call(scene, EXEC, 3, COLUMN);
    call(scene, METHOD, 1, EXEC_COPY);
    call(scene, PROGRAM, 0, STEP);
    take_address(scene, PROGRAM, 1, data_at(scene, PROGRAMS_TABLE));
    call(scene, PROGRAM_METHOD, 0, STEP);
}

static bool find(struct scene *scene)
{
    return way_find(&scene->made.image, &made_library, &scene->table, (uintptr_t)scene->made.memory + MADE_SIZE, &scene->way,
                    &scene->outcome);
}

static bool reaches(const struct scene *scene, int function)
{
    return reach_has(&scene->way.reach, &scene->made.image, address_of(scene, function));
}

static bool is_behalf(const struct scene *scene, int function)
{
    for (size_t i = 0; i < scene->way.late.behalf_count; i++) {
        if (scene->way.late.behalf[i] == address_of(scene, function))
            return true;
    }
    return false;
}

static void end(struct scene *scene, bool found)
{
    if (found)
        reach_free(&scene->way.reach);
    made_end(&scene->made);
}

static void a_copy_of_which_only_step_is_called_is_watched_by_that(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    assert_true(find(&scene));
    assert_true(scene.way.is_late);
    assert_int_equal(scene.way.plan.count, 1);
    assert_int_equal(scene.way.plan.functions[0], address_of(&scene, STEP));
    end(&scene, true);
}

static void a_table_ends_where_the_program_refers_to_the_next_one(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    assert_true(find(&scene));
    assert_true(reaches(&scene, METHOD) && reaches(&scene, HEART) && reaches(&scene, EXEC_COPY));
    assert_false(reaches(&scene, PROGRAM) || reaches(&scene, PROGRAM_METHOD));
    end(&scene, true);
}

static void copies_of_what_runs_statements_for_the_program_are_known_by_what_they_call(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    assert_true(find(&scene));
    assert_true(is_behalf(&scene, EXEC) && is_behalf(&scene, EXEC_COPY));
    assert_false(is_behalf(&scene, METHOD) || is_behalf(&scene, STEP));
    end(&scene, true);
}

static void a_copy_with_something_more_is_in_doubt_when_the_program_calls_it(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    call(&scene, EXEC_COPY, 3, PREPARE);
    assert_true(find(&scene));
    assert_false(is_behalf(&scene, EXEC_COPY));
    reach_free(&scene.way.reach);
    call(&scene, PROGRAM, 2, EXEC_COPY);
    assert_false(find(&scene));
    assert_int_equal(scene.outcome.result, PATCH_UNUSED);
    end(&scene, false);
}

static void step_within_a_function_of_the_programs_keeps_a_copy_from_being_watched(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    call(&scene, PROGRAM, 2, HEART);
    assert_false(find(&scene));
    assert_int_equal(scene.outcome.result, PATCH_UNUSED);
    end(&scene, false);
}

static void a_part_of_step_within_a_function_of_the_programs_does_so_too(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    call(&scene, STEP, 1, INNER); /* which leads to the heart */
    call(&scene, INNER, 0, HEART);
    assert_true(find(&scene));
    reach_free(&scene.way.reach);
    call(&scene, PROGRAM, 2, INNER);
    assert_false(find(&scene));
    end(&scene, false);
}

static void a_copy_that_nobody_calls_is_not_watched(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    memset(room(&scene, PROGRAM, 0), 0x90, 5);
    memset(room(&scene, PROGRAM_METHOD, 0), 0x90, 5);
    assert_false(find(&scene));
    end(&scene, false);
}

static void a_copy_without_what_is_asked_of_it_is_not_watched(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    ((uintptr_t *)data_at(&scene, 0))[MADE_SLOT_COLUMN] = 0;
    assert_false(find(&scene));
    end(&scene, false);
}

static void a_copy_whose_functions_are_all_called_is_watched_by_all(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    call(&scene, PROGRAM, 2, OPEN);
    assert_true(find(&scene));
    assert_false(scene.way.is_late);
    assert_int_equal(scene.way.plan.count, 3);
    end(&scene, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_of_which_only_step_is_called_is_watched_by_that),
        cmocka_unit_test(a_table_ends_where_the_program_refers_to_the_next_one),
        cmocka_unit_test(copies_of_what_runs_statements_for_the_program_are_known_by_what_they_call),
        cmocka_unit_test(a_copy_with_something_more_is_in_doubt_when_the_program_calls_it),
        cmocka_unit_test(step_within_a_function_of_the_programs_keeps_a_copy_from_being_watched),
        cmocka_unit_test(a_part_of_step_within_a_function_of_the_programs_does_so_too),
        cmocka_unit_test(a_copy_that_nobody_calls_is_not_watched),
        cmocka_unit_test(a_copy_without_what_is_asked_of_it_is_not_watched),
        cmocka_unit_test(a_copy_whose_functions_are_all_called_is_watched_by_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
