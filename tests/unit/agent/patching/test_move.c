#include "tests/unit/check.h"

#include "agent/patching/move.h"
#include "tests/unit/agent/patching/made_image.h"

#define BYTES(...)                                                                                                               \
    {                                                                                                                            \
        __VA_ARGS__                                                                                                              \
    }

typedef long function(long a, long b);

struct form {
    const char *name;
    size_t size;
    uint8_t code[64];
    enum move_result result;
};

/* Functions of two numbers, whose beginnings have what compilers begin functions with. */
static const struct form forms[] = {
    {"frame pointer", 9, BYTES(0x55, 0x48, 0x89, 0xe5, 0x48, 0x8d, 0x04, 0x37, 0x5d), MOVE_DONE},
    {"endbr64", 13, BYTES(0xf3, 0x0f, 0x1e, 0xfa, 0x53, 0x48, 0x89, 0xfb, 0x48, 0x8d, 0x04, 0x33, 0x5b), MOVE_DONE},
    {"short branch", 15, BYTES(0x48, 0x85, 0xff, 0x74, 0x05, 0x48, 0x8d, 0x04, 0x37, 0xc3, 0xb8, 0x07, 0, 0, 0), MOVE_DONE},
    {"long branch", 20,
     BYTES(0x48, 0x39, 0xf7, 0x0f, 0x8f, 0x04, 0, 0, 0, 0x48, 0x89, 0xf0, 0xc3, 0x48, 0x89, 0xf8, 0x48, 0xff, 0xc0, 0x90),
     MOVE_DONE},
    {"short jump", 14, BYTES(0x31, 0xc0, 0xeb, 0x05, 0xb8, 1, 0, 0, 0, 0x48, 0x01, 0xf0, 0x90, 0x90), MOVE_DONE},
    {"long jump", 13, BYTES(0xe9, 0x04, 0, 0, 0, 0xb8, 1, 0, 0, 0x48, 0x89, 0xf0, 0x90), MOVE_DONE},
    {"operand by its place", 12, BYTES(0x48, 0x8b, 0x05, 0xf9, 0x1f, 0, 0, 0x48, 0x01, 0xf8, 0x90, 0x90), MOVE_DONE},
    {"address by its place", 11, BYTES(0x48, 0x8d, 0x05, 0xf9, 0x1f, 0, 0, 0x48, 0x8b, 0x00, 0x90), MOVE_DONE},
    {"operand and immediate", 20,
     BYTES(0x48, 0x81, 0x3d, 0xf5, 0x1f, 0, 0, 0x07, 0, 0, 0, 0x0f, 0x94, 0xc0, 0x0f, 0xb6, 0xc0, 0x90, 0x90, 0x90), MOVE_DONE},
    {"constant of 8 bytes", 13, BYTES(0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 0, 0x48, 0x01, 0xf8), MOVE_DONE},
    {"thread's storage", 12, BYTES(0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0, 0x48, 0x31, 0xc0), MOVE_DONE},
    {"sign extension and jump", 13, BYTES(0x48, 0x63, 0xf6, 0xe9, 0x03, 0, 0, 0, 0xcc, 0xcc, 0xcc, 0x89, 0xf0), MOVE_DONE},
    {"floating point", 15, BYTES(0xf2, 0x48, 0x0f, 0x2a, 0xc7, 0xf2, 0x48, 0x0f, 0x2c, 0xc0, 0x48, 0x01, 0xf0, 0x90, 0x90),
     MOVE_DONE},
    {"loop to its beginning", 8, BYTES(0x48, 0xff, 0xcf, 0x79, 0xfb, 0x48, 0x89, 0xf8), MOVE_BRANCH},
    {"loop into its beginning", 11, BYTES(0x31, 0xc0, 0x48, 0xff, 0xc0, 0x48, 0xff, 0xcf, 0x75, 0xf8, 0x90), MOVE_BRANCH},
    {"call", 6, BYTES(0xe8, 0x00, 0, 0, 0, 0x58), MOVE_DONE},
    {"call with a frame", 18,
     BYTES(0x55, 0x48, 0x89, 0xe5, 0xe8, 0x03, 0, 0, 0, 0x5d, 0xc3, 0x90, 0x48, 0x8d, 0x04, 0x37, 0xc3, 0x90), MOVE_DONE},
    {"call of a pointer", 6, BYTES(0xff, 0xd0, 0x48, 0x89, 0xf8, 0x90), MOVE_FIXED},
    {"branch by counter", 8, BYTES(0xe3, 0x04, 0x48, 0x89, 0xf8, 0x90, 0x90, 0x90), MOVE_FIXED},
    {"breakpoint", 6, BYTES(0xcc, 0x48, 0x89, 0xf8, 0x90, 0x90), MOVE_FIXED},
    {"unknown", 6, BYTES(0x06, 0x48, 0x89, 0xf8, 0x90, 0x90), MOVE_UNKNOWN},
    {"unknown further on", 10, BYTES(0x55, 0x48, 0x89, 0xe5, 0x48, 0x89, 0xf8, 0x5d, 0xc3, 0x06), MOVE_UNKNOWN},
};

