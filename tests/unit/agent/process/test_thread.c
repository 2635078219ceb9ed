#include "agent/process/thread.h"

#include "tests/unit/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned begun, resets, entries;

static void begin(void)
{
    begun++;
}

static void after_fork(void)
{
    resets++;
}

static void entered(struct thread *thread)
{
    (void)thread;
    entries++;
}

static void nothing(struct thread *thread)
{
    (void)thread;
}

static const struct thread_hooks hooks = {
    .begin = begin, .after_fork = after_fork, .entered = entered, .forget = nothing, .left = nothing};

/* What a child of this process finds when it enters, as its exit status: begun, resets, entries, a digit each. */
static int status_of_child(void)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        bool was_ours = thread_process_is_ours(), enters = thread_current() && thread_current() == thread_current();
        _exit(was_ours || !enters || !thread_process_is_ours() ? 255 : (int)(begun * 36 + resets * 6 + entries));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void *enter(void *argument)
{
    (void)argument;
    assert_non_null(thread_current());
    return NULL;
}

static void nothing_is_begun_until_a_thread_enters(void **state)
{
    assert_false(thread_process_is_ours());
    thread_forget_all();
    assert_int_equal(begun, 0);
}

static void a_child_from_before_that_forgets_its_parent_once(void **state)
{
    assert_int_equal(status_of_child(), 1 * 36 + 1 * 6 + 1);
    assert_int_equal(begun + resets + entries, 0);
}

static void the_first_thread_begins_it_for_all(void **state)
{
    pthread_t other;

    assert_non_null(thread_current());
    assert_true(thread_process_is_ours());
    assert_int_equal(pthread_create(&other, NULL, enter, NULL), 0);
    pthread_join(other, NULL);
    assert_int_equal(begun, 1);
    assert_int_equal(resets, 0);
    assert_int_equal(entries, 2);
}

static void a_child_from_behind_that_forgets_its_parent_too(void **state)
{
    assert_int_equal(status_of_child(), 1 * 36 + 1 * 6 + 3);
    assert_int_equal(resets, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_begun_until_a_thread_enters),
        cmocka_unit_test(a_child_from_before_that_forgets_its_parent_once),
        cmocka_unit_test(the_first_thread_begins_it_for_all),
        cmocka_unit_test(a_child_from_behind_that_forgets_its_parent_too),
    };

    thread_start(&hooks);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
