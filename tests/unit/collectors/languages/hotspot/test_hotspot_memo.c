/* Stacks of HotSpot that were learned: which hold, and for how long. */
#include "tests/unit/check.h"

#include "agent/process/thread.h"
#include "collectors/languages/hotspot/memo.h"

static uintptr_t stack[HOTSPOT_WORDS + 8];
static struct thread runner;

static struct hotspot_ends ends_of(uint64_t life)
{
    return (struct hotspot_ends){
        .top = (uintptr_t)stack, .base = (uintptr_t)(stack + HOTSPOT_WORDS + 8), .pc = 1000, .fp = 2000, .life = life};
}

static void read_stack(struct hotspot_memos *memos, const struct hotspot_ends *ends, uint32_t words, uint64_t hash)
{
    struct hotspot_memo *memo = hotspot_memo_begin(memos, ends->top);

    for (uint32_t i = 0; i < words; i++)
        hotspot_memo_note(memo, &stack[i]);
    hotspot_memo_end(memos, ends, hash);
}

static int start(void **state)
{
    runner = (struct thread){.alive = true};
    thread_self = &runner;
    return 0;
}

static void a_stack_is_learned_the_second_time(void **state)
{
    struct hotspot_memos *memos = hotspot_memos();
    struct hotspot_ends ends = ends_of(1);
    uint64_t hash = 0;

    assert_non_null(memos);
    assert_ptr_equal(memos, hotspot_memos());
    read_stack(memos, &ends, 5, 77);
    assert_false(hotspot_memo_holds(memos, &ends, &hash));
    read_stack(memos, &ends, 5, 77);
    assert_true(hotspot_memo_holds(memos, &ends, &hash));
    assert_int_equal(hash, 77);
}

static void it_holds_while_all_its_words_and_ends_do(void **state)
{
    struct hotspot_memos *memos = hotspot_memos();
    struct hotspot_ends ends = ends_of(1), other = ends_of(2);
    uint64_t hash;

    read_stack(memos, &ends, 5, 78);
    read_stack(memos, &ends, 5, 78);
    for (int i = 0; i < 6; i++) {
        stack[i]++;
        assert_int_equal(hotspot_memo_holds(memos, &ends, &hash), i == 5); /* the sixth was not noted */
        stack[i]--;
    }
    assert_false(hotspot_memo_holds(memos, &other, &hash));
    other = ends;
    other.base -= 8;
    assert_false(hotspot_memo_holds(memos, &other, &hash));
    other = ends;
    other.top += 8;
    assert_false(hotspot_memo_holds(memos, &other, &hash));
    other = ends;
    other.pc++;
    assert_false(hotspot_memo_holds(memos, &other, &hash));
    other = ends;
    other.fp++;
    assert_false(hotspot_memo_holds(memos, &other, &hash));
    assert_true(hotspot_memo_holds(memos, &ends, &hash));
}

static void several_are_known_at_once_and_the_oldest_goes(void **state)
{
    struct hotspot_memos *memos = hotspot_memos();
    struct hotspot_ends ends = ends_of(1);
    uint64_t hash;

    for (uintptr_t i = 1; i <= 5; i++) {
        stack[0] = i;
        read_stack(memos, &ends, 3, 100 + i);
        read_stack(memos, &ends, 3, 100 + i);
    }
    for (uintptr_t i = 1; i <= 5; i++) {
        stack[0] = i;
        assert_int_equal(hotspot_memo_holds(memos, &ends, &hash), i > 1);
        if (i > 1)
            assert_int_equal(hash, 100 + i);
    }
}

static void what_does_not_fit_is_read_each_time(void **state)
{
    struct hotspot_memos *memos = hotspot_memos();
    struct hotspot_ends ends = ends_of(1);
    uint64_t hash;

    for (int i = 0; i < 3; i++)
        read_stack(memos, &ends, HOTSPOT_WORDS + 1, 79);
    assert_false(hotspot_memo_holds(memos, &ends, &hash));
    for (int i = 0; i < 2; i++)
        read_stack(memos, &ends, HOTSPOT_WORDS, 80);
    assert_true(hotspot_memo_holds(memos, &ends, &hash));
    assert_false(hotspot_memo_holds(NULL, &ends, &hash));
    read_stack(NULL, &ends, 3, 81); /* there is no memory */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_stack_is_learned_the_second_time, start),
        cmocka_unit_test_setup(it_holds_while_all_its_words_and_ends_do, start),
        cmocka_unit_test_setup(several_are_known_at_once_and_the_oldest_goes, start),
        cmocka_unit_test_setup(what_does_not_fit_is_read_each_time, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