static void make(struct made *made, const struct form *form)
{
    size_t size = form->size + 1;
    long number = 7;

    made_begin(made, &size, 1);
    memcpy(made->memory + MADE_CODE, form->code, form->size);
    made->memory[MADE_CODE + form->size] = 0xc3;
    memcpy(made->memory + MADE_DATA, &number, sizeof number);
    made_ready(made);
}

static void protect(struct made *made, int protection)
{
    assert_int_equal(mprotect(made->memory, MADE_DATA, protection), 0);
}

static void call_all(uint8_t *code, long results[4])
{
    function *f = (function *)(void *)code;

    results[0] = f(0, 0);
    results[1] = f(3, 4);
    results[2] = f(-5, 11);
    results[3] = f(1L << 40, 2);
}

/* The function does the same as before when it is called by what was moved, and when it is called through the jump. */
static void what_was_moved_does_the_same(void **state)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct made made;
        struct moved moved;
        uint8_t *code, *place;
        long before[4], called[4], patched[4];
        uint8_t jump[MOVE_JUMP];
        enum move_result result;

        make(&made, &forms[i]);
        code = made.memory + MADE_CODE;
        place = made.memory + MADE_ROOM;
        result = move_beginning(&made.image, (uintptr_t)code, (uintptr_t)place, &moved);
        if (result != forms[i].result)
            print_message("%s: %d\n", forms[i].name, result);
        assert_int_equal(result, forms[i].result);
        if (result == MOVE_DONE) {
            protect(&made, PROT_READ | PROT_EXEC);
            call_all(code, before);
            protect(&made, PROT_READ | PROT_WRITE);
            memcpy(place, moved.code, moved.length);
            assert_true(move_jump(moved.at, (uintptr_t)place, jump));
            memcpy((void *)moved.at, jump, sizeof jump);
            protect(&made, PROT_READ | PROT_EXEC);
            call_all(place, called);
            call_all(code, patched);
            assert_memory_equal(before, called, sizeof before);
            assert_memory_equal(before, patched, sizeof before);
        }
        made_end(&made);
    }
}

static void endbr64_stays(void **state)
{
    struct made made;
    struct moved moved;

    make(&made, &forms[1]);
    assert_int_equal(move_beginning(&made.image, (uintptr_t)made.memory + MADE_CODE, (uintptr_t)made.memory + MADE_ROOM, &moved),
                     MOVE_DONE);
    assert_int_equal(moved.at, (uintptr_t)made.memory + MADE_CODE + 4);
    made_end(&made);
}

static void a_short_function_may_have_filling_behind_it(void **state)
{
    static const size_t sizes[] = {3, 3};
    static const uint8_t fillings[][8] = {{0xcc, 0xcc}, {0x90, 0x90}, {0x66, 0x90}, {0x0f, 0x1f, 0x40, 0}, {0x00, 0x00}};

    for (size_t i = 0; i < sizeof fillings / sizeof fillings[0]; i++) {
        struct made made;
        struct moved moved;
        enum move_result result;
        made_begin(&made, sizes, 2);
        memcpy(made.memory + MADE_CODE, (const uint8_t[]){0x31, 0xc0, 0xc3}, 3);
        memcpy(made.memory + MADE_CODE + 3, fillings[i], 4);
        made_ready(&made);
        result = move_beginning(&made.image, (uintptr_t)made.memory + MADE_CODE, (uintptr_t)made.memory + MADE_ROOM, &moved);
        assert_int_equal(result, i == 4 ? MOVE_SHORT : MOVE_DONE);
        made_end(&made);
    }
}

static void only_a_function_s_beginning_is_moved(void **state)
{
    struct made made;
    struct moved moved;

    make(&made, &forms[0]);
    assert_int_equal(
        move_beginning(&made.image, (uintptr_t)made.memory + MADE_CODE + 1, (uintptr_t)made.memory + MADE_ROOM, &moved),
        MOVE_NO_FUNCTION);
    assert_int_equal(
        move_beginning(&made.image, (uintptr_t)made.memory + MADE_CODE + 500, (uintptr_t)made.memory + MADE_ROOM, &moved),
        MOVE_NO_FUNCTION);
    made_end(&made);
}

static void what_is_too_far_is_refused(void **state)
{
    struct made made;
    struct moved moved;
    uint8_t jump[MOVE_JUMP];

    make(&made, &forms[6]);
    assert_int_equal(
        move_beginning(&made.image, (uintptr_t)made.memory + MADE_CODE, (uintptr_t)made.memory - (3UL << 30), &moved), MOVE_FAR);
    assert_false(move_jump(1UL << 40, 0, jump));
    made_end(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_moved_does_the_same),
        cmocka_unit_test(endbr64_stays),
        cmocka_unit_test(a_short_function_may_have_filling_behind_it),
        cmocka_unit_test(only_a_function_s_beginning_is_moved),
        cmocka_unit_test(what_is_too_far_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
