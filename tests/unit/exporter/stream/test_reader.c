#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exporter/stream/reader.h"
#include "tests/unit/exporter/recording_builder.h"

struct counted {
    uint64_t records;
    uint64_t groups;
    uint64_t executions;
    enum stream_end end;
    uint64_t skipped;
    uint64_t used;
};

static bool count(const void *data, size_t size, struct counted *ret)
{
    const char *error = NULL;
    struct stream_reader *reader = stream_reader_open_memory(data, size, &error);
    *ret = (struct counted){0};
    if (!reader) {
        assert_non_null(error);
        return false;
    }
    const Nplus1__Record *record;
    uint64_t offset;
    uint64_t last = 0;
    while ((record = stream_reader_next(reader, &offset))) {
        assert_true(ret->records == 0 ? offset == 0 : offset > last);
        last = offset;
        ret->records++;
        ret->groups += record->group != NULL;
        ret->executions += record->counters ? record->counters->executions : 0;
    }
    assert_null(stream_reader_next(reader, NULL));
    assert_int_equal(ret->records, stream_reader_records(reader));
    assert_int_equal(size, stream_reader_bytes(reader));
    assert_true(stream_reader_bytes_used(reader) <= size);
    ret->end = stream_reader_end(reader);
    ret->skipped = stream_reader_skipped(reader);
    ret->used = stream_reader_bytes_used(reader);
    stream_reader_destroy(reader);
    return true;
}

/* 2 records to begin with, then 5 for the first group and 4 for each further one. */
static struct recording_builder *shop(unsigned groups)
{
    struct recording_builder *b = builder_create_started();
    for (unsigned i = 0; i < groups; i++)
        builder_simple_group(b, 100 + i, "select name from customers where id = ?", "load", i + 1,
                             (struct builder_counters){.executions = 10, .rows = 10});
    return b;
}

static void counts_every_record(void **state)
{
    struct recording_builder *b = shop(3);
    struct counted c;
    size_t size;
    const uint8_t *data = builder_data(b, &size);
    assert_true(count(data, size, &c));
    assert_int_equal(c.records, 2 + 6 + 5 + 5);
    assert_int_equal(c.groups, 3);
    assert_int_equal(c.executions, 30);
    assert_int_equal(c.end, STREAM_END_CLEAN);
    assert_int_equal(c.used, size);
    builder_destroy(b);
}

static void ignores_the_zeros_of_a_live_file(void **state)
{
    struct recording_builder *b = shop(1);
    size_t before;
    builder_data(b, &before);
    builder_zeros(b, 100003);
    struct counted c;
    size_t size;
    const uint8_t *data = builder_data(b, &size);
    assert_true(count(data, size, &c));
    assert_int_equal(c.records, 8);
    assert_int_equal(c.end, STREAM_END_CLEAN);
    assert_int_equal(c.used, before);
    builder_destroy(b);
}

static void reads_on_after_zeros_between_records(void **state)
{
    struct recording_builder *b = shop(1);
    builder_zeros(b, 64);
    builder_counters(b, 1, 2, (struct builder_counters){.executions = 7});
    struct counted c;
    size_t size;
    const uint8_t *data = builder_data(b, &size);
    assert_true(count(data, size, &c));
    assert_int_equal(c.executions, 17);
    assert_int_equal(c.end, STREAM_END_CLEAN);
    builder_destroy(b);
}

/* Killed between writing a record and committing it: the length is still zero, the body is there. */
static void steps_over_a_record_that_was_not_committed(void **state)
{
    struct recording_builder *b = shop(1);
    size_t start;
    builder_data(b, &start);
    builder_statement(b, 77, "select something_that_was_never_committed from a_rather_long_name", NPLUS1__VERB__VERB_SELECT);
    builder_counters(b, 1, 2, (struct builder_counters){.executions = 7});
    size_t size;
    uint8_t *data = (uint8_t *)builder_data(b, &size);
    memset(data + start, 0, 4);
    struct counted c;
    assert_true(count(data, size, &c));
    assert_int_equal(c.records, 9);
    assert_int_equal(c.executions, 17);
    assert_int_equal(c.skipped, 0);
    assert_int_equal(c.end, STREAM_END_CLEAN);
    builder_destroy(b);
}

