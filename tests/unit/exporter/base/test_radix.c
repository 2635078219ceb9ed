#include "tests/unit/check.h"

#include <stdlib.h>

#include "exporter/base/radix.h"

#define COUNT 5000

static int compare(const void *a, const void *b)
{
    const struct radix_item *x = a;
    const struct radix_item *y = b;
    return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->value < y->value ? -1 : x->value > y->value;
}

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 11 ^ *state << 31;
}

/* Keys that differ in few or many of their bytes, the lowest and the highest among them, with many that are equal or none. */
static void puts_all_keys_in_order_and_leaves_equal_ones_as_they_are(void **state)
{
    static const uint64_t masks[] = {0, 1, 0xff, 0xff00, 0xff000000000000ff, 0xffff0000, UINT64_MAX, 0x8000000000000000, 7};
    static struct radix_item items[COUNT], expected[COUNT];
    uint64_t seed = 1;
    for (size_t k = 0; k < sizeof masks / sizeof *masks; k++) {
        for (size_t count = 0; count <= COUNT; count = 3 * count + 1) {
            for (uint32_t i = 0; i < count; i++)
                items[i] = expected[i] = (struct radix_item){next(&seed) & masks[k], i};
            qsort(expected, count, sizeof *expected, compare);
            radix_sort(items, count);
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(items[i].key, expected[i].key);
                assert_int_equal(items[i].value, expected[i].value);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(puts_all_keys_in_order_and_leaves_equal_ones_as_they_are)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
