#include "agent/recording/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/strbuf.h"
#include "agent/recording/bus.h"
#include "agent/base/system.h"
#include "agent/recording/command.h"
#include "agent/recording/retire.h"
#include "exporter/stream/writer.h"
#include "agent/process/settings.h"
#include "agent/process/thread.h"

#define NOTES_MAX     8
#define WALKERS_MAX   8
#define ARGUMENTS_MAX 64
#define COMMAND_MAX   4096 /* bytes of the command line that are kept */

struct lock recording_lock;
uint32_t recording_generation = 1;
struct pool recording_pool;

static struct stream_writer writer;
static enum { NOT_BEGUN, RECORDING, IMPOSSIBLE } state;
static uint64_t *_Atomic status;
static _Atomic bool full; /* an append was refused */
static const char *notes[NOTES_MAX];
static size_t note_count;
static const char *walkers[WALKERS_MAX];
static size_t walker_count;

/* Up to size - 1 bytes of a small file; the number of bytes read. */
static size_t read_file(const char *path, char *data, size_t size)
{
    size_t length = 0;
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        data[0] = '\0';
        return 0;
    }
    while (length < size - 1 && (n = read(fd, data + length, size - 1 - length)) > 0)
        length += (size_t)n;
    close(fd);
    data[length] = '\0';
    return length;
}

/* Numbers of /proc/PID/stat (proc(5)). */
enum { STAT_PARENT = 4, STAT_START = 22 };

/* The name in field 2 may hold anything. */
static uint64_t process_stat(pid_t pid, unsigned number)
{
    char text[1024];
    const char *p;
    struct strbuf path;

    strbuf_init(&path, text, sizeof text);
    strbuf_add(&path, "/proc/");
    strbuf_add_number(&path, (uint64_t)pid);
    strbuf_add(&path, "/stat");
    read_file(text, text, sizeof text);
    p = strrchr(text, ')');
    for (unsigned field = 2; p && field < number; field++)
        p = strchr(p + 1, ' ');
    return p ? strtoull(p + 1, NULL, 10) : 0;
}

/* %t: the time in UTC, sortable, to the microsecond because exec keeps the pid: 20260102T030405.678901 */
static void format_start(const struct timespec *now, char *out, size_t size)
{
    struct strbuf text;
    time_t days = now->tv_sec / 86400, rest = now->tv_sec % 86400;
    uint64_t fields[6], year;
    static const unsigned widths[6] = {4, 2, 2, 2, 2, 2};

    /* gmtime_r may take a lock of the C library that a fork left taken; the civil calendar is short (days from 0000-03-01). */
    {
        uint64_t d = (uint64_t)(days + 719468), era = d / 146097, doe = d % 146097;
        uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
        uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
        fields[1] = mp < 10 ? mp + 3 : mp - 9;
        fields[2] = doy - (153 * mp + 2) / 5 + 1;
        year = yoe + era * 400 + (fields[1] <= 2);
    }
    fields[0] = year;
    fields[3] = (uint64_t)rest / 3600;
    fields[4] = (uint64_t)rest / 60 % 60;
    fields[5] = (uint64_t)rest % 60;
    strbuf_init(&text, out, size);
    for (unsigned i = 0; i < 6; i++) {
        uint64_t limit = 10;
        if (i == 3)
            strbuf_add(&text, "T");
        for (unsigned w = 1; w < widths[i]; w++, limit *= 10)
            if (fields[i] < limit)
                strbuf_add(&text, "0");
        strbuf_add_number(&text, fields[i]);
    }
    strbuf_add(&text, ".");
    for (uint64_t limit = 100000; limit > 1 && (uint64_t)now->tv_nsec / 1000 < limit; limit /= 10)
        strbuf_add(&text, "0");
    strbuf_add_number(&text, (uint64_t)now->tv_nsec / 1000);
}

