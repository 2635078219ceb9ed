#include "exporter/stream/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE            ((uint64_t)4096)
#define GROWTH_SHARE    16 /* of what is used */
#define GROWTH_MAX      ((uint64_t)1 << 20)
#define MAPPED_AT_ONCE  ((uint64_t)1 << 20)
#define ADDRESSES_SHARE 32  /* of RLIMIT_AS, one for a recording */
#define KEPT            64  /* bytes, for the record that the process has ended well */
#define DESCRIPTOR_AT   700 /* above what programs expect to get from open, below the usual limit of 1024 */

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) & ~(unit - 1);
}

/* A descriptor that does not take the number that the program's next open would get. */
static int descriptor_move_away(int fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_AT);

    if (moved < 0)
        return fd;
    close(fd);
    return moved;
}

static bool descriptor_is_ours(const struct stream_writer *writer)
{
    struct stat st;

    return writer->fd >= 0 && fstat(writer->fd, &st) == 0 && st.st_dev == writer->device && st.st_ino == writer->inode;
}

/* Daemons close every descriptor: open the file again by its name if it is still the same file. */
static bool descriptor_ensure(struct stream_writer *writer)
{
    int fd;

    if (descriptor_is_ours(writer))
        return true;
    fd = open(writer->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    writer->fd = descriptor_move_away(fd);
    if (descriptor_is_ours(writer))
        return true;
    close(writer->fd);
    writer->fd = -1;
    return false;
}

/* Beyond RLIMIT_FSIZE the kernel sends SIGXFSZ, which kills. False, with errno. */
static bool size_is_allowed(uint64_t size)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return false;
    errno = EFBIG;
    return limit.rlim_cur == RLIM_INFINITY || size <= limit.rlim_cur;
}

/* More addresses show the file than it has bytes: what is beyond them is not touched, and growing does without a system call.
 * Before the file grows: what is allocated can be written to. */
static bool map_to(struct stream_writer *writer, uint64_t size)
{
    uint64_t end = round_up(size, MAPPED_AT_ONCE);
    void *at = writer->base + writer->mapped;

    if (size <= writer->mapped)
        return true;
    if (end > writer->limit)
        end = writer->limit;
    if (mmap(at, end - writer->mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, writer->fd, (off_t)writer->mapped) ==
        MAP_FAILED)
        return false;
    writer->mapped = end;
    return true;
}

static bool extend_to(struct stream_writer *writer, uint64_t size)
{
    int error;

    if (!descriptor_ensure(writer))
        return false;
    if (!size_is_allowed(size) || !map_to(writer, size))
        return false;
    do
        error = posix_fallocate(writer->fd, (off_t)writer->allocated, (off_t)(size - writer->allocated));
    while (error == EINTR);
    if (error) {
        errno = error;
        return false;
    }
    writer->allocated = size;
    return true;
}

/* To give back blocks at the end takes milliseconds where the file system is mounted with `discard`, more than many programs run.
 * So a small recording has at most the page that it writes to, a large one little more than it needs. */
static uint64_t growth(uint64_t used)
{
    uint64_t share = used / GROWTH_SHARE & ~(PAGE - 1);

    if (share > GROWTH_MAX)
        return GROWTH_MAX;
    return share < PAGE ? PAGE : share;
}

/* Room for `size` more bytes. A full disk may still hold a page or two: ask for less before giving up. */
static bool make_room(struct stream_writer *writer, size_t size)
{
    uint64_t needed = round_up(writer->used + size, PAGE);
    uint64_t wanted = needed + growth(writer->used) - PAGE;
    int saved_errno = errno, cancel_state;
    bool ok;

    if (writer->used + size <= writer->allocated)
        return true;
    if (writer->full || needed > writer->limit)
        return false;
    if (wanted > writer->limit)
        wanted = writer->limit;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    ok = extend_to(writer, wanted) || (needed < wanted && extend_to(writer, needed));
    pthread_setcancelstate(cancel_state, NULL);
    if (ok)
        errno = saved_errno;
    return ok;
}

static bool make_room_or_refuse(struct stream_writer *writer, size_t size, size_t kept)
{
    int saved_errno = errno;

    if (writer->base && size <= sizeof writer->scratch && make_room(writer, size + kept))
        return true;
    writer->full = true;
    writer->refused++;
    errno = saved_errno;
    return false;
}

/* Addresses are reserved for the whole file, as counters are pointed to. Where the program's are limited, it has little to spare.
 */
static uint64_t limit_by_addresses(uint64_t limit)
{
    struct rlimit addresses;
    uint64_t share;

    if (getrlimit(RLIMIT_AS, &addresses) != 0 || addresses.rlim_cur == RLIM_INFINITY)
        return limit;
    share = addresses.rlim_cur / ADDRESSES_SHARE;
    return limit < share ? limit : share;
}

/* All but what is written before it is read: to touch that costs as much as the rest of a short recording. */
static void reset(struct stream_writer *writer)
{
    writer->base = NULL;
    writer->path[0] = '\0';
    memset(&writer->fd, 0, offsetof(struct stream_writer, scratch) - offsetof(struct stream_writer, fd));
}

