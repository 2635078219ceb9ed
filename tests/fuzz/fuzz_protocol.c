/* PostgreSQL's protocol, both ways: pieces of the input are what a client sends and what a server answers, after a good beginning
 * or none. Each is also given byte by byte to another session, which has to end in the same phase; but when the agent's memory is
 * used up: a message in pieces is cut then, and of what is cut nobody knows that it was wrong.
 *
 * Input: a byte (1: it begins well), then pieces: a byte (1: from the server), their length in two bytes, their bytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/memory.h"
#include "agent/process/settings.h"
#include "agent/probe/probe.h"
#include "collectors/postgresql/protocol/session.h"
#include "collectors/postgresql/state/command.h"
#include "tests/unit/agent/stub_walker.h"

#define DATABASE_NAME "fuzz"
#define MEMORY_LIMIT  ((size_t)512 << 20) /* what statements leave in it comes to that after hours */
static const unsigned char startup[] = "\0\0\0\021\0\3\0\0user\0me\0";
static const unsigned char welcome[] = "R\0\0\0\010\0\0\0\0S\0\0\0\015a\0b\0on\0\0\0Z\0\0\0\005I";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void give(struct session *session, bool server, const unsigned char *data, size_t size, size_t piece)
{
    unsigned char *copy = malloc(size ? size : 1); /* what is read past its end is found */

    memcpy(copy, data, size);
    for (size_t at = 0; at < size && session->phase != SESSION_OVER; at += piece) {
        size_t part = size - at < piece ? size - at : piece;
        if (server)
            session_received(thread_current(), session, &(const struct iovec){copy + at, part}, part);
        else
            session_sent(thread_current(), session, STACK_SLOT, clock_ticks(), &(const struct iovec){copy + at, part}, part);
    }
    free(copy);
}

static enum session_phase converse(const uint8_t *data, size_t size, size_t piece)
{
    struct session *session = session_create(DATABASE_NAME);
    enum session_phase phase;

    if (!session)
        return SESSION_OVER;
    if (data[0] & 1) {
        give(session, false, startup, sizeof startup, piece);
        give(session, true, welcome, 9, piece);
        give(session, true, welcome + sizeof welcome - 7, 6, piece);
    }
    for (size_t at = 1; at + 3 <= size;) {
        size_t length = (size_t)data[at + 1] << 8 | data[at + 2];
        bool server = data[at] & 1;
        at += 3;
        if (length > size - at)
            length = size - at;
        give(session, server, data + at, length, piece);
        at += length;
    }
    phase = session->phase;
    session_destroy(thread_current(), session, true);
    return phase;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool began;
    enum session_phase whole, in_pieces;
    uint64_t refusals;

    if (!began) {
        snprintf(settings.output, sizeof settings.output, "/tmp/nplus1-fuzz-protocol-%d.pb", (int)getpid());
        began = true;
        memory_set_limit(MEMORY_LIMIT);
        stub_walker_set((const uintptr_t[]){0x1000, 0x2000}, 2);
    }
    stub_walker_enter(0x3000);
    if (size == 0)
        return 0;
    refusals = memory_refusals();
    whole = converse(data, size, SIZE_MAX);
    in_pieces = converse(data, size, 1);
    if (whole != in_pieces && memory_refusals() == refusals)
        abort();
    unlink(settings.output); /* the mapping stays */
    return 0;
}
