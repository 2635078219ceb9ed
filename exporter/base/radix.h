/* Puts numbers in order, many at a time: a comparison of qsort is a jump that nobody foresees, and a large recording has some
 * hundred thousand groups. Pure but for the memory of the while; any thread.
 */
#ifndef NPLUS1_EXPORTER_BASE_RADIX_H
#define NPLUS1_EXPORTER_BASE_RADIX_H

#include <stddef.h>
#include <stdint.h>

struct radix_item {
    uint64_t key;
    uint32_t value; /* whatever the caller knows the item by */
};

/* By key, the smallest first. Equal ones stay in the order in which they stand. */
void radix_sort(struct radix_item *items, size_t count);

#endif
