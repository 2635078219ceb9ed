/* Attributes of an object of Python's (paths are those of CPython's repository, at the tags v3.8.0 to v3.14.0; LP64), in the
 * order in which they were set, are an array of words: until 3.10 the values of its dictionary, which shares its keys (ma_values,
 * Include/cpython/dictobject.h; where it is says tp_dictoffset); in 3.11 four words before the object, in 3.12 three words before
 * it, less one, in place of a dictionary, whose values they are once it is there; from 3.13 on they are behind the object, after
 * four bytes of which the last one says whether they hold (Include/internal/pycore_dict.h, pycore_object.h). */
#include "collectors/languages/python/others.h"

#include "agent/base/readable.h"

#define TYPE_NAME         24
#define TYPE_BASE         256
#define TYPE_DICTIONARY   288 /* tp_dictoffset */
#define DICTIONARY_VALUES 40
#define PAGE              ((uintptr_t)4096)
#define NAME_SIZE         29 /* bytes of a type's name that are looked at */
#define DERIVED_MAX       4  /* steps from a type to the one that it is derived from */

static const struct {
    char name[NAME_SIZE];
    uint8_t kind;
} types[] = {
    /* First what each statement of a task meets. */
    {"_asyncio.Task", OTHERS_TASK},
    {"Handle", OTHERS_HANDLE},
    {"builtin_function_or_method", OTHERS_BUILTIN},
    {"function", OTHERS_FUNCTION},
    {"TaskStepMethWrapper", OTHERS_STEP},
    {"_asyncio.TaskStepMethWrapper", OTHERS_STEP},
    {"coroutine", OTHERS_SUSPENDED},
    {"_asyncio.Future", OTHERS_FUTURE},
    {"coroutine_wrapper", OTHERS_HANDS_ON},
    {"generator", OTHERS_SUSPENDED},
    {"async_generator", OTHERS_SUSPENDED},
    {"async_generator_asend", OTHERS_HANDS_ON},
    {"async_generator_athrow", OTHERS_HANDS_ON},
    {"anext_awaitable", OTHERS_HANDS_ON},
    {"list", OTHERS_LIST},
    {"cell", OTHERS_CELL},
    {"_WorkItem", OTHERS_WORK},
    {"Future", OTHERS_POOLS_FUTURE},
    {"Token", OTHERS_TOKEN},
    {"Origin", OTHERS_ORIGIN},
    {"method", OTHERS_METHOD},
    {"TaskGroup", OTHERS_GROUP},
    {"functools.partial", OTHERS_PARTIAL},
    {"Context", OTHERS_CONTEXT},
    {"_contextvars.Context", OTHERS_CONTEXT},
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

    if (pages->is_own)
        return at && (uintptr_t)at % 8 == 0;
    return at && (uintptr_t)at % 8 == 0 && page_may_be_read(pages, first) && (last == first || page_may_be_read(pages, last));
}

/* By its name, or by that of a type that it is derived from. */
static COLD enum others_kind kind_by_name(struct others_pages *pages, const char *type)
{
    struct others_pages asked = {.count = 0};

    pages = pages->is_own ? &asked : pages; /* what seems to be a type may be none */
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

#define LATELY 32

/* Types that were told by their names, with their kinds in the lowest bits: most that are met are none of the above. Where one is
 * gone and another has its address, what is read by it is asked for all the same. */
static _Atomic uint64_t lately[LATELY];

static enum others_kind kind_of_type(struct others_pages *pages, const char *type)
{
    _Atomic uint64_t *place = &lately[((uintptr_t)type >> 5) % LATELY];
    uint64_t known = atomic_load_explicit(place, memory_order_relaxed);
    enum others_kind kind;

    if (known >> 8 == (uintptr_t)type && !pages->is_own)
        return (enum others_kind)(known & 255);
    kind = kind_by_name(pages, type);
    atomic_store_explicit(place, (uint64_t)(uintptr_t)type << 8 | (uint64_t)kind, memory_order_relaxed);
    return kind;
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
    return kind_of_type(pages, type);
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

const char *others_find_exactly(struct others_pages *pages, const char *words, uint32_t count, enum others_kind kind)
{
    bool is_met = false;

    for (size_t type = 0; type < ARRAY_LENGTH(types); type++) {
        const char *exact = types[type].kind == kind ? atomic_load_explicit(&met[type], memory_order_relaxed) : NULL;
        is_met |= exact != NULL;
        for (uint32_t i = 0; i < count && exact; i++) {
            const char *object = python_pointer(words, i * 8);
            if (others_may_be_read(pages, object, OTHERS_HEAD) && python_pointer(object, PYTHON_OBJECT_TYPE) == exact)
                return object;
        }
    }
    for (uint32_t i = 0; i < count && !is_met; i++) {
        if (others_kind_of(pages, python_pointer(words, i * 8)) == kind)
            return python_pointer(words, i * 8);
    }
    return NULL;
}

static const char *values_of_dictionary(struct others_pages *pages, const char *dictionary)
{
    return others_may_be_read(pages, dictionary, DICTIONARY_VALUES + 8) ? python_pointer(dictionary, DICTIONARY_VALUES) : NULL;
}

const char *others_attributes(struct others_pages *pages, const struct python_layout *layout, const char *object)
{
    const char *type = python_pointer(object, PYTHON_OBJECT_TYPE), *before = object - 32, *values;
    uint64_t offset;

    if (layout->minor < 11) {
        if (!others_may_be_read(pages, type, TYPE_DICTIONARY + 8))
            return NULL;
        offset = python_word(type, TYPE_DICTIONARY);
        values = offset - OTHERS_HEAD < 64 && others_may_be_read(pages, object + offset, 8)
                     ? values_of_dictionary(pages, python_pointer(object, (uint32_t)offset))
                     : NULL;
    } else if (layout->minor >= 13) {
        values = object + python_word(type, OTHERS_TYPE_BASIC_SIZE);
        if (!others_may_be_read(pages, values, 8) || values[3] == 0)
            return NULL;
        values += 8;
    } else {
        if (!others_may_be_read(pages, before, 16))
            return NULL;
        if (layout->minor == 11)
            values = python_pointer(before, 0) ? python_pointer(before, 0)
                                               : values_of_dictionary(pages, python_pointer(before, 8));
        else
            values = python_word(before, 8) & 1 ? python_pointer(before, 8) + 1
                                                : values_of_dictionary(pages, python_pointer(before, 8));
    }
    return others_may_be_read(pages, values, 8 * OTHERS_ATTRIBUTES) ? values : NULL;
}
