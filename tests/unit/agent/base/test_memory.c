#include "agent/base/memory.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int set_up(void **state)
{
    memory_set_limit((size_t)1 << 20);
    return 0;
}

static int is_zero(const unsigned char *p, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (p[i])
            return 0;
    }
    return 1;
}

static void pages_are_zeroed_and_counted_whole(void **state)
{
    size_t before = memory_used();
    unsigned char *p = memory_map(5000);

    assert_non_null(p);
    assert_true(is_zero(p, 5000));
    assert_int_equal(memory_used() - before, 8192);
    memory_unmap(p, 5000);
    assert_int_equal(memory_used(), before);
    memory_unmap(NULL, 5000);
    assert_int_equal(memory_used(), before);
}

static void pages_that_will_all_be_written_are_there_at_once(void **state)
{
    unsigned char there[8] = {0}, *p = memory_map_present(sizeof there * 4096);

    assert_non_null(p);
    assert_int_equal(mincore(p, sizeof there * 4096, there), 0);
    for (size_t i = 0; i < sizeof there; i++)
        assert_true(there[i] & 1);
    assert_true(is_zero(p, sizeof there * 4096));
    memory_unmap(p, sizeof there * 4096);
}

/* Who needs a second chunk of a pool will use it. */
static void a_pools_further_chunks_are_there_and_the_first_one_is_not(void **state)
{
    static struct pool pool;
    unsigned char there[POOL_CHUNK / 4096];

    for (int chunk = 0; chunk < 3; chunk++) {
        unsigned char *p = pool_alloc(&pool, 64);
        assert_non_null(p);
        *p = 1;
        p -= (uintptr_t)p % 4096;
        assert_int_equal(mincore(p, sizeof there * 4096, there), 0);
        assert_int_equal(there[sizeof there - 1] & 1, chunk > 0);
        while (pool.left > 0)
            assert_non_null(pool_alloc(&pool, 64));
    }
}

static uintptr_t in_page(const void *p)
{
    return (uintptr_t)p % 4096;
}

/* Programs' own things crowd at the begin of pages, and tables of a library's functions at the end. */
static void what_is_used_at_every_statement_stands_in_the_middle_of_its_first_page(void **state)
{
    struct pool pools[3] = {0};
    size_t before = memory_used(), sizes[] = {600, 4096 + 600, 8192};

    for (unsigned i = 0; i < 3; i++) {
        assert_in_range(in_page(pool_alloc(&pools[i], 256)), 0x500, 0xc00);
        for (unsigned j = 0; j < i; j++)
            assert_int_not_equal(in_page(pools[i].next), in_page(pools[j].next));
    }
    before = memory_used();
    for (unsigned i = 0; i < 3; i++) {
        unsigned char *p = memory_map(sizes[i]);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 64, 0);
        assert_true(in_page(p) + sizes[i] % 4096 <= 4096);
        assert_int_equal(sizes[i] % 4096 == 0, in_page(p) == 0);
        memset(p, 1, sizes[i]);
        memory_discard(p, sizes[i]);
        assert_int_equal(memory_used(), before);
        assert_true(is_zero(p, sizes[i]));
        assert_int_equal(munmap(p - in_page(p), sizes[i]), 0);
    }
}

static void at_the_limit_the_answer_is_null_and_is_counted(void **state)
{
    size_t before = memory_used(), left = ((size_t)1 << 20) - before;
    uint64_t refusals = memory_refusals();
    void *p = memory_map(left);

    assert_non_null(p);
    errno = 77;
    assert_null(memory_map(1));
    assert_int_equal(errno, 77);
    assert_int_equal(memory_refusals() - refusals, 1);
    assert_int_equal(memory_used(), before + left);
    memory_unmap(p, left);
    p = memory_map(1);
    assert_non_null(p);
    memory_unmap(p, 1);
}

static void what_is_larger_than_the_limit_is_refused_whole(void **state)
{
    size_t before = memory_used();

    assert_null(memory_map((size_t)2 << 20));
    assert_int_equal(memory_used(), before);
}

static void a_pool_hands_out_zeroed_memory_that_does_not_overlap(void **state)
{
    struct pool pool = {0};
    unsigned char *blocks[1000];

    for (unsigned i = 0; i < 1000; i++) {
        size_t size = 1 + i % 97;
        blocks[i] = pool_alloc(&pool, size);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        assert_true(is_zero(blocks[i], size));
        memset(blocks[i], (int)(i % 255 + 1), size);
    }
    for (unsigned i = 0; i < 1000; i++) {
        for (size_t at = 0; at < 1 + i % 97; at++)
            assert_int_equal(blocks[i][at], i % 255 + 1);
    }
}

