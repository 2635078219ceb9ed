/* Attributes that the agent relies on. */
#ifndef NPLUS1_AGENT_BASE_COMPILER_H
#define NPLUS1_AGENT_BASE_COMPILER_H

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Everything is compiled with -fvisibility=hidden; what a program may see carries this. */
#define EXPORT __attribute__((visibility("default")))

/* For declarations of variables: without it GCC goes through the global offset table. (Definitions are hidden anyhow.) */
#define HIDDEN __attribute__((visibility("hidden")))

#define NOINLINE __attribute__((noinline))
#define COLD     __attribute__((noinline, cold))

/* What runs for each statement of a program that does much else in between: side by side, a few pages of code have to be found
 * again and not a dozen. */
#define HOT __attribute__((hot))

/* Reads what the kernel says can be read, whoever has it: a sanitizer would object when it is its own. */
#define READS_ANYTHING __attribute__((no_sanitize("address")))

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* A small variable that is written in each process: these lie together, behind all other data, in a page that the loader writes.
 */
#define WRITTEN_AT_START __attribute__((section(".data1")))

#endif
