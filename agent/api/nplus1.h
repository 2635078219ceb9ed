/* nplus1.h: names what a program is doing, for the reports of nplus1.
 *
 *     nplus1_scope_begin("GET /orders");
 *     ...
 *     nplus1_scope_end();
 *
 * Header-only, C and C++. Without the agent (LD_PRELOAD=libnplus1.so) the calls do nothing and cost a few nanoseconds.
 * Scopes nest, and belong to the thread that began them: begin and end come in pairs, in one thread. The name is copied. Both are
 * safe from any thread, keep errno and cannot fail; not for signal handlers. A thread that ends and the child of a fork leave
 * their scopes. Other languages call the functions of the same names that the agent exports (ctypes, Fiddle, FFI).
 *
 * Needs dlsym(3): on glibc before 2.34 link with -ldl. Licence: Apache-2.0.
 */
#ifndef NPLUS1_H
#define NPLUS1_H

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The agent's function of that name, NULL without the agent. RTLD_DEFAULT, which needs _GNU_SOURCE, is a null pointer in glibc.
 */
static inline void *nplus1_find_(const char *name)
{
    return dlsym(NULL, name);
}

static inline void nplus1_scope_begin(const char *name)
{
    static void (*begin)(const char *);
    static int looked;

    if (!__atomic_load_n(&looked, __ATOMIC_ACQUIRE)) {
        void *symbol = nplus1_find_("nplus1_scope_begin");
        memcpy(&begin, &symbol, sizeof begin);
        __atomic_store_n(&looked, 1, __ATOMIC_RELEASE);
    }
    if (begin)
        begin(name);
}

static inline void nplus1_scope_end(void)
{
    static void (*end)(void);
    static int looked;

    if (!__atomic_load_n(&looked, __ATOMIC_ACQUIRE)) {
        void *symbol = nplus1_find_("nplus1_scope_end");
        memcpy(&end, &symbol, sizeof end);
        __atomic_store_n(&looked, 1, __ATOMIC_RELEASE);
    }
    if (end)
        end();
}

#ifdef __cplusplus
}
#endif

#endif
