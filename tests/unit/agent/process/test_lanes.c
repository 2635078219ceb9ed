#include "agent/process/lanes.h"

#include "tests/unit/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static unsigned begun, ended, stacks;

static void nothing(void)
{
}

static void entered(struct thread *thread)
{
    begun++;
}

static void left(struct thread *thread)
{
    ended++;
}

static void forget(struct thread *thread)
{
    stacks++;
}

static const struct thread_hooks hooks = {
    .begin = nothing, .after_fork = nothing, .entered = entered, .forget = forget, .left = left};

static struct thread *enter(uint64_t task)
{
    struct thread *thread = thread_enter_lane(thread_current(), task);

    assert_ptr_equal(thread_self, thread);
    return thread;
}

static void a_task_has_one_state_whoever_carries_it(void **state)
{
    struct thread *own = thread_current(), *first, *second;

    first = enter(7);
    assert_ptr_not_equal(first, own);
    assert_true(first->alive && !first->carries && own->carries);
    thread_leave_lane(first);
    assert_ptr_equal(thread_self, own);
    second = enter(8);
    assert_ptr_not_equal(second, first);
    thread_leave_lane(second);
    assert_ptr_equal(enter(7), first);
    thread_leave_lane(first);
    assert_ptr_equal(thread_self, own);
    thread_leave_lane(own); /* which is in none */
    assert_ptr_equal(thread_self, own);
}

static void *carry(void *argument)
{
    struct thread *thread = thread_enter_lane(thread_current(), 7);

    thread_leave_lane(thread);
    return thread;
}

static void what_is_remembered_of_a_stack_is_of_one_carrier(void **state)
{
    struct thread *thread = enter(7);
    unsigned forgotten = stacks;
    pthread_t other;
    void *found;

    thread->stack_high = 1;
    thread_leave_lane(thread);
    enter(7);
    thread_leave_lane(thread);
    assert_int_equal(stacks, forgotten);
    assert_int_equal(pthread_create(&other, NULL, carry, NULL), 0);
    pthread_join(other, &found);
    assert_ptr_equal(found, thread);
    assert_int_equal(stacks, forgotten + 1);
    assert_int_equal(thread->stack_high, 0);
}

static void one_that_is_in_the_agent_is_not_entered_again(void **state)
{
    struct thread *thread = enter(7);

    assert_null(lanes_enter_again(thread->carrier, 7));
    thread_leave_lane(thread);
    assert_ptr_equal(lanes_enter_again(thread_current(), 7), thread);
    thread_leave_lane(thread);
    assert_null(lanes_enter_again(thread_current(), 99));
}

static void the_next_ones_take_the_place_of_those_that_are_idle(void **state)
{
    unsigned before = begun, over = ended;

    for (uint64_t task = 1000; task < 1000 + 3 * LANES; task++)
        thread_leave_lane(enter(task));
    assert_int_equal(begun, before + 3 * LANES);
    assert_in_range(ended, over + 2 * LANES, over + 3 * LANES);
    assert_non_null(lanes_enter_again(thread_current(), 1000 + 3 * LANES - 1));
    thread_leave_lane(thread_self);
    assert_null(lanes_enter_again(thread_current(), 1000));
}

static void where_all_are_taken_the_carrier_does(void **state)
{
    struct thread *own = thread_current(), *lanes[LANES];

    for (unsigned i = 0; i < LANES; i++) { /* as if each was in the agent on a thread of its own */
        lanes[i] = thread_enter_lane(own, 5000 + i);
        assert_ptr_not_equal(lanes[i], own);
        thread_self = own;
    }
    assert_ptr_equal(thread_enter_lane(own, 9000), own);
    assert_ptr_equal(thread_self, own);
    for (unsigned i = 0; i < LANES; i++)
        thread_leave_lane(lanes[i]);
    thread_leave_lane(enter(9000));
    assert_ptr_equal(thread_self, own);
}

static void a_task_on_two_threads_has_no_second_lane(void **state)
{
    struct thread *own = thread_current(), *lane = enter(30000);
    unsigned before = begun;

    thread_self = own; /* as if another thread was in there */
    assert_ptr_equal(thread_enter_lane(own, 30000), own);
    assert_ptr_equal(thread_self, own);
    assert_int_equal(begun, before);
    thread_leave_lane(lane);
    assert_ptr_equal(enter(30000), lane);
    thread_leave_lane(lane);
}

static void who_heard_a_visitor_before_its_first_statement(void **state)
{
    struct thread *thread;

    lanes_note_asked(20000);
    thread = enter(20000);
    assert_true(lanes_was_asked(thread->lane));
    thread_leave_lane(thread);
    thread = enter(20001);
    assert_false(lanes_was_asked(thread->lane));
    thread_leave_lane(thread);
}

static uint64_t over; /* the task that has ended */

static bool is_over(uint64_t number, uintptr_t handle)
{
    assert_int_equal(handle, number * 16);
    return number == over;
}

static struct thread *wander(uint64_t number, uint64_t maker, bool begins)
{
    struct lane_task task = {number, maker, number * 16, is_over};
    struct thread *own = thread_current(), *thread = lanes_enter_or_join(own, &task, begins);

    assert_ptr_equal(thread_self, thread);
    if (thread != own) {
        assert_true(lanes_is_in(thread, number));
        thread_leave_lane(thread);
    }
    assert_ptr_equal(thread_self, own);
    return thread;
}

static void who_only_makes_a_call_does_it_for_who_started_it(void **state)
{
    struct thread *own = thread_current(), *maker = wander(40000, 0, true);

    assert_ptr_equal(wander(40001, 40000, false), maker);
    assert_ptr_equal(wander(40002, 40001, false), maker); /* which works for that one */
    assert_ptr_not_equal(wander(40003, 40000, true), maker);
    assert_ptr_equal(wander(40004, 39999, false), own); /* nobody knows for whom */
    assert_ptr_not_equal(wander(40004, 39999, false), own);
}

static void what_one_that_has_ended_did_its_makers_next_one_goes_on_with(void **state)
{
    struct thread *first;
    unsigned before;

    wander(41000, 0, true);
    first = wander(41001, 41000, true);
    before = begun;
    assert_ptr_not_equal(wander(41002, 41000, true), first);
    assert_int_equal(begun, before + 1);
    over = 41001;
    assert_ptr_equal(wander(41003, 41000, true), first);
    assert_int_equal(begun, before + 1);
    over = 41003;
    assert_ptr_equal(wander(41004, 40999, true), first); /* another one's: it begins its own work */
    assert_int_equal(begun, before + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_has_one_state_whoever_carries_it),
        cmocka_unit_test(what_is_remembered_of_a_stack_is_of_one_carrier),
        cmocka_unit_test(one_that_is_in_the_agent_is_not_entered_again),
        cmocka_unit_test(the_next_ones_take_the_place_of_those_that_are_idle),
        cmocka_unit_test(where_all_are_taken_the_carrier_does),
        cmocka_unit_test(a_task_on_two_threads_has_no_second_lane),
        cmocka_unit_test(who_heard_a_visitor_before_its_first_statement),
        cmocka_unit_test(who_only_makes_a_call_does_it_for_who_started_it),
        cmocka_unit_test(what_one_that_has_ended_did_its_makers_next_one_goes_on_with),
    };

    thread_start(&hooks);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
