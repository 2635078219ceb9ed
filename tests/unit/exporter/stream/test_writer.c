#include "exporter/stream/writer.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exporter/stream/reader.h"

static char folder[] = "/tmp/nplus1-writer-XXXXXX";
static char path[64];
static struct stream_writer writer;

static int make_folder(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    return rmdir(folder);
}

static int set_up(void **state)
{
    snprintf(path, sizeof path, "%s/recording.pb", folder);
    unlink(path);
    return 0;
}

static int tear_down(void **state)
{
    stream_writer_forget(&writer);
    unlink(path);
    return 0;
}

static bool append_header(void)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Header header = NPLUS1__HEADER__INIT;

    header.has_version = true;
    header.version = 1;
    record.header = &header;
    return stream_writer_append(&writer, &record);
}

/* A statement of `length` bytes of text. */
static bool append_text(uint32_t id, size_t length)
{
    static uint8_t text[20000];
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Statement statement = NPLUS1__STATEMENT__INIT;

    memset(text, 'a' + (int)(id % 26), length);
    statement.has_id = statement.has_text = true;
    statement.id = id;
    statement.text.data = text;
    statement.text.len = length;
    record.statement = &statement;
    return stream_writer_append(&writer, &record);
}

static void open_writer(uint64_t limit)
{
    assert_true(stream_writer_open(&writer, path, limit));
    assert_true(append_header());
}

struct seen {
    unsigned statements, counters, exits;
    uint64_t records, skipped;
    uint64_t executions;
    enum stream_end end;
};

static struct seen look_at(struct stream_reader *reader)
{
    struct seen seen = {0};
    const Nplus1__Record *record;

    assert_non_null(reader);
    while ((record = stream_reader_next(reader, NULL))) {
        if (record->statement) {
            assert_int_equal(record->statement->id, ++seen.statements);
            for (size_t i = 0; i < record->statement->text.len; i++)
                assert_int_equal(record->statement->text.data[i], 'a' + (int)(seen.statements % 26));
        }
        if (record->counters) {
            seen.counters++;
            seen.executions += record->counters->executions;
        }
    }
    seen.end = stream_reader_end(reader);
    seen.records = stream_reader_records(reader);
    seen.skipped = stream_reader_skipped(reader);
    stream_reader_destroy(reader);
    return seen;
}

static struct seen look(void)
{
    const char *error;

    return look_at(stream_reader_open(path, &error));
}

static void the_file_is_private_new_and_not_inherited(void **state)
{
    struct stat st;

    umask(0);
    open_writer(STREAM_MIN_LIMIT);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(fcntl(writer.fd, F_GETFD) & FD_CLOEXEC);
    assert_true(writer.fd >= 700);
    struct stream_writer other;
    assert_false(stream_writer_open(&other, path, STREAM_MIN_LIMIT));
    assert_int_equal(errno, EEXIST);
    assert_int_equal(look().records, 1);
}

static void a_symbolic_link_is_not_followed(void **state)
{
    char target[80];
    struct stat st;

    snprintf(target, sizeof target, "%s/target", folder);
    assert_int_equal(symlink(target, path), 0);
    assert_false(stream_writer_open(&writer, path, STREAM_MIN_LIMIT));
    assert_int_not_equal(stat(target, &st), 0);
}

static void records_of_every_length_start_at_eight_bytes_and_come_back_whole(void **state)
{
    open_writer(64 << 20);
    for (uint32_t id = 1; id <= 2000; id++) {
        assert_true(append_text(id, id * 7 % 16000));
        assert_int_equal(writer.used % 8, 0);
    }
    struct seen seen = look();
    assert_int_equal(seen.statements, 2000);
    assert_int_equal(seen.records, 2001);
    assert_int_equal(seen.skipped, 0);
    assert_int_equal(seen.end, STREAM_END_CLEAN);
}

/* A copy at any moment, or a file that was cut at any byte: whole records up to there. */
static void every_prefix_of_the_bytes_is_readable(void **state)
{
    const char *error;
    uint64_t *words, last_used;
    unsigned char *bytes;
    size_t used;
    unsigned last = 0;

    open_writer(STREAM_MIN_LIMIT);
    for (uint32_t id = 1; id <= 40; id++) {
        assert_true(append_text(id, id * 3));
        words = stream_writer_append_counters(&writer, COUNTERS_GROUP, id, 1);
        assert_non_null(words);
        *counters_word(words, COUNTER_EXECUTIONS) = 1;
    }
    used = writer.used;
    last_used = 0;
    for (size_t size = 1; size <= used; size++) {
        bytes = malloc(size); /* of the exact size, for the address sanitiser */
        assert_non_null(bytes);
        memcpy(bytes, writer.base, size);
        struct stream_reader *reader = stream_reader_open_memory(bytes, size, &error);
        if (!reader) {
            assert_int_equal(last, 0); /* the header is not whole yet */
        } else {
            struct seen seen = look_at(reader);
            assert_int_equal(seen.skipped, 0);
            assert_true(seen.records == last || seen.records == last + 1);
            assert_true(seen.end == STREAM_END_CUT || seen.end == STREAM_END_CLEAN);
            if (seen.records > last)
                last_used = size;
            last = (unsigned)seen.records;
        }
        free(bytes);
    }
    assert_int_equal(last, 81);
    assert_int_equal(last_used, used);
}

