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
#include "agent/base/memory.h"
#include "agent/base/system.h"

#define LINE_SIZE       512
#define SPLICE_NONBLOCK 2 /* SPLICE_F_NONBLOCK, which <fcntl.h> has an enumerator for */

/* What writing may raise: no reader, a limit of file sizes, a terminal that belongs to others. */
#define RAISED (UINT64_C(1) << (SIGPIPE - 1) | UINT64_C(1) << (SIGXFSZ - 1) | UINT64_C(1) << (SIGTTOU - 1))

static enum log_level current = LOG_SILENT;
static struct stat at_start; /* what descriptor 2 was; of mode 0 when it was nothing */

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
    else if (S_ISSOCK(at_start.st_mode)) /* sendto has a sixth argument, the length of the address, which is not looked at */
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

static void emit(const char *format, va_list arguments)
{
    char line[LINE_SIZE] = "nplus1: ";
    const size_t prefix = 8;
    size_t length;
    int saved_errno = errno;
    int n = vsnprintf(line + prefix, sizeof line - prefix - 1, format, arguments);

    if (n < 0)
        n = 0;
    length = prefix + (size_t)n;
    if (length > sizeof line - 2)
        length = sizeof line - 2;
    line[length++] = '\n';
    say(line, length);
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
