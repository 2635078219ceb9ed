/* Frames of HotSpot on a stack that is made here, with compiled code, an interpreter and a call out of native code as the machine
 * lays them out. */
#include "tests/unit/check.h"

#include <stdio.h>
#include <string.h>

#include "agent/process/thread.h"
#include "collectors/languages/hotspot/chain.h"
#include "collectors/languages/hotspot/memo.h"

#define SEGMENT   64
#define BLOCK     16 /* bytes of a piece's header */
#define INTERPRET 0x7000
#define ENTRY     0x9000
#define STACK     128

/* A piece of code, as the tables below tell. */
struct piece {
    uint64_t length, used;
    uint32_t size, frame_size; /* bytes from here on; words */
    char code[8 * SEGMENT - 24];
};
_Static_assert(sizeof(struct piece) == 8 * SEGMENT, "segments");

struct world {
    struct piece pieces[3];
    uint8_t segments[3 * 8];
    uintptr_t high, heap, life[2];
    struct { /* JavaThread */
        uintptr_t sp, pc, fp, base, object, virtual;
        char environment[8];
    } thread;
    uintptr_t stack[STACK];
    struct hotspot_layout layout;
};

static struct thread runner;

static uintptr_t code(struct world *world, int piece, uintptr_t at)
{
    return (uintptr_t)&world->pieces[piece] + 32 + at;
}

static void make_layout(struct world *world)
{
    world->high = (uintptr_t)(world->pieces + 3);
    world->layout = (struct hotspot_layout){
        .interpreter_low = INTERPRET,
        .interpreter_size = 0x1000,
        .entry = ENTRY,
        .heaps = {{(uintptr_t)world->pieces, &world->high, world->segments, 6}},
        .heap_count = 1,
        .block_used = offsetof(struct piece, used),
        .block_size = BLOCK,
        .piece_size = offsetof(struct piece, size) - BLOCK,
        .frame_size = offsetof(struct piece, frame_size) - BLOCK,
        .anchor_pc = 8,
        .anchor_fp = 16,
        .stack_base = 24,
        .thread_object = 32,
        .thread_in_environment = offsetof(struct world, thread.environment) - offsetof(struct world, thread),
        .collected_heap = &world->heap,
    };
    world->heap = (uintptr_t)world->life;
}

/* Innermost first: a compiled native method (0), a compiled one (1), an interpreted one, native code that called Java, a compiled
 * one (2), and the native code that the thread began with. */
static void make_stack(struct world *world)
{
    uintptr_t *stack = world->stack, *interpreted = stack + 40, *native = stack + 56, *first = stack + 100;

    world->thread.sp = (uintptr_t)(stack + 1);
    world->thread.pc = code(world, 0, 10);
    world->thread.fp = 0;
    world->thread.base = (uintptr_t)(stack + STACK);
    stack[0] = code(world, 0, 20);
    stack[1 + 6 - 1] = code(world, 1, 30); /* 6 words */
    stack[1 + 6 - 2] = 12345;              /* what a compiled caller had in the register is its own business */
    stack[7 + 10 - 1] = INTERPRET + 100;   /* 10 words */
    stack[7 + 10 - 2] = (uintptr_t)interpreted;
    interpreted[-1] = (uintptr_t)(interpreted + 4);
    interpreted[-3] = 0x5000;
    interpreted[-8] = 0x6001;
    interpreted[0] = (uintptr_t)native;
    interpreted[1] = ENTRY;
    native[-6] = (uintptr_t)(stack + 70); /* what it kept: anchor */
    stack[70] = (uintptr_t)(stack + 80);
    stack[71] = 0;
    stack[72] = 0;
    stack[79] = code(world, 2, 40);
    stack[80 + 8 - 1] = ENTRY; /* 8 words */
    stack[80 + 8 - 2] = (uintptr_t)first;
    first[-6] = (uintptr_t)(stack + 110);
    stack[110] = 0;
}

static int make(void **state)
{
    static struct world world;

    memset(&world, 0, sizeof world);
    runner = (struct thread){.alive = true};
    thread_self = &runner;
    for (int i = 0; i < 3; i++) {
        world.pieces[i] = (struct piece){
            .used = true, .size = sizeof(struct piece) - BLOCK, .frame_size = (uint32_t[]){6, 10, 8}[i]};
        for (int j = 0; j < 8; j++) /* the eighth segment is two steps away */
            world.segments[8 * i + j] = j < 7 ? (uint8_t)j : 3;
    }
    make_layout(&world);
    make_stack(&world);
    *state = &world;
    return 0;
}

/* The stack is below the frames of whom it is asked by: it lies on the test's own. */
static void put_below(const struct world *world, struct world *ret)
{
    *ret = *world;
    for (size_t i = 0; i < STACK; i++) { /* addresses in it move along */
        if (world->stack[i] - (uintptr_t)world->stack < sizeof world->stack)
            ret->stack[i] = world->stack[i] - (uintptr_t)world->stack + (uintptr_t)ret->stack;
    }
    ret->thread.sp = world->thread.sp - (uintptr_t)world->stack + (uintptr_t)ret->stack;
    ret->thread.base = (uintptr_t)(ret->stack + STACK);
}

static bool identify(struct world *world, uint64_t *ret)
{
    struct world copy;

    put_below(world, &copy);
    return hotspot_identify(&world->layout, copy.thread.environment, ret);
}

