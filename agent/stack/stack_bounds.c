#include "agent/stack/stack_bounds.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/base/calm.h"

#define LINE_MAX_BYTES 128 /* of a line of maps: the addresses come first, the name may be cut */
#define TRIES          4   /* a thread that lives on coroutine stacks must not read maps for each statement */

extern void *__libc_stack_end
    __attribute__((weak)); /* ld.so, GLIBC_2.2.5: the stack pointer at the start of the process, in the main thread's stack */

struct mapping {
    uintptr_t start, end;
    uintptr_t end_before; /* of the mapping below */
};

static const char *parse_hex(const char *p, uintptr_t *ret)
{
    uintptr_t value = 0;

    for (;; p++) {
        unsigned digit = *p >= '0' && *p <= '9' ? (unsigned)(*p - '0') : *p >= 'a' && *p <= 'f' ? (unsigned)(*p - 'a' + 10) : 16;
        if (digit == 16)
            break;
        value = value << 4 | digit;
    }
    *ret = value;
    return p;
}

/* The mapping that holds `address`: lines of proc(5) maps begin "start-end ". */
static bool find_mapping(uintptr_t address, struct mapping *ret)
{
    char block[2048], line[LINE_MAX_BYTES];
    size_t length = 0;
    ssize_t n;
    bool found = false;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    ret->end = 0;
    while (!found && (n = read(fd, block, sizeof block)) > 0) {
        for (ssize_t i = 0; i < n && !found; i++) {
            if (block[i] != '\n') {
                if (length < sizeof line - 1)
                    line[length++] = block[i];
                continue;
            }
            line[length] = '\0';
            length = 0;
            ret->end_before = ret->end;
            parse_hex(parse_hex(line, &ret->start) + 1, &ret->end);
            found = address >= ret->start && address < ret->end;
        }
    }
    close(fd);
    return found;
}

static void find_bounds(struct thread *thread)
{
    uintptr_t self = (uintptr_t)pthread_self(), start = &__libc_stack_end ? (uintptr_t)__libc_stack_end : 0;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    struct mapping mapping;
    struct rlimit limit;

    if (!find_mapping(here, &mapping))
        return;
    if (self >= mapping.start && self < mapping.end) { /* glibc keeps a thread's descriptor at the top of its stack */
        thread->stack_low = mapping.start;
        thread->stack_high = self;
    } else if (start >= mapping.start && start < mapping.end) { /* the main thread's stack grows downwards by itself */
        thread->stack_low = mapping.end_before;
        if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < mapping.end - mapping.end_before)
            thread->stack_low = mapping.end - limit.rlim_cur;
        thread->stack_high = mapping.end;
    }
}

bool stack_bounds_hold(struct thread *thread, uintptr_t address)
{
    struct group_shard *last_shard = thread->last_shard;
    int32_t read_descriptor = thread->read_descriptor;
    int saved_errno = errno;

    if (!thread->stack_high && thread->stack_tries < TRIES) {
        thread->stack_tries++;
        calm_begin(); /* opening and reading a file are cancellation points */
        find_bounds(thread);
        calm_end();
        errno = saved_errno;
        /* that was no read of the program's, see agent/unit/descriptors.h */
        thread->last_shard = last_shard;
        thread->read_descriptor = read_descriptor;
    }
    return address >= thread->stack_low && address < thread->stack_high;
}
