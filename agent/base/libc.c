#include "agent/base/libc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <termios.h>

#include "agent/base/compiler.h"
#include "agent/base/system.h"

/* Functions of memory: a pointer for each, to a simple one until the constructor has run. */
#define MEMORY(type, name, parameters, arguments, ...)                                                                           \
    static type first_##name parameters __VA_ARGS__ static type(*now_##name) parameters = first_##name;                          \
    HIDDEN type __wrap_##name parameters;                                                                                        \
    HOT type __wrap_##name parameters                                                                                            \
    {                                                                                                                            \
        return now_##name arguments;                                                                                             \
    }

MEMORY(void *, memcpy, (void *to, const void *from, size_t size), (to, from, size), {
    void *at = to;

    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size)::"memory");
    return to;
})

MEMORY(void *, memmove, (void *to, const void *from, size_t size), (to, from, size), {
    char *out = to;
    const char *in = from;

    if (out <= in || out >= in + size)
        return first_memcpy(to, from, size);
    while (size-- > 0)
        out[size] = in[size];
    return to;
})

MEMORY(void *, memset, (void *to, int byte, size_t size), (to, byte, size), {
    void *at = to;

    __asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(byte) : "memory");
    return to;
})

MEMORY(int, memcmp, (const void *a, const void *b, size_t size), (a, b, size), {
    const unsigned char *p = a, *q = b;

    for (; size > 0; p++, q++, size--) {
        if (*p != *q)
            return *p - *q;
    }
    return 0;
})

MEMORY(void *, memchr, (const void *data, int byte, size_t size), (data, byte, size), {
    for (const unsigned char *p = data; size > 0; p++, size--) {
        if (*p == (unsigned char)byte)
            return (void *)(uintptr_t)p;
    }
    return NULL;
})

MEMORY(size_t, strlen, (const char *text), (text), {
    size_t length = 0;

    while (text[length])
        length++;
    return length;
})

void libc_start(void *(*find)(const char *name))
{
    static const struct {
        const char *name;
        void *target;
    } wanted[] = {
        {"memcpy", &now_memcpy}, {"memmove", &now_memmove}, {"memset", &now_memset},
        {"memcmp", &now_memcmp}, {"memchr", &now_memchr},   {"strlen", &now_strlen},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++) {
        void *function = find(wanted[i].name);
        if (function)
            *(void **)wanted[i].target = function;
    }
}

#define TEXT(type, name, parameters)                                                                                             \
    HIDDEN type __wrap_##name parameters;                                                                                        \
    type __wrap_##name parameters

TEXT(int, strncmp, (const char *a, const char *b, size_t size))
{
    for (; size > 0; a++, b++, size--) {
        if (*a != *b || !*a)
            return (unsigned char)*a - (unsigned char)*b;
    }
    return 0;
}

TEXT(int, strcmp, (const char *a, const char *b))
{
    return __wrap_strncmp(a, b, SIZE_MAX);
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : (unsigned char)c;
}

TEXT(int, strncasecmp, (const char *a, const char *b, size_t size))
{
    for (; size > 0; a++, b++, size--) {
        if (lower(*a) != lower(*b) || !*a)
            return lower(*a) - lower(*b);
    }
    return 0;
}

TEXT(char *, strchr, (const char *text, int byte))
{
    for (; *text != (char)byte; text++) {
        if (!*text)
            return NULL;
    }
    return (char *)(uintptr_t)text;
}

TEXT(void *, memrchr, (const void *data, int byte, size_t size))
{
    const unsigned char *bytes = data;

    while (size-- > 0) {
        if (bytes[size] == (unsigned char)byte)
            return (void *)(uintptr_t)(bytes + size);
    }
    return NULL;
}

TEXT(char *, strrchr, (const char *text, int byte))
{
    return __wrap_memrchr(text, byte, __wrap_strlen(text) + 1);
}

TEXT(size_t, strnlen, (const char *text, size_t size))
{
    const char *end = __wrap_memchr(text, 0, size);

    return end ? (size_t)(end - text) : size;
}

TEXT(char *, strncpy, (char *to, const char *from, size_t size))
{
    size_t length = __wrap_strnlen(from, size);

    __wrap_memcpy(to, from, length);
    __wrap_memset(to + length, 0, size - length);
    return to;
}

TEXT(size_t, strcspn, (const char *text, const char *reject))
{
    size_t length = 0;

    while (text[length] && !__wrap_strchr(reject, text[length]))
        length++;
    return length;
}

TEXT(size_t, strspn, (const char *text, const char *accept))
{
    size_t length = 0;

    while (text[length] && __wrap_strchr(accept, text[length]))
        length++;
    return length;
}