static void takes_plain_varints_too(void **state)
{
    struct recording_builder *b = shop(2);
    size_t size;
    const uint8_t *data = builder_data(b, &size);
    uint8_t *plain = malloc(size);
    size_t out = 0;
    for (size_t at = 0; at < size;) {
        size_t length = (data[at] & 0x7f) | (size_t)(data[at + 1] & 0x7f) << 7 | (size_t)(data[at + 2] & 0x7f) << 14;
        size_t rest = length;
        for (; rest >= 0x80; rest >>= 7)
            plain[out++] = (uint8_t)(0x80 | (rest & 0x7f));
        plain[out++] = (uint8_t)rest;
        memcpy(plain + out, data + at + 4, length);
        out += length;
        at += 4 + length;
    }
    struct counted c;
    assert_true(count(plain, out, &c));
    assert_int_equal(c.records, 13);
    assert_int_equal(c.executions, 20);
    assert_int_equal(c.end, STREAM_END_CLEAN);
    free(plain);
    builder_destroy(b);
}

/* Cut at every byte: what is whole before the cut is read, never more, and the cut is told. */
static void reads_what_is_whole_of_a_file_cut_anywhere(void **state)
{
    struct recording_builder *b = shop(3);
    size_t size;
    const uint8_t *data = builder_data(b, &size);
    struct counted all;
    assert_true(count(data, size, &all));
    uint64_t last = 0;
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *piece = malloc(cut ? cut : 1); /* so that a read beyond the end is found out */
        memcpy(piece, data, cut);
        struct counted c;
        if (count(piece, cut, &c)) {
            assert_true(c.records >= last && c.records < all.records);
            assert_true(c.end == STREAM_END_CUT || c.used == cut);
            assert_int_equal(c.skipped, 0);
            last = c.records;
        } else {
            assert_int_equal(last, 0);
        }
        free(piece);
    }
    assert_int_equal(last, all.records - 1);
    builder_destroy(b);
}

/* One bit flipped anywhere: at most the record that it is in (and its neighbour, when its length swallows it) is lost. */
static void loses_little_to_a_flipped_bit(void **state)
{
    struct recording_builder *b = shop(3);
    size_t size;
    const uint8_t *data = builder_data(b, &size);
    struct counted all;
    assert_true(count(data, size, &all));
    size_t header;
    for (header = 4 + (data[0] & 0x7f) + ((size_t)(data[1] & 0x7f) << 7); header % 8; header++)
        continue;
    uint8_t *copy = malloc(size);
    for (size_t bit = header * 8; bit < size * 8; bit++) {
        memcpy(copy, data, size);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct counted c;
        assert_true(count(copy, size, &c));
        assert_true(c.records + 3 >= all.records);
    }
    free(copy);
    builder_destroy(b);
}

static void survives_random_bytes(void **state)
{
    uint32_t seed = 12345;
    uint8_t data[4096];
    for (int round = 0; round < 2000; round++) {
        size_t size = 0;
        struct recording_builder *b = shop(1);
        const uint8_t *good = builder_data(b, &size);
        bool with_header = round % 2;
        for (size_t i = 0; i < sizeof data; i++) {
            seed = seed * 1664525 + 1013904223;
            data[i] = (uint8_t)(seed >> 24);
        }
        if (with_header)
            memcpy(data, good, size);
        struct counted c;
        bool readable = count(data, sizeof data, &c);
        assert_true(!with_header || (readable && c.records >= 8));
        builder_destroy(b);
    }
}

static void refuses_what_is_no_recording(void **state)
{
    static const char elf[] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\76\0\1\0\0\0";
    static const char text[] = "{ \"schema\": 1, \"processes\": [] }\n";
    static const uint8_t zeros[4096] = {0};
    struct counted c;
    assert_false(count("", 0, &c));
    assert_false(count(elf, sizeof elf, &c));
    assert_false(count(text, sizeof text - 1, &c));
    assert_false(count(zeros, sizeof zeros, &c));

    struct recording_builder *b = builder_create();
    builder_statement(b, 1, "select 1", NPLUS1__VERB__VERB_SELECT);
    size_t size;
    const uint8_t *data = builder_data(b, &size);
    assert_false(count(data, size, &c)); /* its first record is no header */
    builder_destroy(b);
}

