#include "agent/base/sandbox/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "agent/base/compiler.h"
#include "agent/base/system.h"

/* An argument that points to zeros, which an empty path is, too. No pointers here: the loader would relocate them in each
 * process. */
#define ZEROS INT_MIN
#define OWN   (INT_MIN + 1) /* the child's number */
#define ONES  (INT_MIN + 2) /* likewise: all signals */

struct call {
    short number;
    int arguments[6];
};

enum { DUMPABLE, WAIT, BLOCK };

/* As the agent makes them, as far as a filter may look at the arguments; and none has an effect, but BLOCK: a signal that
 * the child got would be handled in memory that is the program's. */
static const struct call calls[] = {
    [DUMPABLE] = {SYS_prctl, {PR_SET_DUMPABLE, 0}},
    [WAIT] = {SYS_wait4, {-1, 0, WNOHANG | __WALL, 0}},
    [BLOCK] = {SYS_rt_sigprocmask, {SIG_BLOCK, ONES, 0, 8}},
    {SYS_openat, {AT_FDCWD, ZEROS, O_RDONLY | O_CLOEXEC}},
    {SYS_openat, {AT_FDCWD, ZEROS, O_RDWR | O_NOFOLLOW | O_CLOEXEC}},
    {SYS_openat, {AT_FDCWD, ZEROS, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600}},
    {SYS_close, {-1}},
    {SYS_read, {-1, ZEROS, 1}},
    {SYS_write, {-1, ZEROS, 1}},
    {SYS_pread64, {-1, ZEROS, 1, 0}},
    {SYS_pwrite64, {-1, ZEROS, 1, 0}},
    {SYS_lseek, {-1, 0, SEEK_SET}},
    {SYS_fcntl, {-1, F_DUPFD_CLOEXEC, 700}},
    {SYS_fcntl, {-1, F_GETFL}},
    {SYS_fstat, {-1, ZEROS}},
    {SYS_fstatfs, {-1, ZEROS}},
    {SYS_newfstatat, {AT_FDCWD, ZEROS, ZEROS, 0}},
    {SYS_ftruncate, {-1, 0}},
    {SYS_fallocate, {-1, 0, 0, 4096}},
    {SYS_readlink, {ZEROS, ZEROS, 1}},
    {SYS_unlink, {ZEROS}},
    {SYS_unlinkat, {-1, ZEROS, 0}},
    {SYS_getdents64, {-1, ZEROS, 24}},
    {SYS_mkdir, {ZEROS, 0700}},
    {SYS_access, {ZEROS, F_OK}},
    {SYS_getcwd, {ZEROS, 1}},
    {SYS_mmap, {0, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0}},
    {SYS_mmap, {0, 0, PROT_READ | PROT_WRITE, MAP_SHARED, -1, 0}},
    {SYS_mmap, {0, 0, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0}},
    {SYS_munmap, {0, 0}},
    {SYS_mprotect, {0, 0, PROT_READ | PROT_WRITE}},
    {SYS_madvise, {0, 0, MADV_WIPEONFORK}},
    {SYS_madvise, {0, 0, MADV_DONTNEED}},
    {SYS_brk, {0}},
    {SYS_rt_sigprocmask, {SIG_SETMASK, ONES, 0, 8}},
    {SYS_rt_sigprocmask, {-1, ZEROS, 0, 8}},
    {SYS_rt_sigaction, {SIGBUS, 0, 0, 8}},
    {SYS_rt_sigpending, {ZEROS, 8}},
    {SYS_rt_sigtimedwait, {ZEROS, 0, ZEROS, 8}},
    {SYS_futex, {ZEROS, FUTEX_WAKE_PRIVATE, 1}},
    {SYS_futex, {ZEROS, FUTEX_WAIT_PRIVATE, 1, 0}},
    {SYS_nanosleep, {ZEROS, 0}},
    {SYS_clock_gettime, {CLOCK_MONOTONIC, ZEROS}},
    {SYS_clock_gettime, {CLOCK_REALTIME, ZEROS}},
    {SYS_getpid, {0}},
    {SYS_getppid, {0}},
    {SYS_gettid, {0}},
    {SYS_kill, {OWN, 0}},
    {SYS_tgkill, {OWN, OWN, 0}},
    {SYS_getrandom, {ZEROS, 8, 1 /* GRND_NONBLOCK */}},
    {SYS_prlimit64, {0, RLIMIT_FSIZE, 0, ZEROS}},
    {SYS_prlimit64, {0, RLIMIT_AS, 0, ZEROS}},
    {SYS_uname, {ZEROS}},
    {SYS_getpeername, {-1, ZEROS, ZEROS}},
    {SYS_getsockopt, {-1, SOL_SOCKET, SO_TYPE, ZEROS, ZEROS}},
    {SYS_ioctl, {-1, 0, ZEROS}},
    {SYS_poll, {ZEROS, 0, 0}},
    {SYS_sendto, {-1, ZEROS, 1, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0}},
    {SYS_vmsplice, {-1, ZEROS, 1, 0}},
};