TEXT(char *, strchrnul, (const char *text, int byte))
{
    while (*text && *text != (char)byte)
        text++;
    return (char *)(uintptr_t)text;
}

TEXT(void *, memmem, (const void *data, size_t size, const void *wanted, size_t length))
{
    const char *p = data, *end = p + size;

    if (length == 0)
        return (void *)(uintptr_t)data;
    while ((size_t)(end - p) >= length && (p = __wrap_memchr(p, *(const char *)wanted, (size_t)(end - p) - length + 1))) {
        if (__wrap_memcmp(p, wanted, length) == 0)
            return (void *)(uintptr_t)p;
        p++;
    }
    return NULL;
}

TEXT(char *, strstr, (const char *text, const char *wanted))
{
    return __wrap_memmem(text, __wrap_strlen(text), wanted, __wrap_strlen(wanted));
}

/* In a library of its own for the tests (libnplus1_faults.so) the NPLUS1_FAULT_AT-th call that may fail does so, and how many
 * there were is written to the file NPLUS1_FAULT_COUNT at the end. */
#ifdef NPLUS1_FAULTS
static _Atomic long calls;

static bool is_refused(void)
{
    const char *at = getenv("NPLUS1_FAULT_AT");

    return ++calls == (at ? strtol(at, NULL, 10) : 0);
}

__attribute__((destructor)) static void write_count(void)
{
    const char *path = getenv("NPLUS1_FAULT_COUNT");
    long fd = path ? system_call(SYS_openat, AT_FDCWD, (long)(uintptr_t)path, O_WRONLY | O_CREAT | O_TRUNC, 0600, 0) : -1;
    long count = calls;

    if (fd >= 0) {
        system_call(SYS_write, fd, (long)(uintptr_t)&count, sizeof count, 0, 0);
        system_call(SYS_close, fd, 0, 0, 0, 0);
    }
}

#define fallible6(...) (is_refused() ? -ENOMEM : system_call6(__VA_ARGS__))
#define fallible(...)  (is_refused() ? -ENOMEM : system_call(__VA_ARGS__))
#else
#define fallible6 system_call6
#define fallible  system_call
#endif

static long result_of(long result)
{
    if (result >= 0 || result < -4095)
        return result;
    errno = (int)-result;
    return -1;
}

TEXT(int, open64, (const char *path, int flags, ...))
{
    va_list arguments;
    mode_t mode = 0;

    va_start(arguments, flags);
    if (flags & O_CREAT)
        mode = va_arg(arguments, mode_t);
    va_end(arguments);
    return (int)result_of(fallible(SYS_openat, AT_FDCWD, (long)(uintptr_t)path, flags, mode, 0));
}

TEXT(int, close, (int fd))
{
    return (int)result_of(system_call(SYS_close, fd, 0, 0, 0, 0));
}

TEXT(ssize_t, read, (int fd, void *data, size_t size))
{
    return result_of(fallible(SYS_read, fd, (long)(uintptr_t)data, (long)size, 0, 0));
}

TEXT(int, fcntl64, (int fd, int command, ...))
{
    va_list arguments;
    long argument;

    va_start(arguments, command);
    argument = va_arg(arguments, long);
    va_end(arguments);
    return (int)result_of(fallible(SYS_fcntl, fd, command, argument, 0, 0));
}

TEXT(int, fstat64, (int fd, struct stat *ret))
{
    long result = fallible(SYS_fstat, fd, (long)(uintptr_t)ret, 0, 0, 0);

    if (unlikely(result == -EPERM)) /* of a seccomp filter that has what libc calls since 2.33 */
        result = fallible(SYS_newfstatat, fd, (long)(uintptr_t) "", (long)(uintptr_t)ret, AT_EMPTY_PATH, 0);
    return (int)result_of(result);
}

TEXT(int, ftruncate64, (int fd, off_t size))
{
    return (int)result_of(fallible(SYS_ftruncate, fd, size, 0, 0, 0));
}

/* Where the file system has no such call, or a seccomp filter allows none, what is not there yet is written. */
static long write_zeros(int fd, off_t offset, off_t size)
{
    static const char zeros[4096];
    long result = 1;

    for (off_t end = offset + size; offset < end && result > 0; offset += result)
        result = fallible(SYS_pwrite64, fd, (long)(uintptr_t)zeros,
                          end - offset < (off_t)sizeof zeros ? end - offset : (off_t)sizeof zeros, offset, 0);
    return result > 0 ? 0 : result < 0 ? result : -EIO;
}