bool stream_writer_open(struct stream_writer *writer, const char *path, uint64_t limit)
{
    struct stat st;
    int fd, saved_errno;

    reset(writer);
    writer->fd = -1;
    if (strlen(path) >= sizeof writer->path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(writer->path, path, strlen(path) + 1);
    limit = limit_by_addresses(limit);
    writer->limit = round_up(limit < STREAM_MIN_LIMIT ? STREAM_MIN_LIMIT : limit, PAGE);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    writer->fd = descriptor_move_away(fd);
    if (fstat(writer->fd, &st) < 0)
        goto fail;
    writer->device = st.st_dev;
    writer->inode = st.st_ino;
    writer->base = mmap(NULL, writer->limit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (writer->base == MAP_FAILED) {
        writer->base = NULL;
        goto fail;
    }
    if (make_room(writer, PAGE))
        return true;
fail:
    saved_errno = errno;
    if (writer->base)
        munmap(writer->base, writer->limit);
    close(writer->fd);
    unlink(path);
    reset(writer);
    writer->fd = -1;
    errno = saved_errno;
    return false;
}

static uint32_t padded_length(size_t length)
{
    uint32_t value = (uint32_t)length;

    return (value & 0x7f) | (value >> 7 & 0x7f) << 8 | (value >> 14 & 0x7f) << 16 | (value >> 21 & 0x7f) << 24 | 0x00808080;
}

static void commit(unsigned char *at, uint64_t word)
{
    atomic_store_explicit((_Atomic uint64_t *)(void *)at, word, memory_order_release);
}

/* The bytes after the length while the record is being filled in: padding field, 3-byte length of all the rest. */
static uint64_t placeholder_word(size_t record_size)
{
    uint32_t rest = (uint32_t)(record_size - 8);
    uint32_t head = 0x7a | ((rest & 0x7f) | 0x80) << 8 | ((rest >> 7 & 0x7f) | 0x80) << 16 | (rest >> 14 & 0x7f) << 24;

    return padded_length(record_size - 4) | (uint64_t)head << 32;
}

/* Publishes the record that stands complete in `record`, length first. */
static unsigned char *publish(struct stream_writer *writer, const unsigned char *record, size_t size)
{
    unsigned char *at = writer->base + writer->used;
    uint64_t head;

    memcpy(&head, record, sizeof head);
    commit(at, placeholder_word(size));
    memcpy(at + 8, record + 8, size - 8);
    commit(at, head);
    writer->used += size;
    return at;
}

/* The one message that a record has, and the number of its field. To have protobuf-c go through all of them would be the most of
 * what encoding takes. */
static const ProtobufCMessage *message_of(const Nplus1__Record *record, uint32_t *ret_field)
{
    const ProtobufCMessageDescriptor *descriptor = &nplus1__record__descriptor;

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const ProtobufCMessage *message;
        if (field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        memcpy(&message, (const char *)record + field->offset, sizeof message);
        *ret_field = field->id;
        if (message)
            return message;
    }
    return NULL;
}

static size_t put_plain_varint(unsigned char *at, size_t value)
{
    size_t length = 0;

    for (; value >= 0x80; value >>= 7)
        at[length++] = (unsigned char)(value | 0x80);
    at[length++] = (unsigned char)value;
    return length;
}

bool stream_writer_append(struct stream_writer *writer, const Nplus1__Record *record)
{
    uint32_t field = 0, length;
    const ProtobufCMessage *message = message_of(record, &field);
    const size_t size = protobuf_c_message_get_packed_size(message);
    unsigned char head[2 * 5], *at = writer->scratch;
    size_t head_size = put_plain_varint(head, field << 3 | 2), payload, padding;

    head_size += put_plain_varint(head + head_size, size);
    payload = head_size + size;
    padding = -(payload + 4) & 7;
    if (padding == 1) /* a padding field takes two bytes at least */
        padding = 9;
    if (!make_room_or_refuse(writer, 4 + payload + padding, record->exit ? 0 : KEPT))
        return false;
    length = padded_length(payload + padding);
    memcpy(at, &length, 4);
    memcpy(at + 4, head, head_size);
    protobuf_c_message_pack(message, at + 4 + head_size);
    if (padding) {
        at[4 + payload] = 0x7a;
        at[5 + payload] = (unsigned char)(padding - 2);
        memset(at + 6 + payload, 0, padding - 2);
    }
    publish(writer, at, 4 + payload + padding);
    return true;
}

uint64_t *stream_writer_append_counters(struct stream_writer *writer, enum counters_kind kind, uint32_t id, uint32_t shard)
{
    if (!make_room_or_refuse(writer, counters_size(kind), KEPT))
        return NULL;
    counters_encode(writer->scratch, kind, id, shard);
    return (uint64_t *)(void *)(publish(writer, writer->scratch, counters_size(kind)) + counters_values_offset(kind));
}

void stream_writer_trim(struct stream_writer *writer)
{
    int saved_errno = errno, cancel_state;

    if (!writer->base)
        return;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    if (descriptor_is_ours(writer) && ftruncate(writer->fd, (off_t)writer->used) == 0)
        writer->allocated = writer->used;
    pthread_setcancelstate(cancel_state, NULL);
    errno = saved_errno;
}

void stream_writer_forget(struct stream_writer *writer)
{
    int saved_errno = errno;

    if (writer->base) {
        munmap(writer->base, writer->limit);
        if (descriptor_is_ours(writer))
            close(writer->fd);
    }
    reset(writer);
    writer->fd = -1;
    errno = saved_errno;
}