static char *last_component(char *path)
{
    char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

/* A name of a program that leaves room for the rest of a file's name, of which most file systems take 255 bytes, some 143. */
static const size_t program_lengths[] = {PATH_MAX, 150, 40};

/* The directory that NPLUS1_OUTPUT names, for the owner alone. Only the last component. */
static bool make_directory(const char *path)
{
    char directory[sizeof writer.path];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;

    if (!settings.output_directory || length == 0 || length >= sizeof directory)
        return false;
    memcpy(directory, path, length);
    directory[length] = '\0';
    return system_call(SYS_mkdir, (long)(uintptr_t)directory, 0700, 0, 0, 0) == 0;
}

/* The file under its name, of which no component may be longer than the file system allows. */
static bool open_under_its_name(const char *program, const char *start, char *path, size_t size)
{
    for (size_t i = 0; i < ARRAY_LENGTH(program_lengths); i++) {
        if (!settings_output_path(program, program_lengths[i], (uint64_t)getpid(), start, path, size))
            continue;
        if (stream_writer_open(&writer, path, settings.max_stream))
            return true;
        if (errno == ENOENT && make_directory(path))
            return stream_writer_open(&writer, path, settings.max_stream);
        if (errno != ENAMETOOLONG)
            return false;
    }
    errno = *settings.output || *settings.directory ? ENAMETOOLONG : ENOENT; /* the directory of the start was removed */
    return false;
}

/* One fixed name for several processes: the second one adds its pid. */
static bool open_under_another_name(const char *path, char *other, size_t size)
{
    struct strbuf text;

    strbuf_init(&text, other, size);
    strbuf_add(&text, path);
    strbuf_add(&text, ".");
    strbuf_add_number(&text, (uint64_t)getpid());
    return stream_writer_open(&writer, other, settings.max_stream);
}

/* Names the file, or says once why not. */
static bool create_file(const char *program, const char *start)
{
    static char path[sizeof writer.path], other[sizeof writer.path], why[400];
    struct strbuf text;

    path[0] = '\0';
    if (open_under_its_name(program, start, path, sizeof path - 12))
        return true;
    strbuf_init(&text, why, sizeof why);
    if (errno == EEXIST && open_under_another_name(path, other, sizeof other)) {
        strbuf_add(&text, "exists already: this process is recorded in ");
        strbuf_add(&text, last_component(other));
        if (recording_generation == 1)
            log_complain_of_file(path, why);
        return true;
    }
    strbuf_add(&text, strerrordesc_np(errno));
    strbuf_add(&text, ": nothing is recorded");
    log_complain_of_file(*path ? path : "NPLUS1_OUTPUT", why);
    return false;
}

static void write_header(char *exe, const char *program, const struct timespec *now)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Header header = NPLUS1__HEADER__INIT;
    Nplus1__Clock clock = NPLUS1__CLOCK__INIT;
    static char command[COMMAND_MAX], host[256], boot_id[64];
    static char *arguments[ARGUMENTS_MAX];
    size_t length = read_file("/proc/self/cmdline", command, sizeof command);
    struct clock_point point;

    for (size_t i = 0; i < length && header.n_command < ARGUMENTS_MAX; i += strlen(command + i) + 1)
        arguments[header.n_command++] = command + i;
    if (!settings.capture_values)
        command_hide_values(program, arguments, header.n_command);
    header.command = arguments;
    length = read_file("/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id);
    boot_id[strcspn(boot_id, "\n")] = '\0';
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    header.has_version = header.has_pid = header.has_parent_pid = header.has_start_ticks = true;
    header.has_grandparent_pid = header.has_started_unix_ns = header.has_threshold = header.has_capture_values =
        header.has_max_stream = true;
    header.version = 1;
    header.agent_version = (char *)NPLUS1_VERSION;
    header.pid = (uint32_t)getpid();
    header.parent_pid = (uint32_t)getppid();
    header.program = (char *)program;
    header.exe = exe;
    header.working_directory = settings.directory;
    header.host = host;
    header.boot_id = boot_id;
    header.start_ticks = process_stat(getpid(), STAT_START);
    header.grandparent_pid = (uint32_t)process_stat(getppid(), STAT_PARENT);
    header.started_unix_ns = (uint64_t)now->tv_sec * 1000000000U + (uint64_t)now->tv_nsec;
    header.threshold = (uint32_t)settings.threshold;
    header.capture_values = settings.capture_values;
    header.max_stream = settings.max_stream;
    header.n_stack_walkers = walker_count;
    header.stack_walkers = (char **)walkers;
    header.n_notes = note_count;
    header.notes = (char **)notes;
    point = clock_now();
    clock.has_ticks = clock.has_monotonic_ns = true;
    clock.ticks = point.ticks;
    clock.monotonic_ns = point.monotonic_ns;
    clock.ticks_per_second = clock_ticks_per_second();
    clock.has_ticks_per_second = clock.ticks_per_second != 0;
    header.clock = &clock;
    record.header = &header;
    stream_writer_append(&writer, &record);
}

static char executable[PATH_MAX];

/* The file may have been replaced since the program began; the kernel says so behind its path. */
static void forget_deletion(void)
{
    static const char mark[] = " (deleted)";
    size_t length = strlen(executable), mark_length = strlen(mark);

    if (length > mark_length && strcmp(executable + length - mark_length, mark) == 0 && access(executable, F_OK) != 0)
        executable[length - mark_length] = '\0';
}

/* Where the program went by a chroot there may be no /proc: then by what it was started as. To ask /proc when it starts would
 * take a tenth of the time that a program which never comes here takes. */
static void find_executable(void)
{
    ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    const char *started_as = (const char *)getauxval(AT_EXECFN);
    struct strbuf path;

    if (length > 0) {
        executable[length] = '\0';
        forget_deletion();
        return;
    }
    strbuf_init(&path, executable, sizeof executable);
    if (!started_as)
        return;
    if (*started_as != '/' && *settings.directory) {
        strbuf_add(&path, settings.directory);
        strbuf_add(&path, "/");
    }
    strbuf_add(&path, started_as);
}

const char *recording_executable(void)
{
    return executable;
}

bool recording_begin(void)
{
    char start[32];
    struct timespec now = {0};
    const char *program;
    int saved_errno = errno;

    if (likely(state != NOT_BEGUN))
        return state == RECORDING;
    state = IMPOSSIBLE;
    settings_complain();
    if (!*executable)
        find_executable();
    program = *executable ? last_component(executable) : "unknown";
    clock_read(CLOCK_REALTIME, &now);
    format_start(&now, start, sizeof start);
    if (create_file(program, start)) {
        write_header(executable, program, &now);
        atomic_store(&status, stream_writer_append_counters(&writer, COUNTERS_STATUS, 0, 0));
        state = RECORDING;
        bus_watch(writer.base, (size_t)writer.limit);
        recording_touch_clock();
        if (settings.max_files)
            retire_recordings(writer.path, settings.output, settings.max_files);
        log_line(LOG_INFO, "recording to %s", writer.path);
    } else {
        thread_stop();
    }
    thread_self->read_descriptor = 0; /* what was read here, and before the first statement, ends no unit of work */
    errno = saved_errno;
    return state == RECORDING;
}

void recording_note(const char *note)
{
    if (note_count < NOTES_MAX)
        notes[note_count++] = note;
}

void recording_note_walker(const char *name)
{
    if (walker_count < WALKERS_MAX)
        walkers[walker_count++] = name;
}

bool recording_is_full(void)
{
    return atomic_load_explicit(&full, memory_order_relaxed);
}

/* Locked. */
static void refused(void)
{
    atomic_store_explicit(&full, true, memory_order_relaxed);
    recording_left_out(STATUS_LEFT_OUT_STREAM, 1);
}

static bool can_append(void)
{
    return state == RECORDING && !bus_is_lost();
}

bool recording_append(const Nplus1__Record *record)
{
    if (can_append() && stream_writer_append(&writer, record))
        return true;
    refused();
    return false;
}

uint64_t *recording_append_counters(enum counters_kind kind, uint32_t id, uint32_t shard)
{
    uint64_t *words = can_append() ? stream_writer_append_counters(&writer, kind, id, shard) : NULL;

    if (!words)
        refused();
    return words;
}

const unsigned char *recording_bytes(size_t *ret_size)
{
    *ret_size = (size_t)writer.used;
    return can_append() ? writer.base : NULL;
}

void recording_left_out(enum status_counter what, uint64_t count)
{
    uint64_t *words = atomic_load_explicit(&status, memory_order_acquire);

    if (words)
        __atomic_fetch_add(counters_word(words, what), count, __ATOMIC_RELAXED);
}

void recording_touch_clock(void)
{
    uint64_t *words = atomic_load_explicit(&status, memory_order_acquire);

    if (words) {
        struct clock_point now = clock_now();
        *counters_word(words, STATUS_TICKS) = now.ticks;
        *counters_word(words, STATUS_MONOTONIC_NS) = now.monotonic_ns;
        *counters_word(words, STATUS_LEFT_OUT_MEMORY) = memory_refusals();
    }
}

void recording_end(void)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Exit exit_record = NPLUS1__EXIT__INIT;
    struct clock_point point = clock_now();
    struct timespec now = {0};

    if (state != RECORDING)
        return;
    recording_touch_clock();
    clock_read(CLOCK_REALTIME, &now);
    exit_record.has_unix_ns = exit_record.has_ticks = exit_record.has_monotonic_ns = true;
    exit_record.unix_ns = (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
    exit_record.ticks = point.ticks;
    exit_record.monotonic_ns = point.monotonic_ns;
    record.exit = &exit_record;
    if (!lock_take_within(&recording_lock, RECORDING_EXIT_WAIT_NS))
        return;
    if (recording_append(&record))
        stream_writer_trim(&writer);
    lock_release(&recording_lock);
}

void recording_reset_after_fork(void)
{
    recording_lock = (struct lock){0};
    atomic_store(&status, NULL);
    stream_writer_forget(&writer);
    atomic_store(&full, false);
    state = NOT_BEGUN;
    recording_generation++;
    memset(&recording_pool, 0, sizeof recording_pool);
}
