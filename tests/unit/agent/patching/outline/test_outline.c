#include "tests/unit/check.h"

#include "agent/patching/outline/outline.h"
#include "tests/unit/agent/patching/made_image.h"

#define SMALL 64  /* bytes from one function to the next */
#define TABLE 512 /* of functions, in data; the program's lies behind it */
#define READS 128 /* of data, to which an instruction reads */

/* Functions, in this order and without anything that says so. */
enum { PUBLIC, CALLED, JUMPED, METHOD, READ, OPEN, PROGRAM, PROGRAM_METHOD, FUNCTIONS };

struct scene {
    struct made made;
    struct outline outline;
};

static uint8_t *at(const struct scene *scene, int function)
{
    return scene->made.memory + MADE_CODE + (size_t)function * SMALL;
}

static void put(uint8_t *to, const char *bytes, size_t size, const uint8_t *target)
{
    memcpy(to, bytes, size);
    if (target)
        made_word(to + size, target - (to + size + 4));
}

#define CALL(to, target)      put(to, "\xe8", 1, target)
#define JUMP(to, target)      put(to, "\xe9", 1, target)
#define TAKE(to, target)      put(to, "\x48\x8d\x05", 3, target) /* lea rax, [rip + x] */
#define READ_WORD(to, target) put(to, "\x48\x8b\x05", 3, target) /* mov rax, [rip + x] */

static void begin(struct scene *scene)
{
    const size_t sizes[1] = {SMALL};
    uint8_t *data;

    *scene = (struct scene){0};
    made_begin(&scene->made, sizes, 0);
    memset(at(scene, 0), 0x90, FUNCTIONS * SMALL);
    for (int i = 0; i < FUNCTIONS; i++)
        at(scene, i)[SMALL - 1] = 0xc3;
    scene->made.headers[0].p_vaddr = MADE_CODE;
    scene->made.headers[0].p_filesz = scene->made.headers[0].p_memsz = MADE_DATA - MADE_CODE;
    scene->made.headers[2] = (ElfW(Phdr)){.p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = MADE_CODE, .p_memsz = MADE_CODE};
    made_ready(&scene->made);
    data = scene->made.memory + MADE_DATA;
    *(uintptr_t *)(data + READS) = (uintptr_t)at(scene, READ);
    *(uintptr_t *)(data + TABLE) = (uintptr_t)at(scene, METHOD);
    *(uintptr_t *)(data + TABLE + 8) = (uintptr_t)at(scene, PROGRAM_METHOD);
    CALL(at(scene, PUBLIC), at(scene, CALLED));
    TAKE(at(scene, PUBLIC) + 5, data + TABLE);
    READ_WORD(at(scene, PUBLIC) + 12, data + READS);
    JUMP(at(scene, CALLED) + SMALL - 5, at(scene, JUMPED) + 3); /* right into the middle of what stands behind it */
    memset(at(scene, JUMPED), 0xcc, 3);
    CALL(at(scene, PROGRAM), at(scene, PUBLIC));
    TAKE(at(scene, PROGRAM) + 5, data + TABLE + 8);
}

static bool make(struct scene *scene)
{
    const uintptr_t functions[] = {(uintptr_t)at(scene, PUBLIC), 0, (uintptr_t)at(scene, OPEN)};
    const uintptr_t foreign[OUTLINE_FOREIGN] = {(uintptr_t)at(scene, OPEN)};

    if (!outline_make(&scene->made.image, functions, 3, foreign, &scene->outline))
        return false;
    outline_attach(&scene->outline, &scene->made.image);
    return true;
}

static bool has(const struct scene *scene, int function, size_t offset, struct image_range *ret)
{
    size_t number;

    return image_function(&scene->made.image, (uintptr_t)at(scene, function) + offset, ret, &number);
}

static void end(struct scene *scene)
{
    outline_free(&scene->outline);
    made_end(&scene->made);
}

static void what_public_functions_lead_to_is_the_librarys_and_nothing_else(void **state)
{
    struct scene scene;
    struct image_range range;

    (void)state;
    begin(&scene);
    assert_true(make(&scene));
    assert_true(has(&scene, PUBLIC, 0, &range) && range.end == (uintptr_t)at(&scene, CALLED));
    assert_true(has(&scene, CALLED, 10, &range) && range.start == (uintptr_t)at(&scene, CALLED));
    assert_true(has(&scene, JUMPED, 3, &range) && has(&scene, METHOD, 0, &range) && has(&scene, READ, 0, &range));
    assert_false(has(&scene, JUMPED, 0, &range));
    assert_false(has(&scene, PROGRAM, 0, &range) || has(&scene, PROGRAM_METHOD, 0, &range));
    end(&scene);
}

static void a_library_that_seems_to_call_what_only_programs_call_is_not_told(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    CALL(at(&scene, METHOD), at(&scene, OPEN));
    assert_false(make(&scene));
    end(&scene);
}

