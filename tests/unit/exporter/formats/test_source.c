#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exporter/formats/source.h"

static char *write_file(const char *text, size_t size)
{
    static char name[] = "/tmp/nplus1-source-XXXXXX";
    memcpy(name + strlen(name) - 6, "XXXXXX", 6);
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), size);
    close(fd);
    return name;
}

static void gives_the_lines_around_one(void **state)
{
    static const char text[] = "one\r\ntwo\n\nfour";
    const char *name = write_file(text, strlen(text));
    struct source_files *files = source_files_create(false);
    struct source_lines lines;
    assert_true(source_read(files, name, 2, 3, 1, &lines));
    assert_int_equal(lines.first, 1);
    assert_int_equal(lines.count, 3);
    assert_string_equal(lines.lines[0], "one");
    assert_string_equal(lines.lines[2], "");
    source_finish(&lines);
    assert_true(source_read(files, name, 4, 1, 7, &lines));
    assert_int_equal(lines.first, 3);
    assert_int_equal(lines.count, 2);
    assert_string_equal(lines.lines[1], "four");
    source_finish(&lines);
    assert_false(source_read(files, name, 5, 1, 1, &lines));
    assert_false(source_read(files, name, 0, 1, 1, &lines));
    assert_false(source_read(files, name, UINT32_MAX, 1, 1, &lines));
    assert_false(source_read(files, name + 1, 1, 1, 1, &lines)); /* relative */
    unlink(name);
    source_files_destroy(files);
}

static void reads_a_file_once(void **state)
{
    const char *name = write_file("one\n", 4);
    struct source_files *files = source_files_create(
        true); /* one that only its owner may read, not below the working directory */
    struct source_files *own = source_files_create(false);
    struct source_lines lines;
    assert_false(source_read(files, name, 1, 0, 0, &lines));
    assert_true(source_read(own, name, 1, 0, 0, &lines));
    source_finish(&lines);
    unlink(name);
    assert_true(source_read(own, name, 1, 0, 0, &lines));
    assert_string_equal(lines.lines[0], "one");
    source_finish(&lines);
    source_files_destroy(own);
    source_files_destroy(files);
}

/* A bundled program is one line of megabytes. */
static void cuts_long_lines_between_characters(void **state)
{
    char text[4000];
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa4", 2);
    text[0] = text[1] = 'x';
    for (size_t shift = 0; shift < 2; shift++) {
        const char *name = write_file(text + shift, sizeof text - shift);
        struct source_files *files = source_files_create(false);
        struct source_lines lines;
        assert_true(source_read(files, name, 1, 0, 0, &lines));
        size_t length = strlen(lines.lines[0]);
        assert_int_equal(length, SOURCE_WIDTH - shift + strlen("..."));
        assert_memory_equal(lines.lines[0] + length - 5, "\xc3\xa4...", 5);
        source_finish(&lines);
        source_files_destroy(files);
        unlink(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_lines_around_one),
        cmocka_unit_test(reads_a_file_once),
        cmocka_unit_test(cuts_long_lines_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
