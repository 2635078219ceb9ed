/* Stacks of all shapes, walked by us and by libunwind: both must see the same return addresses in the same places. */
#define UNW_LOCAL_ONLY
#include "tests/unit/check.h"

#include <alloca.h>
#include <errno.h>
#include <libunwind.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#include "agent/base/compiler.h"
#include "collectors/languages/native/memory.h"
#include "collectors/languages/native/native.h"

#define MOST 512

struct stack {
    uintptr_t addresses[MOST], slots[MOST];
    size_t count;
};

static struct stack ours, theirs;
static volatile uintptr_t sink; /* what is stored there keeps calls from being the last thing that a function does */

static void walk_theirs(void)
{
    unw_context_t context;
    unw_cursor_t cursor;
    unw_word_t ip, sp;

    theirs.count = 0;
    unw_getcontext(&context);
    unw_init_local(&cursor, &context);
    while (theirs.count < MOST && unw_step(&cursor) > 0) {
        unw_get_reg(&cursor, UNW_REG_IP, &ip);
        unw_get_reg(&cursor, UNW_REG_SP, &sp);
        if (!ip)
            break;
        theirs.addresses[theirs.count] = ip;
        theirs.slots[theirs.count++] = sp - sizeof ip;
    }
}

/* From the caller of the caller on. */
static NOINLINE void walk_ours(const uintptr_t *here)
{
    ours.count = native_frames.walk((uintptr_t)(here + 1), 0, ours.addresses, ours.slots, MOST);
    sink++;
}

static NOINLINE void observe(void)
{
    const uintptr_t *here = __builtin_frame_address(0);
    size_t skipped = 0;

    walk_ours(here);
    walk_theirs();
    while (skipped < theirs.count && theirs.slots[skipped] != (uintptr_t)(here + 1))
        skipped++;
    assert_int_not_equal(skipped, theirs.count);
    assert_int_equal(ours.count, theirs.count - skipped);
    for (size_t i = 0; i < ours.count; i++) {
        assert_int_equal(ours.addresses[i], theirs.addresses[skipped + i]);
        if (ours.slots[i])
            assert_int_equal(ours.slots[i], theirs.slots[skipped + i]);
    }
    sink++;
}

static NOINLINE void recurse(unsigned depth)
{
    if (depth == 0)
        observe();
    else
        recurse(depth - 1);
    sink++;
}

static void functions_that_call_each_other(void **state)
{
    for (unsigned depth = 0; depth < 60; depth++)
        recurse(depth);
    assert_true(ours.count > 60);
}

static NOINLINE void with_a_frame_of(size_t size)
{
    char *more = alloca(size);

    memset(more, 1, size);
    observe();
    sink += (uintptr_t)more[size / 2];
}

static NOINLINE void with_a_large_frame(void)
{
    char large[1 << 20];

    memset(large, 1, sizeof large);
    observe();
    sink += (uintptr_t)large[sink % sizeof large];
}

static void frames_of_any_size(void **state)
{
    for (size_t size = 1; size < 5000; size = size * 3 + 7)
        with_a_frame_of(size);
    with_a_large_frame();
}

/* The stack pointer of the caller is then known from where the frame pointer points alone. */
static NOINLINE void aligned(size_t size)
{
    _Alignas(64) char place[64];
    char *more = alloca(size);

    memset(place, 1, sizeof place);
    memset(more, 1, size);
    observe();
    sink += (uintptr_t)(place[sink % 64] + more[0]);
}

static void functions_that_align_their_stack(void **state)
{
    for (size_t size = 1; size < 300; size += 13)
        aligned(size);
}

static int compare(const void *a, const void *b)
{
    observe();
    return *(const int *)a - *(const int *)b;
}

static void functions_of_libraries_in_between(void **state)
{
    int numbers[] = {3, 1, 2};

    qsort(numbers, 3, sizeof numbers[0], compare);
    assert_int_equal(numbers[0], 1);
    assert_non_null(bsearch(&numbers[2], numbers, 3, sizeof numbers[0], compare));
}

static void handler(int signal)
{
    observe();
    sink++;
}

static NOINLINE void be_interrupted(void)
{
    raise(SIGUSR1);
    sink++;
}