static void what_is_no_instruction_or_another_in_the_middle_of_one_is_not_told(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    *at(&scene, METHOD) = 0x06;
    assert_false(make(&scene));
    *at(&scene, METHOD) = 0x90;
    assert_true(make(&scene));
    outline_free(&scene.outline);
    made_ready(&scene.made);
    put(at(&scene, CALLED) + 40, "\xb8\x90\x90\x90\x90", 5, NULL); /* mov eax, x */
    JUMP(at(&scene, METHOD), at(&scene, CALLED) + 41);
    assert_false(make(&scene));
    end(&scene);
}

/* Of two cases, in what CALLED does, with other code around them; the table stands among the module's constants. */
static void put_switch(struct scene *scene, size_t room)
{
    uint8_t *table = scene->made.memory + 1024, *code = at(scene, CALLED), *to = code + 7 + room;

    made_word(table, at(scene, JUMPED) + 8 - table);
    made_word(table + 4, at(scene, JUMPED) + 24 - table);
    made_word(table + 8, at(scene, PROGRAM) - table); /* another table */
    TAKE(at(scene, PROGRAM_METHOD), table + 8);
    put(code, "\x4c\x8d\x25", 3, table);  /* lea r12, [rip + x] */
    put(to, "\x49\x63\x04\x84", 4, NULL); /* movslq rax, [r12 + 4 * rax] */
    put(to + 4, "\x4c\x01\xe0", 3, NULL); /* add rax, r12 */
    put(to + 7, "\x90\x90", 2, NULL);     /* nop; nop */
    put(to + 9, "\x3e\xff\xe0", 3, NULL); /* notrack jmp rax */
    put(to + 12, "\x90\x90\x90\xc3", 4, NULL);
    memset(at(scene, JUMPED), 0x90, SMALL);
    memcpy(at(scene, JUMPED) + 16, "\xc3\xcc", 2);
    memcpy(at(scene, JUMPED) + 32, "\xc3\xcc", 2);
}

static void a_switch_goes_where_its_table_says(void **state)
{
    struct scene scene;
    struct image_range range;

    (void)state;
    begin(&scene);
    put_switch(&scene, 4);
    assert_true(make(&scene));
    assert_true(has(&scene, JUMPED, 8, &range) && has(&scene, JUMPED, 24, &range) && has(&scene, JUMPED, 32, &range));
    assert_false(has(&scene, JUMPED, 17, &range) || has(&scene, JUMPED, 33, &range) || has(&scene, PROGRAM, 0, &range));
    end(&scene);
}

static void a_switch_that_is_come_to_before_what_leads_to_its_table_waits_for_that(void **state)
{
    struct scene scene;
    struct image_range range;

    (void)state;
    begin(&scene);
    put_switch(&scene, 4);
    JUMP(at(&scene, PUBLIC) + 19, at(&scene, CALLED) + 11); /* what was found last is followed first */
    assert_true(make(&scene));
    assert_true(has(&scene, JUMPED, 8, &range) && has(&scene, JUMPED, 24, &range));
    end(&scene);
}

static void a_switch_without_a_table_is_not_told(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    put_switch(&scene, 4);
    memset(at(&scene, CALLED), 0x90, 7);
    assert_false(make(&scene));
    end(&scene);
}

static void a_call_in_tail_position_through_a_register_is_no_switch(void **state)
{
    struct scene scene;
    struct image_range range;

    (void)state;
    begin(&scene);
    put(at(&scene, CALLED), "\x4c\x01\xe0\x48\x8b\x47\x08\xff\xe0", 9, NULL); /* add rax, r12; mov rax, [rdi + 8]; jmp rax */
    assert_true(make(&scene));
    assert_true(has(&scene, CALLED, 8, &range) && range.end == (uintptr_t)at(&scene, CALLED) + 9);
    end(&scene);
}

static void filling_before_a_loop_does_not_end_a_function(void **state)
{
    struct scene scene;
    struct image_range range;

    (void)state;
    begin(&scene);
    put(at(&scene, METHOD), "\xeb\x0e", 2, NULL); /* over what fills up to 16 bytes */
    memcpy(at(&scene, METHOD) + 2, "\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00\x0f\x1f\x40\x00", 14);
    assert_true(make(&scene));
    assert_true(has(&scene, METHOD, 20, &range) && range.start == (uintptr_t)at(&scene, METHOD));
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_public_functions_lead_to_is_the_librarys_and_nothing_else),
        cmocka_unit_test(a_library_that_seems_to_call_what_only_programs_call_is_not_told),
        cmocka_unit_test(what_is_no_instruction_or_another_in_the_middle_of_one_is_not_told),
        cmocka_unit_test(a_switch_goes_where_its_table_says),
        cmocka_unit_test(a_switch_that_is_come_to_before_what_leads_to_its_table_waits_for_that),
        cmocka_unit_test(a_switch_without_a_table_is_not_told),
        cmocka_unit_test(a_call_in_tail_position_through_a_register_is_no_switch),
        cmocka_unit_test(filling_before_a_loop_does_not_end_a_function),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
