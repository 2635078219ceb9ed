/* Memos of V8's stacks: what they hold for, and their memory when threads come and go as worker_threads do. */
#include "tests/unit/check.h"

#include <string.h>

#include "agent/base/memory.h"
#include "agent/process/thread.h"
#include "collectors/languages/v8/memo.h"

static void threads_that_follow_each_other_share_one_memory(void **state)
{
    struct thread worker = {.alive = true};
    struct v8_memos *first;
    size_t used;

    thread_self = &worker;
    first = v8_memos_create();
    assert_non_null(first);
    used = memory_used();
    for (int i = 0; i < 200; i++) /* each gets the state of the one before it */
        assert_ptr_equal(v8_memos_create(), first);
    assert_int_equal(memory_used(), used);
}

static void nothing_of_the_thread_before_holds(void **state)
{
    static uintptr_t isolate[4096];
    struct thread worker = {.alive = true};
    struct v8_memos *memos;
    uint64_t hash = 0;

    thread_self = &worker;
    memos = v8_memos_create();
    memset(memos, 0xff, 64); /* what was seen */
    assert_ptr_equal(v8_memos_create(), memos);
    assert_true(((const unsigned char *)memos)[0] == 0 && ((const unsigned char *)memos)[63] == 0);
    assert_false(v8_memos_hold(memos, isolate, 0, &hash));
}

/* Frames as V8 links them: where each has its link, and behind it a return address. */
enum { EXIT = 8, COMPILED = 24, INTERPRETED = 40, ENTRY = 56, FRAMES = 64, ISOLATE_EXIT = 10, ISOLATE_ENTRY = 20 };

#define CODE   ((uintptr_t)0x123401)
#define OFFSET ((uintptr_t)77)
#define HASH   UINT64_C(0x5eed)

static void lay_out(uintptr_t *isolate, uintptr_t *stack, int code, int offset)
{
    static const int frames[] = {EXIT, COMPILED, INTERPRETED, ENTRY};

    memset(stack, 0, FRAMES * sizeof *stack);
    for (size_t i = 0; i + 1 < ARRAY_LENGTH(frames); i++) {
        stack[frames[i]] = (uintptr_t)&stack[frames[i + 1]];
        stack[frames[i] + 1] = 0x4000 + i;
    }
    stack[INTERPRETED - code] = CODE;
    stack[INTERPRETED - offset] = OFFSET << 32;
    stack[ENTRY - 1] = 2; /* a call of JavaScript */
    isolate[ISOLATE_EXIT] = (uintptr_t)&stack[EXIT];
    isolate[ISOLATE_ENTRY] = (uintptr_t)&stack[ENTRY];
}

static void expect_unlike(struct v8_memos *memos, const uintptr_t *isolate, uintptr_t *word)
{
    uintptr_t was = *word;
    uint64_t hash;

    *word = was + 16;
    assert_false(v8_memos_hold(memos, isolate, 1, &hash));
    *word = was;
    assert_true(v8_memos_hold(memos, isolate, 1, &hash));
}

static void a_stack_is_known_until_one_of_its_words_is_another(void **state)
{
    static uintptr_t isolate[4096];
    static const int offsets[] = {4, 2, 6}; /* beside the code, on either side, and apart */
    const uintptr_t positions[] = {0x4000, CODE + OFFSET, 0x4002};
    uintptr_t stack[FRAMES];
    static struct thread worker = {.alive = true};

    thread_self = &worker;
    for (size_t i = 0; i < ARRAY_LENGTH(offsets); i++) {
        int words[] = {EXIT,        EXIT + 1,        COMPILED,        COMPILED + 1,
                       INTERPRETED, INTERPRETED + 1, INTERPRETED - 3, INTERPRETED - offsets[i]};
        struct v8_memos *memos = v8_memos_create();
        uint64_t hash = 0;
        lay_out(isolate, stack, 3, offsets[i]);
        for (int turn = 0; turn < 2; turn++) {
            assert_false(v8_memos_hold(memos, isolate, 1, &hash));
            assert_true(v8_memos_follow(memos, isolate, positions, ARRAY_LENGTH(positions)));
            v8_memos_learn(memos, isolate, 1, HASH);
        }
        assert_true(v8_memos_hold(memos, isolate, 1, &hash));
        assert_int_equal(hash, HASH);
        for (size_t word = 0; word < ARRAY_LENGTH(words); word++)
            expect_unlike(memos, isolate, &stack[words[word]]);
        expect_unlike(memos, isolate, &isolate[ISOLATE_EXIT]);
        expect_unlike(memos, isolate, &isolate[ISOLATE_ENTRY]);
        assert_false(v8_memos_hold(memos, isolate, 2, &hash)); /* code has moved */
        assert_false(v8_memos_hold(memos, isolate + 1, 1, &hash));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_that_follow_each_other_share_one_memory),
        cmocka_unit_test(nothing_of_the_thread_before_holds),
        cmocka_unit_test(a_stack_is_known_until_one_of_its_words_is_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