#define COUNT ((uint32_t)ARRAY_LENGTH(calls))

/* What the children share with who waits for them. */
struct notes {
    _Atomic uint32_t at; /* the call that is being made; COUNT: none any more */
    uint64_t ones;
    _Alignas(64) char zeros[1024];
    _Alignas(64) char stack[7040];
};

static long argument_of(int argument, const struct notes *notes, long own)
{
    return argument == ZEROS  ? (long)(uintptr_t)notes->zeros
           : argument == ONES ? (long)(uintptr_t)&notes->ones
           : argument == OWN  ? own
                              : argument;
}

static void make(const struct call *call, struct notes *notes, long own)
{
    long a[6];

    for (size_t i = 0; i < ARRAY_LENGTH(a); i++)
        a[i] = argument_of(call->arguments[i], notes, own);
    __builtin_memset(notes->zeros, 0, sizeof notes->zeros);
    system_call_now(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* In the child, from the call that is noted on. `own`: its number, where it can be asked for; else none has it. */
static _Noreturn void try(struct notes *notes)
{
    long own = INT_MAX;

    for (uint32_t i = atomic_load(&notes->at); i < COUNT; i++) {
        atomic_store(&notes->at, i);
        if (calls[i].number == SYS_getpid)
            own = system_call_now(SYS_getpid, 0, 0, 0, 0, 0, 0);
        else
            make(&calls[i], notes, own);
    }
    atomic_store(&notes->at, COUNT);
    for (;;)
        system_call_now(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

static void put(uint64_t *bits, long number)
{
    bits[number / 64] |= UINT64_C(1) << number % 64;
}

/* A child as vfork's, on a stack of its own: a copy of the memory would take longer than the rest of a short program's start. Its
 * number, when it has ended; or the negated number of an error. */
static long run_child(struct notes *notes)
{
    register long r10 __asm__("r10") = 0;
    register long r8 __asm__("r8") = 0;
    register void *argument __asm__("r12") = notes;
    register void *function __asm__("r13") = (void *)try;
    long result;

    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %%r12, %%rdi\n\t"
                     "call *%%r13\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(result)
                     : "0"((long)SYS_clone), "D"((long)(CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_FS | CLONE_UNTRACED)),
                       "S"(notes->stack + sizeof notes->stack), "d"(0L), "r"(r10), "r"(r8), "r"(argument), "r"(function)
                     : "rcx", "r11", "memory");
    return result;
}

/* Begins with a call; the one that the child died of, COUNT: of none. False: there was no child, or something else ended it. */
static bool try_from(struct notes *notes, uint32_t first, const struct trial *so_far, uint32_t *ret)
{
    int status = SIGSYS;
    long child;

    atomic_store(&notes->at, first);
    notes->ones = UINT64_MAX;
    child = run_child(notes);
    if (child < 0)
        return false;
    *ret = atomic_load(&notes->at);
    if (trial_has(so_far, SYS_wait4) || (first <= WAIT && *ret > WAIT))
        system_call_now(SYS_wait4, child, (long)(uintptr_t)&status, __WALL, 0, 0, 0);
    return *ret == COUNT || (status & 0x7f) == SIGSYS;
}

/* By the loader's own reading of a library. */
static void trust_the_loader(struct trial *ret)
{
    static const short numbers[] = {SYS_openat, SYS_read, SYS_pread64, SYS_close, SYS_mmap, SYS_munmap, SYS_mprotect, SYS_access};

    *ret = (struct trial){0};
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++)
        put(ret->harmless, numbers[i]);
}

void trial_run(struct trial *ret)
{
    uint64_t deadly[TRIAL_NUMBERS / 64] = {0};
    long page = system_call_now(SYS_mmap, 0, sizeof(struct notes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct notes *notes = (struct notes *)page;
    /* Children that have died leave no core, which up to Linux 5.15 would take along all who have the same memory. */
    bool is_done = page > 0, was_dumpable = system_call_now(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0, 0) == 1;

    *ret = (struct trial){0};
    for (uint32_t first = 0, end; is_done && first < COUNT; first = end + 1) {
        is_done = try_from(notes, first, ret, &end);
        for (uint32_t i = first; is_done && i < end; i++)
            put(ret->harmless, calls[i].number);
        if (is_done && end < COUNT)
            put(deadly, calls[end].number);
    }
    if (was_dumpable && trial_has(ret, calls[DUMPABLE].number))
        system_call_now(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0, 0);
    for (size_t i = 0; i < ARRAY_LENGTH(deadly); i++)
        ret->harmless[i] &= ~deadly[i];
    if (!is_done)
        trust_the_loader(ret);
    if (page > 0)
        system_call_now(SYS_munmap, page, sizeof(struct notes), 0, 0, 0, 0);
}
