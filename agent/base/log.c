#include "agent/base/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/base/calm.h"
#include "agent/base/compiler.h"
#include "agent/base/lock.h"
#include "agent/base/memory.h"
#include "agent/base/system.h"

#define LINE_SIZE       1500
#define LINE_WAIT_NS    UINT64_C(10000000)
#define PATH_SHOWN      300 /* bytes of a path: what is wrong must fit behind it */
#define SPLICE_NONBLOCK 2   /* SPLICE_F_NONBLOCK, which <fcntl.h> has an enumerator for */

/* What writing may raise: no reader, a limit of file sizes, a terminal that belongs to others. */
#define RAISED (UINT64_C(1) << (SIGPIPE - 1) | UINT64_C(1) << (SIGXFSZ - 1) | UINT64_C(1) << (SIGTTOU - 1))

static enum log_level current WRITTEN_AT_START = LOG_SILENT;
static struct stat at_start WRITTEN_AT_START; /* what descriptor 2 was; of mode 0 when it was nothing */

void log_set_level(enum log_level level)
{
    current = level;
}

bool log_enabled(enum log_level level)
{
    return level <= current;
}

static bool descriptor_status(struct stat *ret)
{
    return system_call(SYS_fstat, STDERR_FILENO, (long)(uintptr_t)ret, 0, 0, 0) == 0;
}

void log_start(void)
{
    if (!descriptor_status(&at_start))
        at_start.st_mode = 0;
}

/* A pipe may be full, and whoever waits for it may wait for ever. Only splicing can be told not to for one call: the pipe takes
 * over the page. */
static void write_to_pipe(const char *line, size_t length)
{
    char *page = memory_map(LINE_SIZE);
    struct iovec vector = {page, length};

    if (!page)
        return;
    memcpy(page, line, length);
    system_call(SYS_vmsplice, STDERR_FILENO, (long)(uintptr_t)&vector, 1, SPLICE_NONBLOCK, 0);
    memory_unmap(page, LINE_SIZE);
}

static void write_unless_it_blocks(const char *line, size_t length)
{
    struct pollfd stderr_now = {.fd = STDERR_FILENO, .events = POLLOUT};

    if (S_ISFIFO(at_start.st_mode))
        write_to_pipe(line, length);
    else if (S_ISSOCK(at_start.st_mode))
        system_call(SYS_sendto, STDERR_FILENO, (long)(uintptr_t)line, (long)length, MSG_DONTWAIT | MSG_NOSIGNAL, 0);
    else if (system_call(SYS_poll, (long)(uintptr_t)&stderr_now, 1, 0, 0, 0) == 1 && stderr_now.revents & POLLOUT)
        system_call(SYS_write, STDERR_FILENO, (long)(uintptr_t)line, (long)length, 0, 0);
}

/* By the time that there is something to say, the program may have closed descriptor 2 and have a file of its data or the socket
 * of a database there. */
static void say(const char *line, size_t length)
{
    const struct timespec no_time = {0};
    uint64_t before = 0, after = 0;
    struct stat now;

    if (!at_start.st_mode || !descriptor_status(&now) || now.st_dev != at_start.st_dev || now.st_ino != at_start.st_ino)
        return;
    calm_begin(); /* what is raised stays pending, and is taken back */
    system_call(SYS_rt_sigpending, (long)(uintptr_t)&before, sizeof before, 0, 0, 0);
    write_unless_it_blocks(line, length);
    system_call(SYS_rt_sigpending, (long)(uintptr_t)&after, sizeof after, 0, 0, 0);
    after &= RAISED & ~before;
    if (after)
        system_call(SYS_rt_sigtimedwait, (long)(uintptr_t)&after, 0, (long)(uintptr_t)&no_time, sizeof after, 0);
    calm_end();
}

/* Bytes of a well-formed character of UTF-8 that begins here and controls nothing; 0: none does. */
static size_t character_length(const unsigned char *p)
{
    size_t length = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 : *p >= 0xe0 && *p < 0xf0 ? 3 : *p >= 0xf0 && *p < 0xf5 ? 4 : 0;

    if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

/* Names of programs and files may hold anything: a terminal must not take it for commands. */
static void clean(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p;) {
        size_t length = character_length(p);
        if (!length)
            *p = '?';
        p += length ? length : 1;
    }
}

static void emit(const char *format, va_list arguments)
{
    static struct lock lock; /* guards the line. In a fork's child somebody may seem to have it for ever: nothing is said then */
    static char line[LINE_SIZE];
    const size_t prefix = 8;
    size_t length;
    int saved_errno = errno;

    if (lock_take_within(&lock, LINE_WAIT_NS)) {
        memcpy(line, "nplus1: ", prefix);
        vsnprintf(line + prefix, sizeof line - prefix - 1, format, arguments);
        clean(line);
        length = strlen(line);
        line[length++] = '\n';
        say(line, length);
        lock_release(&lock);
    }
    errno = saved_errno;
}

void log_line(enum log_level level, const char *format, ...)
{
    va_list arguments;

    if (!log_enabled(level))
        return;
    va_start(arguments, format);
    emit(format, arguments);
    va_end(arguments);
}

void log_complain(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    emit(format, arguments);
    va_end(arguments);
}

void log_complain_of_file(const char *path, const char *why)
{
    size_t length = strlen(path);

    if (length <= PATH_SHOWN)
        log_complain("%s: %s", path, why);
    else
        log_complain("%.*s...%s: %s", PATH_SHOWN / 2, path, path + length - PATH_SHOWN / 2, why);
}
