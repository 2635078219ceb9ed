#include "tests/unit/check.h"

#include "agent/patching/callers/mixed.h"
#include "tests/unit/agent/patching/made_image.h"
#include "tests/unit/agent/patching/made_library.h"

/* Functions of the module, 64 bytes apart. */
enum {
    OPEN,
    PREPARE,
    STEP,
    COLUMN,     /* public, and not interposed */
    INNER,      /* step calls it */
    OPEN_INNER, /* open calls it, and nobody else */
    WAY_OUT,    /* step calls it; it leads to another module */
    PROGRAM,
    FUNCTIONS,
};

struct scene {
    struct made made;
    struct found_table table;
    uint64_t reached;
};

static uintptr_t address_of(const struct scene *scene, int function)
{
    return (uintptr_t)scene->made.memory + MADE_CODE + (size_t)function * 64;
}

/* Puts the n-th call of a function. */
static void call(struct scene *scene, int from, size_t n, uintptr_t to)
{
    uint8_t *at = (uint8_t *)address_of(scene, from) + n * 5;

    *at = 0xe8;
    made_word(at + 1, (int64_t)(to - (uintptr_t)(at + 5)));
}

/* The program opens a connection by a call of its own, step calls INNER and a function of another module. */
static void begin(struct scene *scene)
{
    static const size_t sizes[FUNCTIONS] = {32, 32, 32, 32, 32, 32, 32, 32};
    uintptr_t *slots;

    *scene = (struct scene){0};
    made_begin(&scene->made, sizes, FUNCTIONS);
    for (int i = 0; i < FUNCTIONS; i++) {
        memset((uint8_t *)address_of(scene, i), 0x90, 31);
        ((uint8_t *)address_of(scene, i))[31] = 0xc3;
        if (i != PROGRAM)
            scene->reached |= UINT64_C(1) << i;
    }
    memcpy((uint8_t *)address_of(scene, WAY_OUT), (const uint8_t[]){0xff, 0x25, 0, 0x10, 0, 0}, 6);
    made_ready(&scene->made);
    slots = (uintptr_t *)(void *)(scene->made.memory + MADE_DATA);
    slots[MADE_SLOT_OPEN] = address_of(scene, OPEN);
    slots[MADE_SLOT_PREPARE] = address_of(scene, PREPARE);
    slots[MADE_SLOT_STEP] = address_of(scene, STEP);
    slots[MADE_SLOT_COLUMN] = address_of(scene, COLUMN);
    scene->table = (struct found_table){.slots = slots, .count = MADE_SLOTS, .version = MADE_TEXT};
    call(scene, OPEN, 0, address_of(scene, OPEN_INNER));
    call(scene, STEP, 0, address_of(scene, INNER));
    call(scene, STEP, 1, address_of(scene, WAY_OUT));
    call(scene, STEP, 2, address_of(scene, PREPARE));
    call(scene, PROGRAM, 0, address_of(scene, OPEN));
}

static bool ask(const struct scene *scene)
{
    uint64_t bits = scene->reached;
    struct reach reach = {.bits = &bits, .size = sizeof bits};

    return mixed_is(&scene->made.image, &made_library, &scene->table, &reach);
}

/* Where nothing says where functions are but those of the library. */
static bool ask_by_outline(const struct scene *scene)
{
    struct image image = scene->made.image;
    struct image_range functions[FUNCTIONS];
    struct outline outline = {.functions = functions};

    for (int i = 0; i < FUNCTIONS; i++) {
        uintptr_t address = address_of(scene, i);
        if (scene->reached >> i & 1)
            functions[outline.count++] = (struct image_range){address, address + 32};
    }
    outline_attach(&outline, &image);
    return mixed_is_called_inside(&image, &made_library, &scene->table);
}

static bool end(struct scene *scene)
{
    bool is_mixed = ask(scene);

    if (!mixed_is_unused(&scene->made.image, &made_library, &scene->table))
        assert_int_equal(ask_by_outline(scene), is_mixed);
    made_end(&scene->made);
    return is_mixed;
}

static void a_program_that_calls_public_functions_is_not_mixed(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, PROGRAM, 1, address_of(&scene, PREPARE));
    call(&scene, PROGRAM, 2, address_of(&scene, STEP));
    assert_false(end(&scene));
}