static void handlers_of_signals(void **state)
{
    static char other_stack[64 << 10];
    struct sigaction action = {.sa_handler = handler};

    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    be_interrupted();
    assert_int_equal(sigaltstack(&(stack_t){.ss_sp = other_stack, .ss_size = sizeof other_stack}, NULL), 0);
    action.sa_flags = SA_ONSTACK;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    be_interrupted();
    assert_true(ours.count > 4);
}

static void *run_thread(void *argument)
{
    recurse(5);
    return argument;
}

static void threads(void **state)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, run_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(ours.count >= 8);
}

static ucontext_t outside, inside;

static void coroutine(void)
{
    recurse(3);
    swapcontext(&inside, &outside);
}

static void coroutines(void **state)
{
    static char other_stack[64 << 10];

    assert_int_equal(getcontext(&inside), 0);
    inside.uc_stack.ss_sp = other_stack;
    inside.uc_stack.ss_size = sizeof other_stack;
    makecontext(&inside, coroutine, 0);
    assert_int_equal(swapcontext(&outside, &inside), 0);
    assert_true(ours.count >= 6);
}

/* Its first function was called by nobody: zeros stand where the return address would. How many frames were found. */
static size_t enter_uncalled(void)
{
    static uintptr_t other_stack[8 << 10];

    assert_int_equal(getcontext(&inside), 0);
    inside.uc_mcontext.gregs[REG_RSP] = (greg_t)(uintptr_t)&other_stack[ARRAY_LENGTH(other_stack) - 9];
    inside.uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)coroutine;
    inside.uc_mcontext.gregs[REG_RBP] = 0;
    assert_int_equal(swapcontext(&outside, &inside), 0);
    assert_int_not_equal(ours.addresses[ours.count - 1], 0);
    return ours.count;
}

static void coroutines_that_nobody_called(void **state)
{
    size_t first = enter_uncalled();

    assert_true(first >= 5);
    assert_int_equal(enter_uncalled(), first); /* walked by what the first has learned */
    assert_int_equal(enter_uncalled(), first);
}

/* Code without any description, as just-in-time compilers make it: call_chained keeps the chain of frame pointers, call_astray
 * lets rbp point nowhere, and takes its stack pointer from where nobody follows it. */
__asm__(".text\n"
        "call_chained:\n"
        "    push %rbp\n"
        "    mov %rsp, %rbp\n"
        "    call *%rdi\n"
        "    pop %rbp\n"
        "    ret\n"
        "call_astray:\n"
        "    push %rbp\n"
        "    mov %rsi, %rbp\n"
        "    call *%rdi\n"
        "    mov %rsp, %rcx\n"
        "    mov %rcx, %rsp\n"
        "    pop %rbp\n"
        "    ret\n");
void call_chained(void (*function)(void)) __asm__("call_chained");
void call_astray(void (*function)(void), uintptr_t rbp) __asm__("call_astray");

static NOINLINE void observe_alone(void)
{
    walk_ours(__builtin_frame_address(0));
    sink++;
}

static NOINLINE const void *through_chained(void)
{
    call_chained(observe_alone);
    sink++;
    return __builtin_return_address(0);
}

static void code_without_a_description(void **state)
{
    const void *caller = through_chained();

    assert_true(ours.count > 3);
    assert_ptr_equal(ours.addresses[2], caller);
}

/* The same without that chain, as compilers make it that are told to write no tables: what the code does to the stack on its way
 * to a return is all there is. rbp is nobody's frame pointer but where it says so. */
