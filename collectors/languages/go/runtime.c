#include "collectors/languages/go/runtime.h"

#include <link.h>
#include <stddef.h>

#include "agent/base/compiler.h"
#include "agent/base/readable.h"

/* What has stood at the same place in all releases since Go 1.17, checked as the rest is. */
enum {
    G_STACK_LOW = 0,
    G_STACK_HIGH = 8,
    G_M = 48,
    G_SCHED_G = 72, /* of a goroutine: itself */
    M_G0 = 0,
};

/* Where the rest is looked for, in bytes. */
#define CURRENT_FROM    96 /* m: the goroutine that it runs */
#define CURRENT_TO      384
#define STATUS_FROM     112 /* g: its state, and its number behind that */
#define STATUS_TO       184
#define MAKER_TO        512 /* g: who started it, and where; its first function */
#define STATUS_SYSCALL  3   /* it has called C */
#define STATUS_DEAD     6
#define STATUS_SCANNED  0x1000
#define NUMBER_MOST     (UINT64_C(1) << 48)
#define THREAD_LOCAL_TO 4096 /* bytes of the program's thread-local memory */

struct program {
    uintptr_t locals, code, code_end;
    size_t locals_size;
};

static struct {
    intptr_t own;                   /* where g is, from the thread's pointer */
    uint32_t current;               /* m */
    uint32_t status, number, maker; /* g */
    struct program program;
    _Atomic bool is_old;
} found;

static inline uintptr_t word(uintptr_t at, uint32_t offset)
{
    return *(const uintptr_t *)(at + offset);
}

/* Asked before it is read: what is looked at may be anything. */
static bool is_there(uintptr_t at, size_t size)
{
    return at && at % sizeof(uintptr_t) == 0 && readable_bytes((const void *)at, size);
}

static uintptr_t thread_pointer(void)
{
    uintptr_t self;

    __asm__("mov %%fs:0, %0" : "=r"(self));
    return self;
}

/* The program comes first. */
static int visit(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct program *program = argument;

    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_TLS && size > offsetof(struct dl_phdr_info, dlpi_tls_data)) {
            program->locals = (uintptr_t)info->dlpi_tls_data;
            program->locals_size = segment->p_memsz;
        } else if (segment->p_type == PT_LOAD && segment->p_flags & PF_X) {
            program->code = info->dlpi_addr + segment->p_vaddr;
            program->code_end = program->code + segment->p_memsz;
        }
    }
    return 1;
}

/* The thread's own goroutine: the stack that it runs on is its, and its thread's description says the same. */
static bool is_g0(uintptr_t g, uintptr_t here)
{
    uintptr_t m;

    if (!is_there(g, STATUS_TO) || here < word(g, G_STACK_LOW) || here >= word(g, G_STACK_HIGH))
        return false;
    m = word(g, G_M);
    return is_there(m, CURRENT_TO) && word(m, M_G0) == g;
}

static uintptr_t find_g0(const struct program *program, intptr_t *ret_at)
{
    uintptr_t self = thread_pointer(), here = (uintptr_t)__builtin_frame_address(0);

    if (!program->locals || program->locals_size > THREAD_LOCAL_TO)
        return 0;
    for (size_t i = 0; i + sizeof(uintptr_t) <= program->locals_size; i += sizeof(uintptr_t)) {
        uintptr_t g = *(const uintptr_t *)(program->locals + i);
        if (is_g0(g, here)) {
            *ret_at = (intptr_t)(program->locals + i - self);
            return g;
        }
    }
    return 0;
}

/* Where its state is, which is the first word that says so; 0: it has not called C. */
static uint32_t status_of(uintptr_t g)
{
    for (uint32_t at = STATUS_FROM; at < STATUS_TO; at += sizeof(uintptr_t)) {
        if ((word(g, at) & ~(uintptr_t)STATUS_SCANNED) == STATUS_SYSCALL)
            return at;
    }
    return 0;
}

/* The goroutine that a thread runs which is in C. */
static uintptr_t find_current(uintptr_t g0, uint32_t *ret_at, uint32_t *ret_status)
{
    uintptr_t m = word(g0, G_M);

    for (uint32_t at = CURRENT_FROM; at < CURRENT_TO; at += sizeof(uintptr_t)) {
        uintptr_t g = word(m, at);
        if (g != g0 && is_there(g, MAKER_TO + 4 * sizeof g) && word(g, G_M) == m && word(g, G_SCHED_G) == g &&
            (*ret_status = status_of(g)) != 0) {
            *ret_at = at;
            return g;
        }
    }
    return 0;
}

static bool is_code(const struct program *program, uintptr_t address)
{
    return address >= program->code && address < program->code_end;
}

/* Its maker's number, where that was when it did so, which ancestors it has (none, unless the program is debugged so), and its
 * first function; 0: there is no such place. */
static uint32_t find_maker(const struct program *program, uintptr_t g, uint32_t from)
{
    for (uint32_t at = from; at < MAKER_TO; at += sizeof(uintptr_t)) {
        if (word(g, at) < NUMBER_MOST && is_code(program, word(g, at + 8)) && word(g, at + 16) == 0 &&
            is_code(program, word(g, at + 24)))
            return at;
    }
    return 0;
}

READS_ANYTHING bool go_runtime_is_here(void)
{
    struct program program = {0};
    uint32_t current, status;
    intptr_t own;
    uintptr_t g0;

    dl_iterate_phdr(visit, &program);
    g0 = find_g0(&program, &own);
    return g0 && find_current(g0, &current, &status);
}

READS_ANYTHING bool go_runtime_start(void)
{
    struct program *program = &found.program;
    uintptr_t g0, g;

    dl_iterate_phdr(visit, program);
    g0 = find_g0(program, &found.own);
    g = g0 ? find_current(g0, &found.current, &found.status) : 0;
    if (!g)
        return false;
    found.number = found.status + sizeof(uintptr_t);
    found.maker = find_maker(program, g, found.number + sizeof(uintptr_t));
    return found.maker && word(g, found.number) - 1 < NUMBER_MOST && word(g0, found.number) == 0 && word(g0, found.maker) == 0;
}

/* Somebody has started it, and it does not say who: so in releases before 1.21, whose goroutines are all left to their threads.
 */
static bool is_of_old_release(uintptr_t g)
{
    return is_code(&found.program, word(g, found.maker + 8));
}

READS_ANYTHING struct go_goroutine go_runtime_goroutine(void)
{
    uintptr_t g, m;
    struct go_goroutine goroutine;

    __asm__ volatile("mov %%fs:(%1), %0" : "=r"(g) : "r"(found.own));
    if (found.is_old || !g || !(m = word(g, G_M)) || !(g = word(m, found.current)))
        return (struct go_goroutine){0};
    goroutine = (struct go_goroutine){word(g, found.number), word(g, found.maker), g};
    if (goroutine.maker || goroutine.number == 1)
        return goroutine;
    if (is_of_old_release(g))
        found.is_old = true;
    return (struct go_goroutine){0};
}

READS_ANYTHING bool go_runtime_is_over(uint64_t number, uintptr_t address)
{
    uint32_t status = *(const volatile uint32_t *)(address + found.status);

    return (status & ~(uint32_t)STATUS_SCANNED) == STATUS_DEAD || word(address, found.number) != number;
}
