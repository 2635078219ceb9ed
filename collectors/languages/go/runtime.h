/* The goroutine that the calling thread runs while it is in C.
 *
 * The runtime keeps a goroutine in a word of the program's thread-local memory; while C runs, that is the thread's own one (g0),
 * from which the way leads over the thread's description (m) to the one that called. Where these words stand differs between
 * releases, but what is in them does not: they are looked for once, each told by several others, and all of them read nothing but
 * what the runtime has in use. (src/runtime/runtime2.go: g, m; asm_amd64.s: asmcgocall.)
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_GO_RUNTIME_H
#define NPLUS1_COLLECTORS_LANGUAGES_GO_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

/* What is known of a goroutine: a number that no other one ever has, and that of the one which started it; both 0: the thread
 * runs none, or one whose origin is not known. */
struct go_goroutine {
    uint64_t number, maker;
    uintptr_t address;
};

/* Whether a goroutine of the program's has called the calling thread's present function. */
bool go_runtime_is_here(void);

/* Finds all words, on such a thread. False: this runtime is another one than we know. */
bool go_runtime_start(void);

/* Any thread; plain loads alone. */
struct go_goroutine go_runtime_goroutine(void);

/* Whether a goroutine has ended. The runtime never gives back the memory that describes one, but to the next goroutine. Any
 * thread.
 */
bool go_runtime_is_over(uint64_t number, uintptr_t address);

#endif