static bool test(struct world *world)
{
    struct world copy;

    put_below(world, &copy);
    return hotspot_chain_test(&world->layout, copy.thread.environment);
}

static uint64_t number_of(struct world *world)
{
    uint64_t number;

    assert_true(identify(world, &number));
    return number;
}

/* Read, read again and learned, verified. */
static void frames_are_followed_to_the_first(void **state)
{
    struct world *world = *state;
    uint64_t number = number_of(world);

    for (int i = 0; i < 5; i++)
        assert_int_equal(number_of(world), number);
}

static void what_a_frame_was_found_by_makes_another_stack(void **state)
{
    struct world *world = *state;
    uint64_t number = number_of(world);
    struct {
        uintptr_t *word, value;
    } changes[] = {
        {&world->thread.pc, code(world, 0, 11)}, {&world->stack[6], code(world, 1, 31)},  {&world->stack[40 - 3], 0x5008},
        {&world->stack[40 - 8], 0x6002},         {&world->stack[79], code(world, 2, 41)}, {world->life, 1},
    };

    number_of(world);
    number_of(world);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        uintptr_t before = *changes[i].word;

        *changes[i].word = changes[i].value;
        assert_int_not_equal(number_of(world), number);
        *changes[i].word = before;
        assert_int_equal(number_of(world), number);
    }
}

/* A counter beside the address of a call that is over, locals, registers. */
static void what_else_lies_there_does_not(void **state)
{
    struct world *world = *state;
    uint64_t number = number_of(world);
    static const int words[] = {2, 5, 8, 20, 38, 45, 60, 71 + 2, 75, 85, 105};

    for (uintptr_t turn = 0; turn < 4; turn++) {
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            world->stack[words[i]] = turn % 2 ? INTERPRET + turn : code(world, 1, turn);
        assert_int_equal(number_of(world), number);
    }
}

static void a_stack_that_cannot_be_followed_has_no_number(void **state)
{
    struct world *world = *state;
    uint64_t number;
    struct {
        const char *what;
        void *at;
        size_t size;
        uint64_t value;
    } faults[] = {
        {"code of nobody's", &world->stack[6], 8, 0x123456},
        {"code that was freed", &world->pieces[1].used, 1, 0},
        {"a segment of none", &world->segments[8], 1, 0xff},
        {"a piece that ends before", &world->pieces[1].size, 4, 8},
        {"no frame", &world->pieces[1].frame_size, 4, 0},
        {"a frame that is larger than the stack", &world->pieces[1].frame_size, 4, 1000},
        {"a base below the frame", &world->stack[15], 8, (uintptr_t)(world->stack + 18)},
        {"a base that is odd", &world->stack[15], 8, (uintptr_t)(world->stack + 40) + 1},
        {"a base behind the stack", &world->stack[15], 8, (uintptr_t)(world->stack + STACK)},
        {"a caller below its callee", &world->stack[39], 8, (uintptr_t)(world->stack + 10)},
        {"what was kept lies nowhere", &world->stack[50], 8, 16},
        {"what was kept leads back", &world->stack[70], 8, (uintptr_t)(world->stack + 60)},
        {"it goes on for ever", &world->stack[110], 8, (uintptr_t)(world->stack + 111)},
    };

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char before[8];

        memcpy(before, faults[i].at, faults[i].size);
        memcpy(faults[i].at, &faults[i].value, faults[i].size);
        world->life[0]++; /* what was learned holds no longer */
        if (identify(world, &number))
            fail_msg("%s", faults[i].what);
        memcpy(faults[i].at, before, faults[i].size);
        assert_true(identify(world, &number));
    }
}

static void interpreted_frames_are_tested_at_the_start(void **state)
{
    struct world *world = *state;
    uintptr_t method = 0x6000;

    world->stack[40 - 3] = (uintptr_t)&method;
    assert_true(test(world));
    world->stack[40 - 8] = 0; /* of a native method */
    assert_true(test(world));
    world->stack[40 - 8] = 0x5fff;
    assert_false(test(world));
    world->stack[40 - 8] = 0x6001;
    world->stack[40 - 3] = 8; /* cannot be read */
    assert_false(test(world));
}

/* The first one that asks may be a virtual thread, the rest of whose frames is elsewhere. */
static void a_chain_may_break_off_in_a_virtual_thread_alone(void **state)
{
    struct world *world = *state;
    uintptr_t method = 0x6000, carrier = 1, other = 2;
    uint64_t number;

    world->stack[40 - 3] = (uintptr_t)&method;
    world->pieces[2].frame_size = 0;
    assert_false(test(world));
    world->layout.virtual_object = 40;
    world->thread.object = world->thread.virtual = (uintptr_t)&carrier;
    assert_false(test(world));
    world->thread.virtual = (uintptr_t)&other;
    assert_true(test(world));
    assert_false(identify(world, &number));
    world->stack[40 - 8] = 0x5fff;
    assert_false(test(world));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frames_are_followed_to_the_first, make),
        cmocka_unit_test_setup(what_a_frame_was_found_by_makes_another_stack, make),
        cmocka_unit_test_setup(what_else_lies_there_does_not, make),
        cmocka_unit_test_setup(a_stack_that_cannot_be_followed_has_no_number, make),
        cmocka_unit_test_setup(interpreted_frames_are_tested_at_the_start, make),
        cmocka_unit_test_setup(a_chain_may_break_off_in_a_virtual_thread_alone, make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
