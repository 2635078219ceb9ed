#include "agent/base/sandbox/filter.h"

#include "tests/unit/check.h"

#include <linux/audit.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODYS    500 /* a number that no system call has */
#define BODY       24  /* instructions that are made up */
#define FILTERS    80
#define CALLS      20
#define LENGTH_MAX 64

static uint64_t seed = 20261130;

static uint32_t any(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33);
}

static uint32_t one_of(const uint32_t *values, size_t count)
{
    return values[any() % count];
}

/* What the kernel takes (kernel/seccomp.c, seccomp_check_filter), without what ends a filter early. left: instructions behind it.
 */
static struct sock_filter made_up(uint32_t left)
{
    static const uint32_t operations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_OR, BPF_AND, BPF_XOR, BPF_LSH, BPF_RSH, BPF_DIV};
    static const uint32_t conditions[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
    uint32_t operation = one_of(operations, sizeof operations / sizeof *operations), k = any();

    switch (any() % 12) {
    case 0:
        return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, k % 16 * 4);
    case 1:
        return (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, k);
    case 2:
        return (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, k % 3 ? k : k % 40);
    case 3:
        return (struct sock_filter)BPF_STMT(BPF_LD | BPF_MEM, k % BPF_MEMWORDS);
    case 4:
        return (struct sock_filter)BPF_STMT(BPF_LDX | BPF_MEM, k % BPF_MEMWORDS);
    case 5:
        return (struct sock_filter)BPF_STMT(k % 2 ? BPF_ST : BPF_STX, any() % BPF_MEMWORDS);
    case 6:
        return (struct sock_filter)BPF_STMT(BPF_MISC | (k % 2 ? BPF_TAX : BPF_TXA), 0);
    case 7:
        return (struct sock_filter)BPF_STMT(k % 2 ? BPF_LD | BPF_W | BPF_LEN : BPF_ALU | BPF_NEG, 0);
    case 8:
        return (struct sock_filter)BPF_JUMP(BPF_JMP | one_of(conditions, 4) | (k % 2 ? BPF_K : BPF_X), k % 5 ? k % 64 : k,
                                            (unsigned char)(any() % left), (unsigned char)(any() % left));
    case 9:
        return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, any() % (left < 3 ? left : 3), 0, 0);
    case 10:
        if (operation != BPF_DIV) /* by an index of 0 it kills */
            return (struct sock_filter)BPF_STMT(BPF_ALU | operation | BPF_X, 0);
        /* fallthrough */
    default:
        return (struct sock_filter)BPF_STMT(BPF_ALU | operation | BPF_K,
                                            operation == BPF_LSH || operation == BPF_RSH ? k % 32 : k | 1);
    }
}

/* For that number an error that comes of what was made up, for others nothing. */
static size_t make(struct sock_filter *out)
{
    size_t count = 0;

    out[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    out[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NOBODYS, 1, 0);
    out[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    for (uint32_t i = 0; i < BPF_MEMWORDS; i++) /* the kernel refuses to read what was not written */
        out[count++] = (struct sock_filter)BPF_STMT(BPF_ST, i);
    for (uint32_t left = BODY; left > 0; left--)
        out[count++] = made_up(left);
    out[count++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x7ff);
    out[count++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO);
    out[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
    return count;
}

static __attribute__((noinline)) long call(const uint64_t *arguments)
{
    register uint64_t r10 __asm__("r10") = arguments[3];
    register uint64_t r8 __asm__("r8") = arguments[4];
    register uint64_t r9 __asm__("r9") = arguments[5];
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"((long)NOBODYS), "D"(arguments[0]), "S"(arguments[1]), "d"(arguments[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* Exit status of a child: 0, it was as the kernel says, each time; 2: the kernel did not take the filter. */
static int compare(const struct sock_filter *instructions, size_t count)
{
    const struct sock_fprog program = {(unsigned short)count, (struct sock_filter *)instructions};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return 2;
    for (unsigned i = 0; i < CALLS; i++) {
        struct seccomp_data data = {.nr = NOBODYS, .arch = AUDIT_ARCH_X86_64};
        uint64_t arguments[6];
        uint32_t said;

        for (unsigned argument = 0; argument < 6; argument++)
            data.args[argument] = arguments[argument] = (uint64_t)any() << 32 | (any() % 2 ? any() : any() % 16);
        said = filter_run(instructions, count, &data);
        if ((said & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO || call(arguments) != -(long)(said & SECCOMP_RET_DATA))
            return 1;
    }
    return 0;
}

/* The address of the call is the only thing that we say otherwise: filters that look at it are left out. */
static bool looks_at_the_address(const struct sock_filter *instructions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (instructions[i].code == (BPF_LD | BPF_W | BPF_ABS) &&
            (instructions[i].k == offsetof(struct seccomp_data, instruction_pointer) ||
             instructions[i].k == offsetof(struct seccomp_data, instruction_pointer) + 4))
            return true;
    }
    return false;
}

static void filters_say_what_the_kernel_says(void **state)
{
    unsigned taken = 0;

#ifdef __SANITIZE_THREAD__
    print_message("ThreadSanitizer needs system calls that a filter forbids\n");
    return;
#endif
    for (unsigned i = 0; i < FILTERS; i++) {
        struct sock_filter instructions[LENGTH_MAX];
        size_t count;
        int status;
        pid_t child;

        do
            count = make(instructions);
        while (looks_at_the_address(instructions, count));
        child = fork();
        if (child == 0)
            _exit(compare(instructions, count));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
        taken += WEXITSTATUS(status) == 0;
    }
    assert_in_range(taken, FILTERS * 9 / 10, FILTERS);
}

/* Nobody else's memory is read, and no filter runs for ever. */
static void any_bytes_end_in_something(void **state)
{
    struct seccomp_data data = {.nr = 1};

    for (unsigned i = 0; i < 200000; i++) {
        struct sock_filter instructions[8];
        for (size_t at = 0; at < 8; at++)
            instructions[at] = (struct sock_filter){(unsigned short)(any() & (any() % 2 ? 0xff : 0xffff)), (unsigned char)any(),
                                                    (unsigned char)any(), any() % 2 ? any() : any() % 80};
        filter_run(instructions, any() % 9, &data);
    }
}

static void what_ends_without_a_word_kills(void **state)
{
    const struct sock_filter instructions[] = {BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_JUMP(BPF_JMP | BPF_JA, 0xffffffff, 0, 0)};
    const struct seccomp_data data = {.nr = 1};

    assert_false(filter_spares(filter_run(instructions, 0, &data)));
    assert_false(filter_spares(filter_run(instructions, 1, &data)));
    assert_false(filter_spares(filter_run(instructions, 2, &data)));
}

static void only_what_answers_by_itself_spares(void **state)
{
    static const uint32_t spared[] = {SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1, SECCOMP_RET_TRACE, SECCOMP_RET_LOG};
    static const uint32_t others[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP | 7,
                                      SECCOMP_RET_USER_NOTIF, 0x12340000};

    for (size_t i = 0; i < sizeof spared / sizeof *spared; i++)
        assert_true(filter_spares(spared[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(filter_spares(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_say_what_the_kernel_says),
        cmocka_unit_test(any_bytes_end_in_something),
        cmocka_unit_test(what_ends_without_a_word_kills),
        cmocka_unit_test(only_what_answers_by_itself_spares),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
