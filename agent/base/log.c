#include "agent/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static enum log_level current = LOG_SILENT;

void log_set_level(enum log_level level)
{
    current = level;
}

bool log_enabled(enum log_level level)
{
    return level <= current;
}

static void emit(const char *format, va_list arguments)
{
    char line[512] = "nplus1: ";
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
    if (write(STDERR_FILENO, line, length) < 0) {
        /* nowhere left to say it */
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