__asm__(".text\n"
        "unsaid_saves:\n" /* what it must keep, and has room of its own */
        "    push %r12\n"
        "    push %rbx\n"
        "    sub $40, %rsp\n"
        "    call *%rdi\n"
        "    test %eax, %eax\n"
        "    nopl 0(%rax)\n"
        "    add $40, %rsp\n"
        "    pop %rbx\n"
        "    pop %r12\n"
        "    ret\n"
        "unsaid_room:\n" /* more than a byte says */
        "    lea -0x1238(%rsp), %rsp\n"
        "    call *%rdi\n"
        "    lea 0x1238(%rsp), %rsp\n"
        "    ret\n"
        "unsaid_rbp:\n" /* rbp is kept for the caller, who has a chain */
        "    push %rbp\n"
        "    mov %rdi, %rbp\n"
        "    call *%rdi\n"
        "    pop %rbp\n"
        "    ret\n"
        "unsaid_leave:\n"
        "    push %rbp\n"
        "    mov %rsp, %rbp\n"
        "    push %rbx\n"
        "    sub $72, %rsp\n"
        "    and $-32, %rsp\n"
        "    call *%rdi\n"
        "    mov -8(%rbp), %rbx\n"
        "    leave\n"
        "    ret\n"
        "unsaid_back:\n" /* from rbp to what was pushed behind it */
        "    push %rbp\n"
        "    mov %rsp, %rbp\n"
        "    push %r13\n"
        "    push %rbx\n"
        "    sub $4096, %rsp\n"
        "    call *%rdi\n"
        "    lea -16(%rbp), %rsp\n"
        "    pop %rbx\n"
        "    pop %r13\n"
        "    pop %rbp\n"
        "    ret\n"
        "unsaid_argument:\n" /* on the stack, and a call more */
        "    push %rbx\n"
        "    push $7\n"
        "    push $8\n"
        "    call *%rdi\n"
        "    push %rax\n"
        "    push 8(%rsp)\n"
        "    call unsaid_nothing\n"
        "    add $16, %rsp\n"
        "    pop %rcx\n"
        "    pop %rcx\n"
        "    pop %rbx\n"
        "unsaid_nothing:\n"
        "    ret\n"
        "unsaid_tail:\n" /* its last call is a jump, to a function that saves something */
        "    sub $24, %rsp\n"
        "    call *%rdi\n"
        "    add $24, %rsp\n"
        "    jmp unsaid_next\n"
        "unsaid_loop:\n" /* and the way out leads over a branch, behind what does not return */
        "    push %rbx\n"
        "    mov $1, %ebx\n"
        "1:  call *%rdi\n"
        "    dec %ebx\n"
        "    js 2f\n"
        "    jnz 1b\n"
        "    pop %rbx\n"
        "    ret\n"
        "2:  call abort@plt\n"
        "    nopw 0(%rax,%rax,1)\n"
        "unsaid_next:\n"
        "    push %rbx\n"
        "    pop %rbx\n"
        "    ret\n"
        "unsaid_cold:\n" /* what does not return comes first */
        "    push %rbx\n"
        "    push %r12\n"
        "    push %r13\n"
        "    call *%rdi\n"
        "    cmp $1, %rsp\n"
        "    jne 3f\n"
        "    call abort@plt\n"
        "    ud2\n"
        "3:  pop %r13\n"
        "    pop %r12\n"
        "    pop %rbx\n"
        "    ret\n"
        "unsaid_library:\n" /* its last call is a jump to another object's function */
        "    push %rbx\n"
        "    call *%rdi\n"
        "    pop %rbx\n"
        "    xor %edi, %edi\n"
        "    jmp free@plt\n");
typedef void unsaid(void (*function)(void));
extern unsaid unsaid_saves, unsaid_room, unsaid_rbp, unsaid_leave, unsaid_back, unsaid_argument, unsaid_tail, unsaid_loop,
    unsaid_cold, unsaid_library;

static NOINLINE const void *through_unsaid(unsaid *call)
{
    call(observe_alone);
    sink++;
    return __builtin_return_address(0);
}

static NOINLINE const void *through_two(unsaid *call)
{
    const void *caller = through_unsaid(call);

    sink++;
    return (uintptr_t)caller == ours.addresses[2] ? __builtin_return_address(0) : NULL;
}

/* Found anew, and by what is remembered. */
static void code_that_is_followed(void **state)
{
    unsaid *const calls[] = {unsaid_saves,    unsaid_room, unsaid_rbp,  unsaid_leave, unsaid_back,
                             unsaid_argument, unsaid_tail, unsaid_loop, unsaid_cold,  unsaid_library};

    for (size_t i = 0; i < 2 * ARRAY_LENGTH(calls); i++) {
        const void *caller = through_two(calls[i % ARRAY_LENGTH(calls)]);
        assert_true(ours.count > 4);
        assert_ptr_equal(ours.addresses[3], caller);
    }
}