static void a_large_thing_leaves_the_rest_of_the_chunk_in_use(void **state)
{
    struct pool pool = {0};
    unsigned char *small = pool_alloc(&pool, 16), *large = pool_alloc(&pool, POOL_CHUNK * 3);

    assert_non_null(large);
    memset(large, 1, POOL_CHUNK * 3);
    assert_ptr_equal(pool_alloc(&pool, 16), small + 16);
}

static void a_pool_at_the_limit_says_null(void **state)
{
    struct pool pool = {0};
    unsigned taken = 0;

    while (taken < 10000 && pool_alloc(&pool, 1024))
        taken++;
    assert_in_range(taken, 1, 1024);
    assert_true(memory_used() <= (size_t)1 << 20);
    memory_set_limit((size_t)2 << 20);
}

static void a_slab_leaves_what_need_not_be_zeroed(void **state)
{
    struct slab slab = {.size = 40, .unset = 16};
    unsigned char *a = slab_take(&slab);

    (void)state;
    memset(a, 0xff, 40);
    slab_give(&slab, a);
    assert_ptr_equal(slab_take(&slab), a);
    for (int i = 0; i < 40; i++)
        assert_int_equal(a[i], i < 24 ? 0 : 0xff);
}

static void a_slab_gives_the_same_memory_again_zeroed(void **state)
{
    struct slab slab = {.size = 40};
    unsigned char *a = slab_take(&slab), *b = slab_take(&slab);

    assert_non_null(a);
    assert_non_null(b);
    memset(a, 0xff, 40);
    memset(b, 0xff, 40);
    slab_give(&slab, a);
    slab_give(&slab, b);
    assert_ptr_equal(slab_take(&slab), b);
    assert_ptr_equal(slab_take(&slab), a);
    assert_true(is_zero(a, 40));
    assert_true(is_zero(b, 40));
}

static void things_that_come_and_go_need_no_more_memory(void **state)
{
    struct slab slab = {.size = 64};
    size_t used;

    slab_give(&slab, slab_take(&slab));
    used = memory_used();
    for (unsigned i = 0; i < 1000000; i++)
        slab_give(&slab, slab_take(&slab));
    assert_int_equal(memory_used(), used);
}

/* What is in hand already is used up; nothing new is begun. */
static void past_half_of_the_limit_there_is_no_more_for_what_can_be_done_without(void **state)
{
    struct pool pool = {0}, other = {0};
    size_t most = memory_used() * 2 + 4 * POOL_CHUNK;
    uint64_t before;

    memory_set_limit(most);
    assert_non_null(pool_alloc_spare(&pool, 16));
    while (memory_used() <= most / 2)
        assert_non_null(memory_map(4096));
    before = memory_refusals();
    assert_non_null(pool_alloc_spare(&pool, 16));
    assert_null(pool_alloc_spare(&other, 16));
    assert_null(memory_map_spare(4096));
    assert_int_equal(memory_refusals(), before + 2);
    assert_non_null(pool_alloc(&other, 16));
}

static void wiped_pages_are_zeros_in_a_forks_child_and_stay_in_the_parent(void **state)
{
    unsigned char *p = memory_map_wiped(4096);
    int status;

    assert_non_null(p);
    p[7] = 42;
    pid_t pid = fork();
    if (pid == 0)
        _exit(p[7]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(p[7], 42);
    memory_unmap(p, 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_zeroed_and_counted_whole),
        cmocka_unit_test(pages_that_will_all_be_written_are_there_at_once),
        cmocka_unit_test(a_pools_further_chunks_are_there_and_the_first_one_is_not),
        cmocka_unit_test(what_is_used_at_every_statement_stands_in_the_middle_of_its_first_page),
        cmocka_unit_test(at_the_limit_the_answer_is_null_and_is_counted),
        cmocka_unit_test(what_is_larger_than_the_limit_is_refused_whole),
        cmocka_unit_test(a_pool_hands_out_zeroed_memory_that_does_not_overlap),
        cmocka_unit_test(a_large_thing_leaves_the_rest_of_the_chunk_in_use),
        cmocka_unit_test(wiped_pages_are_zeros_in_a_forks_child_and_stay_in_the_parent),
        cmocka_unit_test(a_pool_at_the_limit_says_null),
        cmocka_unit_test(a_slab_gives_the_same_memory_again_zeroed),
        cmocka_unit_test(a_slab_leaves_what_need_not_be_zeroed),
        cmocka_unit_test(things_that_come_and_go_need_no_more_memory),
        cmocka_unit_test(past_half_of_the_limit_there_is_no_more_for_what_can_be_done_without),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
