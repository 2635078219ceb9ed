/* Whether a file needs a library that is not loaded. */
#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/patching/opening/needs.h"

static void what_runs_needs_nothing_more(void **state)
{
    assert_true(needs_nothing_more("/proc/self/exe"));
}

static void what_cannot_be_read_is_not_known(void **state)
{
    assert_false(needs_nothing_more("/nowhere"));
    assert_false(needs_nothing_more("/proc/self"));
    assert_false(needs_nothing_more("/dev/null"));
    assert_false(needs_nothing_more("/etc/passwd"));
}

/* A copy of this program, of which a byte of each name is another one, or the end is missing. */
static void damaged_ones_are_survived(void **state)
{
    char path[] = "/tmp/nplus1-needs-XXXXXX";
    int from = open("/proc/self/exe", O_RDONLY), to = mkstemp(path);
    struct stat status;
    unsigned char *bytes;

    assert_int_equal(fstat(from, &status), 0);
    bytes = malloc((size_t)status.st_size);
    assert_int_equal(read(from, bytes, (size_t)status.st_size), status.st_size);
    assert_int_equal(write(to, bytes, (size_t)status.st_size), status.st_size);
    assert_true(needs_nothing_more(path));
    for (off_t i = 0; i < 4096; i++) { /* headers */
        unsigned char other = (unsigned char)~bytes[i];
        assert_int_equal(pwrite(to, &other, 1, i), 1);
        (void)needs_nothing_more(path);
        assert_int_equal(pwrite(to, bytes + i, 1, i), 1);
    }
    for (off_t size = status.st_size; size > 0; size = size * 3 / 4) {
        assert_int_equal(ftruncate(to, size), 0);
        (void)needs_nothing_more(path);
    }
    close(from);
    close(to);
    unlink(path);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_runs_needs_nothing_more),
        cmocka_unit_test(what_cannot_be_read_is_not_known),
        cmocka_unit_test(damaged_ones_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
