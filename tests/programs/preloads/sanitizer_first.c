/* Has a sanitizer's runtime start before all constructors.
 *
 * Preloaded into a program that was built without one, it starts at the first malloc, wherever that is. In a program with libpq
 * that is in newlocale (glibc 2.36, locale/newlocale.c), which a constructor of libp11-kit calls: it holds the lock of the
 * locales for writing, and the runtime asks dlerror, which takes the same lock for reading and gives it back although it did not
 * get it. From then on the lock has fewer than no readers, and libp11-kit's destructor waits for it for ever. The linker's mark
 * `initfirst` puts this constructor before theirs. */
#include <stdlib.h>

static __attribute__((constructor)) void allocate(void)
{
    void *volatile memory = malloc(1);

    free(memory);
}
