#include "collectors/languages/python/others.h"

#include "agent/base/readable.h"

#define TYPE_NAME   24
#define TYPE_BASE   256
#define PAGE        ((uintptr_t)4096)
#define NAME_SIZE   27 /* bytes of a type's name that are looked at */
#define DERIVED_MAX 4  /* steps from a type to the one that it is derived from */

static const struct {
    char name[NAME_SIZE];
    uint8_t kind;
} types[] = {
    {"coroutine", OTHERS_SUSPENDED},
    {"_asyncio.Future", OTHERS_FUTURE},
    {"_asyncio.Task", OTHERS_TASK},
    {"coroutine_wrapper", OTHERS_HANDS_ON},
    {"generator", OTHERS_SUSPENDED},
    {"async_generator", OTHERS_SUSPENDED},
    {"async_generator_asend", OTHERS_HANDS_ON},
    {"async_generator_athrow", OTHERS_HANDS_ON},
    {"anext_awaitable", OTHERS_HANDS_ON},
    {"function", OTHERS_FUNCTION},
    {"list", OTHERS_LIST},
    {"cell", OTHERS_CELL},
    {"_WorkItem", OTHERS_WORK},
    {"Future", OTHERS_POOLS_FUTURE},
};

/* Where those are, once they were met: they live as long as the interpreter, or as the module that they are of. */
static _Atomic(const char *) met[ARRAY_LENGTH(types)];

static bool page_may_be_read(struct others_pages *pages, uintptr_t page)
{
    for (unsigned i = 0; i < pages->count; i++) {
        if (pages->page[i] == page)
            return true;
    }
    if (!readable_word((const void *)page))
        return false;
    if (pages->count < OTHERS_PAGES)
        pages->page[pages->count++] = page;
    return true;
}

bool others_may_be_read(struct others_pages *pages, const char *at, size_t size)
{
    uintptr_t first = (uintptr_t)at & ~(PAGE - 1), last = ((uintptr_t)at + size - 1) & ~(PAGE - 1);

    return at && (uintptr_t)at % 8 == 0 && page_may_be_read(pages, first) && (last == first || page_may_be_read(pages, last));
}

/* By its name, or by that of a type that it is derived from. */
static COLD enum others_kind kind_by_name(struct others_pages *pages, const char *type)
{
    for (int derived = 0; derived < DERIVED_MAX && others_may_be_read(pages, type, TYPE_BASE + 8); derived++) {
        const char *name = python_pointer(type, TYPE_NAME);
        bool is_name = readable_bytes(name, NAME_SIZE);

        for (size_t i = 0; i < ARRAY_LENGTH(types) && is_name; i++) {
            if (strncmp(name, types[i].name, NAME_SIZE) != 0)
                continue;
            if (derived == 0)
                atomic_store_explicit(&met[i], type, memory_order_relaxed);
            return types[i].kind;
        }
        type = python_pointer(type, TYPE_BASE);
    }
    return OTHERS_UNKNOWN;
}

enum others_kind others_kind_of(struct others_pages *pages, const char *object)
{
    const char *type;

    if (!others_may_be_read(pages, object, OTHERS_HEAD + 8))
        return OTHERS_UNKNOWN;
    type = python_pointer(object, PYTHON_OBJECT_TYPE);
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
        if (atomic_load_explicit(&met[i], memory_order_relaxed) == type)
            return types[i].kind;
    }
    return kind_by_name(pages, type);
}

const char *others_find(struct others_pages *pages, const char *words, uint32_t count, enum others_kind kind,
                        _Atomic uint32_t *known)
{
    uint32_t last = atomic_load_explicit(known, memory_order_relaxed);

    if (last < count && others_kind_of(pages, others_untagged(python_pointer(words, last * 8))) == kind)
        return others_untagged(python_pointer(words, last * 8));
    for (uint32_t i = 0; i < count; i++) {
        const char *object = others_untagged(python_pointer(words, i * 8));
        if (others_kind_of(pages, object) != kind)
            continue;
        atomic_store_explicit(known, i, memory_order_relaxed);
        return object;
    }
    return NULL;
}