static void counters_are_eight_byte_words_of_a_record_that_is_in_the_file(void **state)
{
    uint64_t *words[3];

    open_writer(STREAM_MIN_LIMIT);
    for (uint32_t i = 0; i < 3; i++) {
        words[i] = stream_writer_append_counters(&writer, COUNTERS_GROUP, i + 1, i % 2 + 1);
        assert_non_null(words[i]);
        assert_int_equal((uintptr_t)words[i] % 8, 0);
    }
    for (unsigned round = 1; round <= 1000; round++) {
        for (unsigned i = 0; i < 3; i++)
            *counters_word(words[i], COUNTER_EXECUTIONS) += i + 1;
        if (round % 100 == 0) {
            struct seen seen = look();
            assert_int_equal(seen.counters, 3);
            assert_int_equal(seen.executions, round * 6);
        }
    }
}

static void every_field_of_the_counters_is_where_its_number_says(void **state)
{
    const char *error;
    const Nplus1__Record *record;

    open_writer(STREAM_MIN_LIMIT);
    uint64_t *group = stream_writer_append_counters(&writer, COUNTERS_GROUP, 300, 70000);
    uint64_t *edge = stream_writer_append_counters(&writer, COUNTERS_EDGE, 1, UINT32_MAX);
    uint64_t *status = stream_writer_append_counters(&writer, COUNTERS_STATUS, 0, 0);
    for (unsigned i = 1; i <= COUNTER_LAST; i++)
        *counters_word(group, i) = i * UINT64_C(0x0101010101010101);
    for (unsigned i = 1; i <= EDGE_LAST; i++)
        *counters_word(edge, i) = 100 + i;
    for (unsigned i = 1; i <= STATUS_LAST; i++)
        *counters_word(status, i) = 200 + i;
    struct stream_reader *reader = stream_reader_open(path, &error);
    assert_non_null(stream_reader_next(reader, NULL));
    record = stream_reader_next(reader, NULL);
    assert_int_equal(record->counters->group, 300);
    assert_int_equal(record->counters->shard, 70000);
    assert_int_equal(record->counters->executions, UINT64_C(0x0101010101010101));
    assert_int_equal(record->counters->unit_repeated_start, 12 * UINT64_C(0x0101010101010101));
    assert_int_equal(record->counters->first_ticks, 13 * UINT64_C(0x0101010101010101));
    record = stream_reader_next(reader, NULL);
    assert_int_equal(record->edge_counters->edge, 1);
    assert_int_equal(record->edge_counters->shard, UINT32_MAX);
    assert_int_equal(record->edge_counters->max_per_episode, 105);
    record = stream_reader_next(reader, NULL);
    assert_int_equal(record->status->ticks, 201);
    assert_int_equal(record->status->left_out_ticks, 209);
    assert_null(stream_reader_next(reader, NULL));
    stream_reader_destroy(reader);
}

static void at_the_limit_appends_are_refused_and_what_is_there_stays(void **state)
{
    uint32_t id = 0;
    uint64_t *words;
    struct stat st;

    open_writer(STREAM_MIN_LIMIT);
    words = stream_writer_append_counters(&writer, COUNTERS_GROUP, 1, 1);
    while (append_text(id + 1, 500))
        id++;
    assert_in_range(id, 100, 130);
    assert_int_equal(writer.refused, 1);
    assert_true(writer.full);
    assert_false(append_text(1, 1000));
    assert_int_equal(writer.refused, 2);
    *counters_word(words, COUNTER_EXECUTIONS) = 12345;
    assert_int_equal(stat(path, &st), 0);
    assert_true((uint64_t)st.st_size <= STREAM_MIN_LIMIT);
    struct seen seen = look();
    assert_int_equal(seen.statements, id);
    assert_int_equal(seen.executions, 12345);
    assert_int_equal(seen.end, STREAM_END_CLEAN);
}