static void skips_unknown_fields(void **state)
{
    struct recording_builder *b = shop(1);
    /* A record whose only field is number 99, then one more that we know. */
    static const uint8_t unknown[] = {0x84, 0x80, 0x80, 0x00, 0x9a, 0x06, 0x01, 'x'};
    builder_bytes(b, unknown, sizeof unknown);
    builder_counters(b, 1, 2, (struct builder_counters){.executions = 7});
    struct counted c;
    size_t size;
    const uint8_t *data = builder_data(b, &size);
    assert_true(count(data, size, &c));
    assert_int_equal(c.records, 10);
    assert_int_equal(c.executions, 17);
    assert_int_equal(c.skipped, 0);
    builder_destroy(b);
}

static void says_why_a_file_cannot_be_read(void **state)
{
    const char *error = NULL;
    assert_null(stream_reader_open("/nonexistent/a.pb", &error));
    assert_string_equal(error, "No such file or directory");
    assert_null(stream_reader_open("/", &error));
    assert_string_equal(error, "Is a directory");
    assert_null(stream_reader_open("/dev/null", &error));
    assert_string_equal(error, "is no regular file");

    char path[] = "/tmp/nplus1-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_null(stream_reader_open(path, &error));
    assert_string_equal(error, "is empty");
    assert_int_equal(write(fd, "hello world", 11), 11);
    assert_null(stream_reader_open(path, &error));
    assert_string_equal(error, "is no recording of nplus1");
    close(fd);
    unlink(path);
}

static void (*before_read)(void); /* called once, by the next read of a file */

/* In place of libc's for the reader that is under test: what happens between two of its calls is said by the test. */
ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
    void (*hook)(void) = before_read;
    before_read = NULL;
    if (hook)
        hook();
    return syscall(SYS_pread64, fd, data, size, offset);
}

static struct {
    char path[32];
    const uint8_t *data;
    size_t size;
} growing;

static void write_growing(size_t size, size_t length)
{
    int fd = open(growing.path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)length), 0);
    assert_int_equal(pwrite(fd, growing.data, size, 0), size);
    close(fd);
}

static void grow(void)
{
    write_growing(growing.size, growing.size + 64);
}

/* The program lengthened its file behind our look at the length, and wrote a record across the end that we saw. */
static void a_file_that_grows_while_it_is_read_is_not_cut(void **state)
{
    struct recording_builder *b = shop(3);
    growing.data = builder_data(b, &growing.size);
    strcpy(growing.path, "/tmp/nplus1-test-XXXXXX");
    close(mkstemp(growing.path));
    size_t header = 4 + (size_t)(growing.data[0] & 0x7f) + ((size_t)(growing.data[1] & 0x7f) << 7);
    for (size_t seen = header; seen < growing.size; seen += 8) {
        write_growing(header, seen);
        before_read = grow;
        const char *error = NULL;
        struct stream_reader *reader = stream_reader_open(growing.path, &error);
        assert_non_null(reader);
        assert_null(before_read);
        while (stream_reader_next(reader, NULL))
            continue;
        assert_int_equal(stream_reader_end(reader), STREAM_END_CLEAN);
        assert_int_equal(stream_reader_records(reader), 2 + 6 + 5 + 5);
        stream_reader_destroy(reader);
    }
    unlink(growing.path);
    builder_destroy(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_every_record),
        cmocka_unit_test(ignores_the_zeros_of_a_live_file),
        cmocka_unit_test(reads_on_after_zeros_between_records),
        cmocka_unit_test(steps_over_a_record_that_was_not_committed),
        cmocka_unit_test(takes_plain_varints_too),
        cmocka_unit_test(reads_what_is_whole_of_a_file_cut_anywhere),
        cmocka_unit_test(loses_little_to_a_flipped_bit),
        cmocka_unit_test(survives_random_bytes),
        cmocka_unit_test(refuses_what_is_no_recording),
        cmocka_unit_test(skips_unknown_fields),
        cmocka_unit_test(says_why_a_file_cannot_be_read),
        cmocka_unit_test(a_file_that_grows_while_it_is_read_is_not_cut),
    };
    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