static void ways_that_lead_nowhere(void **state)
{
    char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const uintptr_t wrong[] = {0, 1, 8, 0xdeadbeef, UINTPTR_MAX, UINTPTR_MAX - 7, (uintptr_t)page, (uintptr_t)&wrong};

    for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
        call_astray(observe_alone, wrong[i]);
        assert_int_equal(ours.count, 1);
    }
    munmap(page, 4096);
}

static void no_more_than_there_is_room_for(void **state)
{
    uintptr_t addresses[3] = {0}, slots[3] = {0};
    const uintptr_t *here = __builtin_frame_address(0);

    assert_int_equal(native_frames.walk((uintptr_t)(here + 1), 0, addresses, slots, 2), 2);
    assert_int_equal(addresses[2], 0);
    assert_int_equal(native_frames.walk((uintptr_t)here + 3, 0, addresses, slots, 3), 0);
}

static void functions_of_return_addresses(void **state)
{
    const uintptr_t nowhere[] = {0, 1, 0xdeadbeef, UINTPTR_MAX, (uintptr_t)&nowhere};
    uintptr_t first, second;

    observe_alone();
    first = ours.addresses[0];
    sink++;
    observe_alone();
    second = ours.addresses[0];
    assert_true(first != second);
    assert_int_equal(native_frames.function(first), (uintptr_t)functions_of_return_addresses);
    assert_int_equal(native_frames.function(second), (uintptr_t)functions_of_return_addresses);
    assert_int_equal(native_frames.function((uintptr_t)functions_of_return_addresses + 1),
                     (uintptr_t)functions_of_return_addresses);
    assert_int_not_equal(native_frames.function((uintptr_t)functions_of_return_addresses),
                         (uintptr_t)functions_of_return_addresses);
    for (size_t i = 0; i < ARRAY_LENGTH(nowhere); i++)
        assert_int_equal(native_frames.function(nowhere[i]), 0);
}

static void errno_stays(void **state)
{
    errno = 77;
    walk_ours(__builtin_frame_address(0));
    assert_int_equal(errno, 77);
}

/* A sanitizer must not take it for a fault: a damaged description may lead to what the sanitizer itself has. */
static void what_the_kernel_can_read_is_read_whoever_has_it(void **state)
{
    uintptr_t *page = mmap(NULL, MEMORY_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), got = 0;
    struct memory memory = {1, 1 + sizeof got};

    assert_ptr_not_equal(page, MAP_FAILED);
    page[3] = 12;
#ifdef __SANITIZE_ADDRESS__
    __asan_poison_memory_region(page, MEMORY_PAGE);
#endif
    assert_true(memory_read(&memory, (uintptr_t)&page[3], &got));
    assert_int_equal(got, 12);
#ifdef __SANITIZE_ADDRESS__
    __asan_unpoison_memory_region(page, MEMORY_PAGE);
#endif
    assert_int_equal(mprotect(page, MEMORY_PAGE, PROT_NONE), 0);
    memory = (struct memory){1, 1 + sizeof got};
    assert_false(memory_read(&memory, (uintptr_t)&page[3], &got));
    assert_int_equal(munmap(page, MEMORY_PAGE), 0);
}

/* As Go's runtime calls C: on another stack than the goroutine's, of which rbp is left, and two words beside it; without any
 * description. rdi: the goroutine, rsi: depth, rdx: rbp, rcx: function. The labels are where goroutines would be called from. */