/* Whatever is left when nothing else fits, down to the last word. */
static void that_the_process_ended_well_fits_when_nothing_else_does(void **state)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Exit exit_record = NPLUS1__EXIT__INIT;
    uint32_t id = 0;

    exit_record.has_unix_ns = exit_record.has_ticks = exit_record.has_monotonic_ns = true;
    exit_record.unix_ns = exit_record.ticks = exit_record.monotonic_ns = UINT64_MAX;
    record.exit = &exit_record;
    open_writer(STREAM_MIN_LIMIT);
    for (size_t length = 1000; length > 0; length /= 2) {
        while (append_text(id + 1, length))
            id++;
    }
    while (stream_writer_append_counters(&writer, COUNTERS_TALLY, 1, 1))
        continue;
    assert_true(stream_writer_append(&writer, &record));
    assert_int_equal(look().end, STREAM_END_CLEAN);
    assert_true(writer.used <= STREAM_MIN_LIMIT);
}

/* To give blocks back at the end takes longer than many programs run. */
static void little_more_is_allocated_than_used_and_few_steps_lead_there(void **state)
{
    uint64_t last = 0;
    unsigned steps = 0;
    uint32_t id = 0;

    open_writer(64 << 20);
    while (writer.used < 16 << 20) {
        struct stat st;
        id++;
        assert_true(append_text(id, 100 + id % 1000));
        assert_int_equal(fstat(writer.fd, &st), 0);
        assert_int_equal(st.st_size, writer.allocated);
        assert_in_range(st.st_size, writer.used, (writer.used + 64 + 4095) / 4096 * 4096 + writer.used / 16);
        if (writer.used < 128 << 10) /* 64: for the record of the end */
            assert_true((uint64_t)st.st_size < writer.used + 64 + 4096);
        steps += writer.allocated != last;
        last = writer.allocated;
    }
    assert_in_range(steps, 32, 130);
}

/* Refuses the process every further mapping of a file. */
static void refuse_mappings(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(77);
}

static void what_cannot_be_mapped_is_refused_and_the_end_fits(void **state)
{
    pid_t child;
    int status;

    open_writer(64 << 20);
    child = fork();
    if (child == 0) {
        Nplus1__Record record = NPLUS1__RECORD__INIT;
        Nplus1__Exit exit_record = NPLUS1__EXIT__INIT;
        refuse_mappings();
        record.exit = &exit_record;
        for (uint32_t id = 1; append_text(id, 1000);)
            id++;
        _exit(stream_writer_append(&writer, &record) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("mappings are refused by a seccomp filter, which this kernel or sandbox does not allow\n");
        skip();
    }
    assert_int_equal(status, 0);
    assert_in_range(look().statements, 500, 1100);
}

static void a_record_larger_than_any_is_refused(void **state)
{
    open_writer(1 << 20);
    assert_false(append_text(1, 17000));
    assert_int_equal(writer.refused, 1);
    assert_int_equal(look().records, 1);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    signals++;
}

static void the_limit_of_file_sizes_refuses_and_sends_no_signal(void **state)
{
    struct rlimit old, small = {200 << 10, RLIM_INFINITY};
    uint32_t id = 0;

    signal(SIGXFSZ, count_signal);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    open_writer(64 << 20);
    while (append_text(id + 1, 1000))
        id++;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(signals, 0);
    assert_in_range(id, 180, 204);
    assert_int_equal(look().statements, id);
}

static void a_full_disk_refuses_and_never_becomes_a_bus_error(void **state)
{
    char disk[80];
    uint32_t id = 0;

    snprintf(disk, sizeof disk, "%s/disk", folder);
    assert_int_equal(mkdir(disk, 0700), 0);
    if (mount("none", disk, "tmpfs", 0, "size=96k") != 0) {
        print_message("a full disk needs a tmpfs, and mounting one the right to: %s\n", strerror(errno));
        rmdir(disk);
        skip();
    }
    snprintf(path, sizeof path, "%s/disk/r.pb", folder);
    bool opened = stream_writer_open(&writer, path, 64 << 20);
    if (opened) {
        append_header();
        while (append_text(id + 1, 1000))
            id++;
    }
    struct seen seen = look();
    stream_writer_forget(&writer);
    umount(disk);
    rmdir(disk);
    assert_true(opened);
    assert_in_range(id, 50, 96); /* to the last page */
    assert_int_equal(seen.statements, id);
}

static void a_disk_that_is_full_from_the_start_leaves_nothing_behind(void **state)
{
    struct rlimit old, none = {0, RLIM_INFINITY};
    struct stat st;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    none.rlim_max = old.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    bool opened = stream_writer_open(&writer, path, 64 << 20);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_false(opened);
    assert_int_not_equal(stat(path, &st), 0);
}

static void a_closed_descriptor_is_opened_again_by_its_name(void **state)
{
    open_writer(64 << 20);
    close(writer.fd);
    for (uint32_t id = 1; id <= 1000; id++)
        assert_true(append_text(id, 1000));
    assert_int_equal(look().statements, 1000);
}

static void a_descriptor_that_is_now_somebody_elses_is_left_alone(void **state)
{
    char other[80];
    struct stat st;

    snprintf(other, sizeof other, "%s/other", folder);
    open_writer(64 << 20);
    int fd = open(other, O_RDWR | O_CREAT, 0600), number = writer.fd;
    assert_int_equal(dup2(fd, number), number);
    for (uint32_t id = 1; id <= 1000; id++)
        assert_true(append_text(id, 1000));
    stream_writer_trim(&writer);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 0);
    assert_int_equal(look().statements, 1000);
    stream_writer_forget(&writer);
    assert_int_equal(fcntl(number, F_GETFD) >= 0, 1); /* still open */
    close(number);
    close(fd);
    unlink(other);
}

