/* nplus1.h: names what a program is doing, for the reports of nplus1, and asks what is wrong with it, for its tests.
 *
 *     nplus1_scope_begin("GET /orders");
 *     ...
 *     if (nplus1_scope_findings(NULL, NULL) > 0)
 *         complain();
 *     nplus1_scope_end();
 *
 * Header-only, C and C++. Without the agent (LD_PRELOAD=libnplus1.so) the calls do nothing and cost a few nanoseconds.
 * Scopes nest, and belong to the thread that began them: begin and end come in pairs, in one thread. The name is copied. All are
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

/* A line of the program. Of native code only the module and the address in it are known at run time: file is NULL then, and
 * `nplus1 report` or addr2line(1) says the line. */
struct nplus1_place {
    const char *file; /* NULL: not known */
    unsigned line;
    const char *function;      /* NULL: not known */
    const char *module;        /* of native code, else NULL */
    unsigned long long offset; /* where the call returns to: offset - 1 is in the call */
};

/* Something that is wrong. Later versions add fields at the end, and say so in size. Texts are valid until the callback returns.
 */
struct nplus1_finding {
    size_t size;               /* bytes of this structure */
    const char *kind;          /* "n_plus_one", "duplicate_query", ... as in report --json */
    const char *confidence;    /* "proven", "likely", "possible" */
    const char *statement;     /* normalised */
    const char *database;      /* "sqlite", "postgresql" */
    struct nplus1_place place; /* the innermost frame of the program's own code */
    struct nplus1_place loop;  /* the one that it has in common with the parent; all zero: not known */
    const char *parent;        /* the statement whose rows the values came from; NULL: not known */
    const char *parent_column; /* NULL with it */
    unsigned parameter;        /* of the statement, from 1 on; 0: not known */
    unsigned long long executions, distinct_values, rows, time_ns; /* in the scope */
    const char *advice;                                            /* a sentence; `nplus1 report` has more to say */
};

#ifndef NPLUS1_TYPES_ALONE

/* The agent's function of that name, NULL without the agent. RTLD_DEFAULT, which needs _GNU_SOURCE, is a null pointer in glibc.
 */
static inline void *nplus1_find_(const char *name)
{
    return dlsym(NULL, name);
}

/* Looks once for the function that is called like the one which this stands in. */
#define NPLUS1_FUNCTION_(function, ...)                                                                                          \
    static __typeof__(function) *found_;                                                                                         \
    static int looked_;                                                                                                          \
                                                                                                                                 \
    if (!__atomic_load_n(&looked_, __ATOMIC_ACQUIRE)) {                                                                          \
        void *symbol_ = nplus1_find_(#function);                                                                                 \
        memcpy(&found_, &symbol_, sizeof found_);                                                                                \
        __atomic_store_n(&looked_, 1, __ATOMIC_RELEASE);                                                                         \
    }                                                                                                                            \
    if (found_)                                                                                                                  \
    __VA_ARGS__

/* Whether the agent is there and watches. Who calls this before the first scope wants findings: then threads that are in no scope
 * work for the one thread that is in one. */
static inline int nplus1_present(void)
{
    NPLUS1_FUNCTION_(nplus1_present, return found_());
    return 0;
}

static inline void nplus1_scope_begin(const char *name)
{
    NPLUS1_FUNCTION_(nplus1_scope_begin, found_(name));
}

static inline void nplus1_scope_end(void)
{
    NPLUS1_FUNCTION_(nplus1_scope_end, found_());
}

/* What was found in the innermost scope so far: in this thread, in scopes within it but for what is allowed, and in threads that
 * work for it. The surest first, then by executions. each: called with `data` for one after the other until it says other than 0;
 * may be NULL. Returns how many there are. Looks at every group of statements that the thread has run: 100 us for a thousand. */
static inline int nplus1_scope_findings(int (*each)(const struct nplus1_finding *finding, void *data), void *data)
{
    NPLUS1_FUNCTION_(nplus1_scope_findings, return found_(each, data));
    return 0;
}

/* Statements that were executed in the innermost scope so far, as nplus1_scope_findings counts them, but for BEGIN, COMMIT and
 * their kin. */
static inline unsigned long long nplus1_scope_executions(void)
{
    NPLUS1_FUNCTION_(nplus1_scope_executions, return found_());
    return 0;
}

/* What runs in between is meant: it counts, and reports say so, but it is no finding of the scopes around it. A scope itself,
 * whose name is the reason: nplus1_scope_findings before its end tells an allowance that nothing needs any more. */
static inline void nplus1_allow_begin(const char *reason)
{
    NPLUS1_FUNCTION_(nplus1_allow_begin, found_(reason));
}

static inline void nplus1_allow_end(void)
{
    NPLUS1_FUNCTION_(nplus1_allow_end, found_());
}

#endif /* NPLUS1_TYPES_ALONE */

#ifdef __cplusplus
}
#endif

#endif