/* Behind the end of a file. */
TEXT(int, posix_fallocate64, (int fd, off_t offset, off_t size))
{
    long result = fallible(SYS_fallocate, fd, 0, offset, size, 0);

    if (result == -EOPNOTSUPP || result == -EPERM || result == -ENOSYS)
        result = write_zeros(fd, offset, size);
    return (int)-result;
}

TEXT(ssize_t, readlink, (const char *path, char *out, size_t size))
{
    return result_of(fallible(SYS_readlink, (long)(uintptr_t)path, (long)(uintptr_t)out, (long)size, 0, 0));
}

TEXT(int, unlink, (const char *path))
{
    return (int)result_of(system_call(SYS_unlink, (long)(uintptr_t)path, 0, 0, 0, 0));
}

TEXT(void *, mmap64, (void *at, size_t size, int protection, int flags, int fd, off_t offset))
{
    return (void *)result_of(fallible6(SYS_mmap, (long)(uintptr_t)at, (long)size, protection, flags, fd, offset));
}

TEXT(int, munmap, (void *at, size_t size))
{
    return (int)result_of(system_call(SYS_munmap, (long)(uintptr_t)at, (long)size, 0, 0, 0));
}

TEXT(int, madvise, (void *at, size_t size, int advice))
{
    return (int)result_of(fallible(SYS_madvise, (long)(uintptr_t)at, (long)size, advice, 0, 0));
}

/* Not what may fail for want of memory, but each name that libc is asked for takes the loader 600 instructions in each process.
 */
TEXT(pid_t, getpid, (void))
{
    static long known WRITTEN_AT_START; /* where a seccomp filter forbids to ask */
    long pid = system_call(SYS_getpid, 0, 0, 0, 0, 0);

    if (unlikely(pid < 0))
        return (pid_t)known;
    if (unlikely(pid != known))
        known = pid;
    return (pid_t)pid;
}

TEXT(pid_t, getppid, (void))
{
    return (pid_t)system_call(SYS_getppid, 0, 0, 0, 0, 0);
}

TEXT(ssize_t, getrandom, (void *data, size_t size, unsigned flags))
{
    return result_of(system_call(SYS_getrandom, (long)(uintptr_t)data, (long)size, flags, 0, 0));
}

TEXT(char *, getcwd, (char *out, size_t size))
{
    long length = result_of(system_call(SYS_getcwd, (long)(uintptr_t)out, (long)size, 0, 0, 0));

    return length > 0 && out[0] == '/' ? out : NULL; /* one that the program cannot reach has no such path */
}

TEXT(int, access, (const char *path, int mode))
{
    return (int)result_of(system_call(SYS_access, (long)(uintptr_t)path, mode, 0, 0, 0));
}

TEXT(int, getrlimit64, (int which, struct rlimit *ret))
{
    return (int)result_of(system_call(SYS_prlimit64, 0, which, 0, (long)(uintptr_t)ret, 0));
}

TEXT(int, isatty, (int fd))
{
    struct termios ignored; /* larger than the kernel's own */

    return result_of(system_call(SYS_ioctl, fd, TCGETS, (long)(uintptr_t)&ignored, 0, 0)) == 0;
}

TEXT(int, gethostname, (char *out, size_t size))
{
    struct utsname names;
    long result = result_of(system_call(SYS_uname, (long)(uintptr_t)&names, 0, 0, 0, 0));
    size_t length = result == 0 ? __wrap_strnlen(names.nodename, sizeof names.nodename) : 0;

    if (result != 0 || length >= size)
        return -1;
    __wrap_memcpy(out, names.nodename, length);
    out[length] = '\0';
    return 0;
}

TEXT(ssize_t, pread64, (int fd, void *data, size_t size, off_t offset))
{
    return result_of(fallible(SYS_pread64, fd, (long)(uintptr_t)data, (long)size, offset, 0));
}

TEXT(int, getpeername, (int fd, struct sockaddr *ret, socklen_t *size))
{
    return (int)result_of(system_call(SYS_getpeername, fd, (long)(uintptr_t)ret, (long)(uintptr_t)size, 0, 0));
}

TEXT(int, getsockopt, (int fd, int level, int name, void *ret, socklen_t *size))
{
    return (int)result_of(system_call(SYS_getsockopt, fd, level, name, (long)(uintptr_t)ret, (long)(uintptr_t)size));
}

TEXT(int, sigemptyset, (sigset_t * set))
{
    __wrap_memset(set, 0, sizeof *set);
    return 0;
}

/* Of a signal that there is. */
TEXT(int, sigaddset, (sigset_t * set, int number))
{
    unsigned long *words = (unsigned long *)(void *)set, bit = (unsigned)number - 1;

    words[bit / 64] |= 1UL << bit % 64;
    return 0;
}
