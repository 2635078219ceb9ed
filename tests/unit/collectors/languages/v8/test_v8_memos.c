/* Memory of the memos of V8's stacks, when threads come and go as worker_threads do. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_that_follow_each_other_share_one_memory),
        cmocka_unit_test(nothing_of_the_thread_before_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