static void a_program_that_calls_what_step_is_made_of_is_mixed(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, PROGRAM, 1, address_of(&scene, PREPARE));
    call(&scene, PROGRAM, 2, address_of(&scene, INNER));
    assert_true(end(&scene));
}

static void the_order_does_not_matter(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, PROGRAM, 1, address_of(&scene, INNER));
    call(&scene, PROGRAM, 2, address_of(&scene, STEP));
    assert_true(end(&scene));
}

/* One that calls both is needed: a function that calls only what is within may be the library's, which no table leads to. */
static void what_calls_no_public_function_says_nothing(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, PROGRAM, 1, address_of(&scene, INNER));
    assert_false(end(&scene));
}

static void the_library_s_own_functions_say_nothing(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, PROGRAM, 1, address_of(&scene, STEP));
    call(&scene, PROGRAM, 2, address_of(&scene, INNER));
    scene.reached |= UINT64_C(1) << PROGRAM;
    assert_false(end(&scene));
}

static void a_public_function_that_step_calls_is_anybody_s(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, STEP, 3, address_of(&scene, COLUMN));
    call(&scene, PROGRAM, 1, address_of(&scene, STEP));
    call(&scene, PROGRAM, 2, address_of(&scene, COLUMN));
    assert_false(end(&scene));
}

static void what_open_alone_calls_says_nothing(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, PROGRAM, 1, address_of(&scene, STEP));
    call(&scene, PROGRAM, 2, address_of(&scene, OPEN_INNER));
    assert_false(end(&scene));
}

static void a_way_into_another_module_is_anybody_s(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, PROGRAM, 1, address_of(&scene, STEP));
    call(&scene, PROGRAM, 2, address_of(&scene, WAY_OUT));
    assert_false(end(&scene));
}

static void a_place_within_a_function_is_no_function(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, STEP, 0, address_of(&scene, INNER) + 8);
    call(&scene, PROGRAM, 1, address_of(&scene, STEP));
    call(&scene, PROGRAM, 2, address_of(&scene, INNER) + 8);
    assert_false(end(&scene));
}

static void a_function_that_cannot_be_decoded_says_nothing(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, PROGRAM, 1, address_of(&scene, STEP));
    ((uint8_t *)address_of(&scene, PROGRAM))[10] = 0x06;
    call(&scene, PROGRAM, 3, address_of(&scene, INNER));
    assert_false(end(&scene));
}

/* Sessions and RBU are compiled with the rest, and no table leads to them. */
static void parts_of_the_library_that_call_both_are_not_mixed(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, PROGRAM, 1, address_of(&scene, STEP));
    call(&scene, PROGRAM, 2, address_of(&scene, INNER));
    strcpy((char *)scene.made.memory + 3000, MADE_PART);
    assert_false(ask(&scene));
    memset(scene.made.memory + 3000, 0, 64);
    strcpy((char *)scene.made.memory + MADE_DATA + 1024, MADE_PART); /* what is writable may have the program's */
    assert_true(end(&scene));
}

static void a_copy_that_nothing_opens_is_mixed(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, PROGRAM, 0, address_of(&scene, STEP));
    assert_true(end(&scene));
}

static void the_address_of_open_in_the_program_s_data_opens_it(void **state)
{
    struct scene scene;

    begin(&scene);
    call(&scene, PROGRAM, 0, address_of(&scene, STEP));
    *(uintptr_t *)(void *)(scene.made.memory + MADE_DATA + 2048) = address_of(&scene, OPEN);
    assert_false(end(&scene));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_calls_public_functions_is_not_mixed),
        cmocka_unit_test(a_program_that_calls_what_step_is_made_of_is_mixed),
        cmocka_unit_test(the_order_does_not_matter),
        cmocka_unit_test(what_calls_no_public_function_says_nothing),
        cmocka_unit_test(the_library_s_own_functions_say_nothing),
        cmocka_unit_test(a_public_function_that_step_calls_is_anybody_s),
        cmocka_unit_test(what_open_alone_calls_says_nothing),
        cmocka_unit_test(a_way_into_another_module_is_anybody_s),
        cmocka_unit_test(a_place_within_a_function_is_no_function),
        cmocka_unit_test(a_function_that_cannot_be_decoded_says_nothing),
        cmocka_unit_test(parts_of_the_library_that_call_both_are_not_mixed),
        cmocka_unit_test(a_copy_that_nothing_opens_is_mixed),
        cmocka_unit_test(the_address_of_open_in_the_program_s_data_opens_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
