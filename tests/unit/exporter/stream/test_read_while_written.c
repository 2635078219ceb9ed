/* A recording is read while another thread appends to it: whatever a reader sees, it sees all that came before that. */
#include "exporter/stream/writer.h"

#include "tests/unit/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "exporter/stream/reader.h"

#define ROUNDS     60
#define STATEMENTS 4000 /* of a round */

static struct stream_writer writer;
static atomic_bool is_written;

static bool append_statement(uint32_t id)
{
    static uint8_t text[200];
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Statement statement = NPLUS1__STATEMENT__INIT;

    statement.has_id = statement.has_text = true;
    statement.id = id;
    statement.text.data = text;
    statement.text.len = id % sizeof text;
    record.statement = &statement;
    return stream_writer_append(&writer, &record);
}

static void *append_all(void *unused)
{
    (void)unused;
    for (uint32_t id = 1; id <= STATEMENTS; id++) {
        if (!append_statement(id))
            break;
    }
    is_written = true;
    return NULL;
}

static void open_writer(const char *path)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Header header = NPLUS1__HEADER__INIT;

    header.has_version = true;
    header.version = 1;
    record.header = &header;
    assert_true(stream_writer_open(&writer, path, STREAM_DEFAULT_LIMIT));
    assert_true(stream_writer_append(&writer, &record));
}

/* The statements that are in it, of which none is missing. */
static uint32_t read_statements(const char *path)
{
    const char *error = NULL;
    struct stream_reader *reader = stream_reader_open(path, &error);
    const Nplus1__Record *record;
    uint32_t last = 0;

    assert_non_null(reader);
    while ((record = stream_reader_next(reader, NULL))) {
        if (record->statement)
            assert_int_equal(record->statement->id, ++last);
    }
    assert_int_equal(stream_reader_end(reader), STREAM_END_CLEAN);
    assert_int_equal(stream_reader_skipped(reader), 0);
    stream_reader_destroy(reader);
    return last;
}

static void no_record_is_missing_before_one_that_is_seen(void **state)
{
    char path[64];

    (void)state;
    snprintf(path, sizeof path, "/tmp/nplus1-read-%d.pb", (int)getpid());
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t thread;
        uint32_t before = 0;
        unlink(path);
        open_writer(path);
        is_written = false;
        assert_int_equal(pthread_create(&thread, NULL, append_all, NULL), 0);
        while (!is_written) {
            uint32_t now = read_statements(path);
            assert_true(now >= before);
            before = now;
        }
        pthread_join(thread, NULL);
        assert_int_equal(read_statements(path), STATEMENTS);
        stream_writer_forget(&writer);
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_record_is_missing_before_one_that_is_seen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