__asm__(".text\n"
        ".type go_calls, @function\n"
        "go_calls:\n"
        "push %rbp\n"
        "push %rbx\n"
        "sub $24, %rsp\n"
        "mov %rdi, 8(%rsp)\n"
        "mov %rsi, (%rsp)\n"
        "mov %rdx, %rbp\n"
        "call *%rcx\n"
        ".type go_called, @function\n"
        "go_called:\n"
        "lea 24(%rsp), %rcx\n"
        "mov %rcx, %rsp\n"
        "pop %rbx\n"
        "pop %rbp\n"
        "ret\n"
        ".type go_calls_before, @function\n"
        "go_calls_before:\n"
        "push %rbp\n"
        "push %rbx\n"
        "sub $56, %rsp\n"
        "mov %rdi, 48(%rsp)\n"
        "mov %rsi, 40(%rsp)\n"
        "mov %rdx, %rbp\n"
        "call *%rcx\n"
        "lea 56(%rsp), %rcx\n"
        "mov %rcx, %rsp\n"
        "pop %rbx\n"
        "pop %rbp\n"
        "ret\n"
        ".type go_inner, @function\n"
        "go_inner: nop\n"
        ".type go_outer, @function\n"
        "go_outer: nop\n");
extern const char go_inner[], go_outer[];
typedef void go_call(const uintptr_t *goroutine, uintptr_t depth, const uintptr_t *bp, void (*function)(void));
extern go_call go_calls, go_calls_before;

static NOINLINE void called_by_go(void)
{
    walk_ours(__builtin_frame_address(0));
    sink++;
}

enum { GOROUTINE = 1024 /* words */ };

/* A goroutine with two frames, as far below the end of its stack as that. */
static size_t frames_seen(go_call *call, uintptr_t *stack, size_t words, size_t bp_at, uintptr_t depth)
{
    const uintptr_t goroutine[] = {(uintptr_t)stack, (uintptr_t)(stack + words)};
    uintptr_t *inner = stack + bp_at, *outer = inner + 8;

    memset(stack, 0, GOROUTINE * sizeof *stack);
    inner[0] = (uintptr_t)outer;
    inner[1] = (uintptr_t)go_inner;
    outer[1] = (uintptr_t)go_outer;
    call(goroutine, depth, inner, called_by_go);
    if (ours.count > 2) {
        assert_int_equal(ours.addresses[1], (uintptr_t)go_inner);
        assert_int_equal(ours.slots[1], (uintptr_t)(inner + 1));
        assert_int_equal(ours.addresses[2], (uintptr_t)go_outer);
        assert_int_equal(ours.slots[2], (uintptr_t)(outer + 1));
    }
    return ours.count;
}

static void goroutines_that_call_c(void **state)
{
    static uintptr_t stack[GOROUTINE];
    uintptr_t *mapped = mmap(NULL, sizeof stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(mapped, MAP_FAILED);
    assert_int_equal(frames_seen(go_calls, stack, GOROUTINE, 900, 1000), 3);
    assert_int_equal(frames_seen(go_calls, mapped, GOROUTINE, 900, 1000), 3);
    assert_int_equal(frames_seen(go_calls_before, mapped, GOROUTINE, 900, 1000), 3);
    /* Stacks that are none of Go's: of another size, and rbp outside of what is in use. */
    assert_int_equal(frames_seen(go_calls, mapped, GOROUTINE - 8, 900, 1000), 1);
    assert_int_equal(frames_seen(go_calls, mapped, GOROUTINE / 8, 100, 200), 1);
    assert_int_equal(frames_seen(go_calls, mapped, GOROUTINE, 800, 1000), 1);
    assert_int_equal(frames_seen(go_calls, mapped, GOROUTINE / 2, 900, 1000), 1);
    assert_int_equal(munmap(mapped, sizeof stack), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_that_call_each_other),
        cmocka_unit_test(frames_of_any_size),
        cmocka_unit_test(functions_that_align_their_stack),
        cmocka_unit_test(functions_of_libraries_in_between),
        cmocka_unit_test(handlers_of_signals),
        cmocka_unit_test(threads),
        cmocka_unit_test(coroutines),
        cmocka_unit_test(coroutines_that_nobody_called),
        cmocka_unit_test(code_without_a_description),
        cmocka_unit_test(code_that_is_followed),
        cmocka_unit_test(goroutines_that_call_c),
        cmocka_unit_test(ways_that_lead_nowhere),
        cmocka_unit_test(no_more_than_there_is_room_for),
        cmocka_unit_test(functions_of_return_addresses),
        cmocka_unit_test(errno_stays),
        cmocka_unit_test(what_the_kernel_can_read_is_read_whoever_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
