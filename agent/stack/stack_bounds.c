#include "agent/stack/stack_bounds.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/base/calm.h"
#include "agent/base/system.h"

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

/* Linux 6.11, PROCMAP_QUERY of <linux/fs.h>: the mapping that holds an address, or the next one above. */
struct query {
    uint64_t size, flags, address, start, end, others[5];
    uint32_t sizes[2];
    uint64_t addresses[2];
};
#define QUERY               _IOWR('f', 17, struct query)
#define QUERY_HOLDS_OR_NEXT 0x10
#define BETWEEN_MAX         16 /* mappings where the stack may still grow */

static bool ask(int maps, uintptr_t address, struct query *ret)
{
    *ret = (struct query){.size = sizeof *ret, .flags = QUERY_HOLDS_OR_NEXT, .address = address};
    return system_call(SYS_ioctl, maps, QUERY, (long)(uintptr_t)ret, 0, 0) == 0;
}

/* The main thread's stack grows downwards by itself. */
static bool is_of_main(const struct mapping *mapping)
{
    uintptr_t start = &__libc_stack_end ? (uintptr_t)__libc_stack_end : 0;

    return start >= mapping->start && start < mapping->end;
}

/* A process may have thousands of mappings, and a stack is among the last. False: the kernel is older, or sets no bound to it. */
static bool ask_mapping(int maps, uintptr_t address, struct mapping *ret)
{
    struct rlimit limit;
    struct query found;

    if (!ask(maps, address, &found) || found.start > address)
        return false;
    *ret = (struct mapping){found.start, found.end, found.start};
    if (!is_of_main(ret))
        return true;
    if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= ret->end)
        return false;
    ret->end_before = ret->end - limit.rlim_cur;
    for (unsigned i = 0; i < BETWEEN_MAX; i++) {
        if (!ask(maps, ret->end_before, &found))
            return false;
        if (found.start >= ret->start)
            return true;
        ret->end_before = found.end;
    }
    return false;
}

/* The mapping that holds `address`: lines of proc(5) maps begin "start-end ". end_before is not below what may be the stack's. */
static bool find_mapping(uintptr_t address, struct mapping *ret)
{
    char block[2048], line[LINE_MAX_BYTES];
    size_t length = 0;
    ssize_t n;
    bool found = false;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    if (ask_mapping(fd, address, ret)) {
        close(fd);
        return true;
    }
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
    uintptr_t self = (uintptr_t)pthread_self(), here = (uintptr_t)__builtin_frame_address(0);
    struct mapping mapping;
    struct rlimit limit;

    if (!find_mapping(here, &mapping))
        return;
    if (self >= mapping.start && self < mapping.end) { /* glibc keeps a thread's descriptor at the top of its stack */
        thread->stack_low = mapping.start;
        thread->stack_high = self;
    } else if (is_of_main(&mapping)) {
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
