/* Objects of the interpreter that another thread may change or free: asked for before they are read, and believed by their types.
 *
 * Whoever reads them does so for one question, with what it has learned of memory meanwhile. Any thread; takes no lock, allocates
 * nothing; errno is preserved by the caller.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_OTHERS_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_OTHERS_H

#include <stdatomic.h>

#include "agent/base/compiler.h"
#include "collectors/languages/python/object.h"

#define OTHERS_HEAD       16 /* bytes of an object before what is its own */
#define OTHERS_PAGES      32 /* remembered at once */
#define OTHERS_ATTRIBUTES 12

/* PyTypeObject, Include/cpython/object.h */
#define OTHERS_TYPE_BASIC_SIZE 32

enum others_kind {
    OTHERS_UNKNOWN,
    OTHERS_FUTURE, /* asyncio's */
    OTHERS_TASK,
    OTHERS_SUSPENDED, /* coroutines and generators */
    OTHERS_HANDS_ON,  /* to what is its first word */
    OTHERS_WORK,      /* a call that a pool of threads has taken, or will */
    OTHERS_POOLS_FUTURE,
    OTHERS_LIST,
    OTHERS_FUNCTION,
    OTHERS_CELL,
    OTHERS_TOKEN, /* of a template of Django's, and the file that it is of */
    OTHERS_ORIGIN,
    OTHERS_HANDLE,  /* by which a loop calls something */
    OTHERS_STEP,    /* of a task, its first word */
    OTHERS_BUILTIN, /* a function of C's, and what it is called for, as a task's wakeup is */
    OTHERS_METHOD,  /* a function, and what it is called for */
    OTHERS_GROUP,   /* of tasks */
    OTHERS_PARTIAL, /* a function, and a tuple of what it is called with */
    OTHERS_CONTEXT, /* of variables */
};

/* Pages that can be read, as the kernel has said during this question: most objects share a few. is_own: it is about objects that
 * the calling thread's frames keep alive, so that nobody is asked. */
struct others_pages {
    bool is_own;
    uintptr_t page[OTHERS_PAGES];
    unsigned count;
};

/* `at` is aligned, and so many bytes can be read there: a page at the most. */
bool others_may_be_read(struct others_pages *pages, const char *at, size_t size);

enum others_kind others_kind_of(struct others_pages *pages, const char *object);

/* The first object of a kind among words that can be read; NULL: there is none. *known: which of them it was the last time. */
const char *others_find(struct others_pages *pages, const char *words, uint32_t count, enum others_kind kind,
                        _Atomic uint32_t *known);

/* The same of a kind from which nothing is derived. */
const char *others_find_exactly(struct others_pages *pages, const char *words, uint32_t count, enum others_kind kind);

/* The first OTHERS_ATTRIBUTES attributes of an object of a class that is written in Python, in the order in which they were set,
 * and whatever stands behind them; NULL: they are kept in another way. The object is known by its type. */
const char *others_attributes(struct others_pages *pages, const struct python_layout *layout, const char *object);

/* An object without the bits that say how a reference is held, since 3.14. */
static inline const char *others_untagged(const char *value)
{
    return (const char *)((uintptr_t)value & ~(uintptr_t)3);
}

#endif
