#include "agent/base/clock.h"

#include "tests/unit/check.h"

#include <sys/prctl.h>
#include <time.h>

static int start(void **state)
{
    clock_start();
    clock_look();
    return 0;
}

/* Nothing but passing time makes a clock exact. */
static void pass(uint64_t ns)
{
    uint64_t end = clock_monotonic_ns() + ns;

    while (clock_monotonic_ns() < end)
        continue;
}

static void ticks_do_not_go_back(void **state)
{
    uint64_t last = clock_ticks();

    for (unsigned i = 0; i < 1000000; i++) {
        uint64_t now = clock_ticks();
        assert_true(now >= last);
        last = now;
    }
}

static void ticks_become_nanoseconds_by_two_points(void **state)
{
    struct clock_point a, b;
    uint64_t rate, expected, passed;

    pass(2000000);
    a = clock_now();
    pass(20000000);
    b = clock_now();
    rate = clock_ticks_per_second();
    assert_true(rate >= 100000000);
    expected = (b.ticks - a.ticks) * 1000 / (rate / 1000000);
    passed = b.monotonic_ns - a.monotonic_ns;
    assert_in_range(expected, passed - passed / 50, passed + passed / 50);
}

static void too_short_a_time_gives_no_rate_but_where_ticks_are_nanoseconds(void **state)
{
    bool had = clock_has_tsc;

    clock_start();
    if (clock_has_tsc)
        assert_true(clock_ticks_per_second() == 0 || clock_ticks_per_second() > 100000000);
    clock_has_tsc = false;
    assert_int_equal(clock_ticks_per_second(), 1000000000);
    clock_has_tsc = had;
}

static void without_a_tsc_ticks_are_nanoseconds(void **state)
{
    bool had = clock_has_tsc;
    struct clock_point now;

    clock_has_tsc = false;
    now = clock_now();
    assert_int_equal(now.ticks, now.monotonic_ns);
    assert_true(clock_ticks() >= now.monotonic_ns);
    clock_has_tsc = had;
}

/* The last one: the process may not read it any more. */
static void without_the_tsc_ticks_go_on_at_the_same_rate(void **state)
{
    struct clock_point before, after;
    uint64_t rate, expected, passed;

    clock_start();
    clock_look();
    pass(5000000);
    rate = clock_ticks_per_second();
    before = clock_now();
    clock_leave_tsc();
    assert_int_equal(prctl(PR_SET_TSC, PR_TSC_SIGSEGV), 0);
    assert_false(clock_has_tsc);
    pass(20000000);
    after = clock_now();
    assert_true(clock_ticks() >= after.ticks && after.ticks > before.ticks);
    assert_in_range(clock_ticks_per_second(), rate - rate / 100, rate + rate / 100);
    expected = (after.ticks - before.ticks) * 1000 / (rate / 1000000);
    passed = after.monotonic_ns - before.monotonic_ns;
    assert_in_range(expected, passed - passed / 50, passed + passed / 50);
    clock_look();
    assert_false(clock_has_tsc);
    assert_int_equal(prctl(PR_SET_TSC, PR_TSC_ENABLE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_do_not_go_back),
        cmocka_unit_test(ticks_become_nanoseconds_by_two_points),
        cmocka_unit_test(too_short_a_time_gives_no_rate_but_where_ticks_are_nanoseconds),
        cmocka_unit_test(without_a_tsc_ticks_are_nanoseconds),
        cmocka_unit_test(without_the_tsc_ticks_go_on_at_the_same_rate),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
