/* Memory of a reader of recordings: when there is none left, the process says so and exits with status 2, so callers never see
 * NULL. Safe from any thread.
 */
#ifndef NPLUS1_EXPORTER_BASE_ALLOC_H
#define NPLUS1_EXPORTER_BASE_ALLOC_H

#include <stddef.h>

void *alloc_zeroed(size_t count, size_t size);
void *alloc_resize(void *old, size_t count, size_t size); /* new room is not zeroed */
_Noreturn void alloc_failed(void);                        /* says so and exits */
char *alloc_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes room for one more element in a growing array: array, its count and its capacity are lvalues. */
#define ALLOC_GROW(array, count, capacity)                                                                                       \
    do {                                                                                                                         \
        if ((count) == (capacity)) {                                                                                             \
            (capacity) = (capacity) ? (capacity)*2 : 16;                                                                         \
            (array) = alloc_resize((array), (capacity), sizeof *(array));                                                        \
        }                                                                                                                        \
    } while (0)

/* A block of memory from which pieces are taken and which is freed as a whole. One thread at a time. */
struct arena;

struct arena *arena_create(void);
void *arena_alloc(struct arena *arena, size_t size); /* aligned for any object, not zeroed */
void arena_destroy(struct arena *arena);             /* takes NULL */

#endif
