/* Messages, cut out of streams that come in pieces. */
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/postgresql/protocol/message.h"

static enum message_found all(void *context, char type, uint32_t length)
{
    (void)context;
    (void)length;
    return type == '!' ? MESSAGE_WRONG : type == '-' ? MESSAGE_NONE : MESSAGE_ONE;
}

static const unsigned char stream_bytes[] = "Q\0\0\0\011abc\0\0" /* five bytes of body */
                                            "S\0\0\0\004"
                                            "-\0\0\0\006xy"
                                            "B\0\0\0\005z";
#define STREAM_SIZE (sizeof stream_bytes - 1)

/* Every message behind the other, as text. */
static void take(struct message_stream *stream, const unsigned char *data, size_t size, char *out)
{
    struct message message;

    while (message_next(stream, &data, &size, all, NULL, &message) == MESSAGE_ONE) {
        size_t length = strlen(out);
        out[length++] = message.type;
        for (uint32_t i = 0; message.body && i < message.have; i++)
            out[length++] = message.body[i] ? (char)message.body[i] : '0';
        out[length++] = message.body ? '.' : ',';
        out[length] = '\0';
    }
    assert_int_equal(size, 0);
}

static void pieces_make_no_difference(void **state)
{
    for (size_t first = 0; first <= STREAM_SIZE; first++) {
        for (size_t second = first; second <= STREAM_SIZE; second++) {
            struct message_stream stream = {0};
            char out[100] = "";
            unsigned char piece[STREAM_SIZE];
            const size_t ends[] = {first, second, STREAM_SIZE};
            size_t at = 0;
            for (size_t i = 0; i < 3; i++) {
                size_t size = ends[i] - at;
                memcpy(piece, stream_bytes + at, size);
                take(&stream, piece, size, out);
                memset(piece, '#', sizeof piece); /* the program uses its buffer again */
                at = ends[i];
            }
            assert_string_equal(out, "Qabc00.S.-,Bz.");
            message_stream_finish(&stream);
        }
    }
}

static void a_long_one_is_cut(void **state)
{
    struct message_stream stream = {0};
    const size_t length = MESSAGE_KEPT_MAX + 100, piece = 1 << 16;
    unsigned char header[5] = {'Q'}, *bytes = malloc(piece);
    struct message message = {0};
    const unsigned char *data = header;
    size_t size = sizeof header;

    for (int i = 0; i < 4; i++)
        header[1 + i] = (unsigned char)((length + 4) >> (24 - 8 * i));
    memset(bytes, 'x', piece);
    assert_int_equal(message_next(&stream, &data, &size, all, NULL, &message), MESSAGE_NONE);
    for (size_t left = length; left > 0; left -= size) {
        size_t part;
        data = bytes;
        part = size = left < piece ? left : piece;
        assert_int_equal(message_next(&stream, &data, &size, all, NULL, &message), part == left ? MESSAGE_ONE : MESSAGE_NONE);
        size = part;
    }
    assert_int_equal(message.length, length);
    assert_int_equal(message.have, MESSAGE_KEPT_MAX);
    message_stream_finish(&stream);
    free(bytes);
}

static void wrong_ones_are_told(void **state)
{
    static const char *const wrong[] = {"Q\0\0\0\003", "Q\377\377\377\377", "Q\100\0\0\0", "!\0\0\0\004"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct message_stream stream = {0};
        struct message message;
        const unsigned char *data = (const unsigned char *)wrong[i];
        size_t size = 5;
        assert_int_equal(message_next(&stream, &data, &size, all, NULL, &message), MESSAGE_WRONG);
    }
}

static void whole_ones_are_told_from_parts(void **state)
{
    static message_limits limits = {['Q'] = MESSAGE_ANY, ['S'] = MESSAGE_EMPTY};
    static const char *const wrong[] = {"Q\0\0\0\003", "Q\377\377\377\377", "Q\100\0\0\0", "!\0\0\0\004"};
    struct message_body body = {NULL, 0};

    for (size_t size = 0; size <= STREAM_SIZE; size++) {
        assert_int_equal(message_is_whole(stream_bytes, stream_bytes + size, &body), size >= 10);
        if (size >= 10) {
            assert_ptr_equal(body.at, stream_bytes + 5);
            assert_int_equal(body.size, 5);
        }
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const unsigned char *at = (const unsigned char *)wrong[i];
        assert_false(message_is_whole(at, at + 5, &body) && message_is_allowed(limits, (char)*at, body.size));
    }
    assert_true(message_is_allowed(limits, 'S', 0));
    assert_false(message_is_allowed(limits, 'S', 1));
    assert_true(message_is_allowed(limits, 'Q', MESSAGE_LENGTH_MAX - 4));
    assert_false(message_is_allowed(limits, 'Q', MESSAGE_LENGTH_MAX - 3));
}

static void a_body_ends_where_it_ends(void **state)
{
    static const unsigned char body[] = "name\0\0\0\1ab";
    struct message message = {'P', body, 10, 10};
    struct message_reader reader = message_read(message_body(&message));
    size_t length;

    assert_string_equal(message_text(&reader, &length), "name");
    assert_int_equal(message_int(&reader, 2), 0);
    assert_int_equal(message_int(&reader, 1), 1);
    assert_false(reader.bad);
    assert_string_equal(message_text(&reader, &length), ""); /* not terminated */
    assert_true(reader.bad);
    assert_int_equal(message_int(&reader, 4), 0);
    reader = message_read(message_body(&message));
    message_bytes(&reader, 11);
    assert_true(reader.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_make_no_difference), cmocka_unit_test(a_long_one_is_cut),
        cmocka_unit_test(wrong_ones_are_told),       cmocka_unit_test(whole_ones_are_told_from_parts),
        cmocka_unit_test(a_body_ends_where_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