static void a_file_that_was_replaced_is_not_written_to(void **state)
{
    struct stat st;
    uint32_t id = 0;

    open_writer(64 << 20);
    close(writer.fd);
    assert_int_equal(unlink(path), 0);
    close(open(path, O_RDWR | O_CREAT, 0600));
    while (append_text(id + 1, 1000))
        id++;
    assert_in_range(id, 1, 300); /* what there was room for */
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0);
}

static void trimmed_it_is_as_long_as_its_records_and_grows_again(void **state)
{
    struct stat st;
    uint64_t *words;

    open_writer(64 << 20);
    words = stream_writer_append_counters(&writer, COUNTERS_GROUP, 1, 1);
    for (uint32_t id = 1; id <= 100; id++)
        assert_true(append_text(id, 1000));
    stream_writer_trim(&writer);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, writer.used);
    *counters_word(words, COUNTER_EXECUTIONS) = 9; /* atexit handlers come later */
    for (uint32_t id = 101; id <= 1000; id++)
        assert_true(append_text(id, 1000));
    *counters_word(words, COUNTER_EXECUTIONS) = 10;
    stream_writer_trim(&writer);
    stream_writer_trim(&writer);
    struct seen seen = look();
    assert_int_equal(seen.statements, 1000);
    assert_int_equal(seen.executions, 10);
}

static void a_child_that_forgets_leaves_the_parents_file_alone(void **state)
{
    int status;

    open_writer(64 << 20);
    assert_true(append_text(1, 100));
    pid_t pid = fork();
    if (pid == 0) {
        stream_writer_forget(&writer);
        _exit(append_text(2, 100) ? 1 : writer.base ? 2 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(append_text(2, 100));
    assert_int_equal(look().statements, 2);
}

static void errno_is_what_it_was(void **state)
{
    open_writer(STREAM_MIN_LIMIT);
    errno = 99;
    for (uint32_t id = 1; id <= 200; id++) {
        append_text(id, 1000);
        assert_int_equal(errno, 99);
    }
    while (stream_writer_append_counters(&writer, COUNTERS_GROUP, 1, 1))
        continue;
    stream_writer_trim(&writer);
    assert_int_equal(errno, 99);
    stream_writer_forget(&writer);
    assert_int_equal(errno, 99);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_file_is_private_new_and_not_inherited),
        TEST(a_symbolic_link_is_not_followed),
        TEST(records_of_every_length_start_at_eight_bytes_and_come_back_whole),
        TEST(every_prefix_of_the_bytes_is_readable),
        TEST(counters_are_eight_byte_words_of_a_record_that_is_in_the_file),
        TEST(every_field_of_the_counters_is_where_its_number_says),
        TEST(at_the_limit_appends_are_refused_and_what_is_there_stays),
        TEST(that_the_process_ended_well_fits_when_nothing_else_does),
        TEST(little_more_is_allocated_than_used_and_few_steps_lead_there),
        TEST(what_cannot_be_mapped_is_refused_and_the_end_fits),
        TEST(a_record_larger_than_any_is_refused),
        TEST(the_limit_of_file_sizes_refuses_and_sends_no_signal),
        TEST(a_full_disk_refuses_and_never_becomes_a_bus_error),
        TEST(a_disk_that_is_full_from_the_start_leaves_nothing_behind),
        TEST(a_closed_descriptor_is_opened_again_by_its_name),
        TEST(a_descriptor_that_is_now_somebody_elses_is_left_alone),
        TEST(a_file_that_was_replaced_is_not_written_to),
        TEST(trimmed_it_is_as_long_as_its_records_and_grows_again),
        TEST(a_child_that_forgets_leaves_the_parents_file_alone),
        TEST(errno_is_what_it_was),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
