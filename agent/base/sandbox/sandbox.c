#include "agent/base/sandbox/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "agent/base/readable.h"
#include "agent/base/sandbox/filter.h"
#include "agent/base/sandbox/trial.h"

#define PAGE        ((size_t)4096)
#define FILTERS_MAX 256 /* the kernel's own limit for all that a thread has is some 32,768 instructions */

/* What a program hands the kernel (linux/filter.h, struct sock_fprog). */
struct program {
    unsigned short count;
    const struct sock_filter *instructions;
};

enum state { BEING_MADE, HOLDS, IS_OUT /* it never held, and may become another one */ };

struct sandbox_filter {
    struct sandbox_filter *next; /* older */
    const void *owner;           /* the thread that set it up: its born_under */
    uint32_t number;             /* from 1 */
    uint32_t room;               /* for so many instructions */
    enum sandbox_reach reach;
    _Atomic int state;
    size_t count; /* 0: strict mode */
    struct sock_filter instructions[];
};

_Atomic bool system_is_limited WRITTEN_AT_START = true; /* until somebody has looked */
static _Atomic bool has_looked WRITTEN_AT_START;
static bool is_inherited WRITTEN_AT_START;

static struct trial trial;
static struct sandbox_filter *_Atomic filters;
static _Atomic uint32_t filter_count;
static _Atomic bool is_closed; /* there were too many, or no memory for one: nothing is permitted */

/* One more than the number of the last filter that the thread is under because whoever made it was; 0: not known. */
static __thread uint32_t born_under __attribute__((tls_model("initial-exec")));

static bool has_filter(void)
{
    return system_call_now(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
}

/* The first system call of the agent comes here. */
static COLD void look(void)
{
    if (has_filter()) {
        trial_run(&trial);
        is_inherited = true;
    } else {
        system_is_limited = false;
    }
    atomic_store(&has_looked, true);
}

static bool applies(const struct sandbox_filter *filter)
{
    return atomic_load(&filter->state) == HOLDS &&
           (filter->reach == SANDBOX_ALL_THERE || filter->owner == &born_under ||
            (filter->reach == SANDBOX_NEW && (!born_under || filter->number < born_under)));
}

static bool strict_permits(long number)
{
    return number == SYS_read || number == SYS_write || number == SYS_exit || number == SYS_rt_sigreturn;
}

static bool filters_permit(const struct seccomp_data *call)
{
    if (is_inherited && !trial_has(&trial, call->nr))
        return false;
    if (atomic_load(&is_closed))
        return strict_permits(call->nr);
    for (const struct sandbox_filter *filter = atomic_load(&filters); filter; filter = filter->next) {
        if (applies(filter) &&
            !(filter->count ? filter_spares(filter_run(filter->instructions, filter->count, call)) : strict_permits(call->nr)))
            return false;
    }
    return true;
}

static bool permits(long number, long a, long b, long c, long d, long e, long f)
{
    const struct seccomp_data call = {
        .nr = (int)number,
        .arch = AUDIT_ARCH_X86_64,
        .instruction_pointer = (uintptr_t)system_call_limited, /* near enough: whoever asks means a place of his own */
        .args = {(uint64_t)a, (uint64_t)b, (uint64_t)c, (uint64_t)d, (uint64_t)e, (uint64_t)f},
    };

    if (unlikely(!atomic_load(&has_looked)))
        look();
    return !system_limited() || filters_permit(&call);
}

long system_call_limited(long number, long a, long b, long c, long d, long e, long f)
{
    return permits(number, a, b, c, d, e, f) ? system_call_now(number, a, b, c, d, e, f) : -EPERM;
}

bool sandbox_permits_call(long number, long a, long b, long c, long d)
{
    return permits(number, a, b, c, d, 0, 0);
}

/* A section under a lock blocks signals, and wakes who waits for it. */
bool sandbox_lets_work_now(void)
{
    const uint64_t mask = 0;
    const uint32_t word = 0;

    return permits(SYS_rt_sigprocmask, SIG_BLOCK, (long)(uintptr_t)&mask, (long)(uintptr_t)&mask, sizeof mask, 0, 0) &&
           permits(SYS_rt_sigprocmask, SIG_SETMASK, (long)(uintptr_t)&mask, 0, sizeof mask, 0, 0) &&
           permits(SYS_futex, (long)(uintptr_t)&word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0) &&
           permits(SYS_futex, (long)(uintptr_t)&word, FUTEX_WAIT_PRIVATE, 1, 0, 0, 0);
}

/* A new thread is under those that its maker is under; that it is under none is said by the kernel, if it may be asked. */
void sandbox_enter(void)
{
    uint32_t count = atomic_load(&filter_count);

    if (born_under)
        return;
    if (count && !is_inherited && permits(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0, 0) && !has_filter())
        count = 0;
    born_under = count + 1;
}

static bool can_read(const void *data, size_t size)
{
    for (size_t done = 0; done < size; done += PAGE) {
        size_t part = size - done < PAGE ? size - done : PAGE;
        if (!readable_bytes((const char *)data + done, part))
            return false;
    }
    return true;
}

/* One that never held, or a new one, in front of the others. NULL: no memory. Whoever is interrupted here by a handler that
 * adds one, too, goes on where it was. */
static struct sandbox_filter *make_room(size_t count)
{
    size_t size = (sizeof(struct sandbox_filter) + count * sizeof(struct sock_filter) + PAGE - 1) & ~(PAGE - 1);
    struct sandbox_filter *filter;
    long page;

    for (filter = atomic_load(&filters); filter; filter = filter->next) {
        int state = IS_OUT;
        if (count <= filter->room && atomic_compare_exchange_strong(&filter->state, &state, BEING_MADE))
            return filter;
    }
    if (atomic_load(&filter_count) >= FILTERS_MAX)
        return NULL;
    page = system_call6(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page < 0)
        return NULL;
    filter = (struct sandbox_filter *)page;
    filter->room = (uint32_t)((size - sizeof *filter) / sizeof(struct sock_filter));
    filter->number = atomic_fetch_add(&filter_count, 1) + 1;
    filter->next = atomic_load(&filters);
    while (!atomic_compare_exchange_weak(&filters, &filter->next, filter)) {
    }
    return filter;
}

struct sandbox_filter *sandbox_add(const void *argument, bool is_strict, enum sandbox_reach reach)
{
    struct program program = {0};
    struct sandbox_filter *filter;

    if (!is_strict) {
        if (!sandbox_permits(SYS_rt_sigprocmask, -1, 0, 0, 8)) { /* it cannot be looked at */
            atomic_store(&is_closed, true);
            return NULL;
        }
        if (!can_read(argument, sizeof program))
            return NULL;
        __builtin_memcpy(&program, argument, sizeof program);
        if (!program.count || program.count > BPF_MAXINSNS ||
            !can_read(program.instructions, program.count * sizeof *program.instructions))
            return NULL;
    }
    if (!atomic_load(&has_looked))
        look();
    filter = make_room(program.count);
    if (filter) {
        filter->owner = &born_under;
        filter->reach = reach;
        filter->count = program.count;
        for (size_t i = 0; i < program.count; i++)
            filter->instructions[i] = program.instructions[i];
        atomic_store(&filter->state, HOLDS);
    } else {
        atomic_store(&is_closed, true);
    }
    system_is_limited = true;
    return filter;
}

void sandbox_withdraw(struct sandbox_filter *filter)
{
    if (filter)
        atomic_store(&filter->state, IS_OUT);
}
