#include "agent/loading/objects/known.h"

#include <stddef.h>

#include "agent/base/compiler.h"
#include "agent/loading/objects/object.h"
#include "agent/loading/objects/sysv_hash.h"

#define KNOWN_MAX 512 /* objects; of more none are remembered */

struct pass {
    bool (*each)(const struct known_object *, void *);
    void *argument;
    size_t visited, count; /* objects; those besides us */
    size_t kept;           /* those that were known and are there: what is loaded comes behind them */
    bool is_answered, is_whole, follows;
};

uint32_t known_first_count WRITTEN_AT_START;

/* All below is guarded by the loader's lock. A fork may leave it half written, which is why it is valid by its last store. */
static struct known_object objects[KNOWN_MAX];
static size_t object_count;
static uint64_t valid_for; /* counts of what was loaded and unloaded; 0: nothing is remembered */
static unsigned long long removed;

static uint64_t state_of(const struct dl_phdr_info *info)
{
    return (uint64_t)info->dlpi_adds << 32 ^ info->dlpi_subs;
}

/* False: it has no dynamic section. */
static bool read(const struct dl_phdr_info *info, struct known_object *ret)
{
    const ElfW(Dyn) * entry;
    struct object object;

    *ret = (struct known_object){.base = info->dlpi_addr, .headers = info->dlpi_phdr};
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_DYNAMIC)
            ret->dynamic = (const void *)(info->dlpi_addr + segment->p_vaddr);
        else if (segment->p_type == PT_LOAD && !ret->start)
            ret->start = info->dlpi_addr + segment->p_vaddr;
    }
    if (!ret->dynamic)
        return false;
    if (!object_read(info->dlpi_addr, ret->dynamic, &object))
        object.names.table = NULL;
    ret->names = object.names;
    for (entry = ret->dynamic; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_VERSYM)
            ret->versions = object_absolute(info->dlpi_addr, entry->d_un.d_ptr);
    }
    return true;
}

static int visit(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct pass *pass = argument;
    struct known_object one;

    (void)size;
    if (pass->visited == 0) {
        if (valid_for == state_of(info)) {
            for (size_t i = 0; i < object_count && !pass->is_answered; i++)
                pass->is_answered = pass->each(&objects[i], pass->argument);
            pass->is_whole = true;
            return 1;
        }
        pass->kept = valid_for && removed == info->dlpi_subs ? object_count : 0;
        __atomic_store_n(&valid_for, 0, __ATOMIC_RELAXED);
        __atomic_signal_fence(__ATOMIC_SEQ_CST); /* a handler that comes in between reads anew, too */
    }
    pass->visited++;
    if (pass->count < pass->kept && objects[pass->count].base == info->dlpi_addr &&
        objects[pass->count].headers == info->dlpi_phdr) {
        one = objects[pass->count++];
        pass->is_answered = pass->is_answered || pass->each(&one, pass->argument);
    } else if (read(info, &one)) {
        one.precedes = !pass->follows;
        one.is_first = pass->visited <= known_first_count;
        if (one.dynamic == _DYNAMIC) {
            pass->follows = true;
        } else {
            if (pass->count < KNOWN_MAX)
                objects[pass->count] = one;
            pass->count++;
            pass->is_answered = pass->is_answered || pass->each(&one, pass->argument);
        }
    }
    /* The numbers are of all namespaces, the visits of ours. */
    if (pass->visited == info->dlpi_adds - info->dlpi_subs && pass->count <= KNOWN_MAX) {
        object_count = pass->count;
        removed = info->dlpi_subs;
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        __atomic_store_n(&valid_for, state_of(info), __ATOMIC_RELAXED);
        pass->is_whole = true;
    }
    return 0;
}

bool known_visit(bool (*each)(const struct known_object *, void *), void *argument)
{
    struct pass pass = {.each = each, .argument = argument};

    dl_iterate_phdr(visit, &pass);
    return pass.is_whole;
}

bool known_is_exported(const ElfW(Sym) * symbol)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info), binding = ELF64_ST_BIND(symbol->st_info);

    return symbol->st_value && (binding == STB_GLOBAL || binding == STB_WEAK) &&
           (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE);
}

/* An object without DT_GNU_HASH. */
static COLD const ElfW(Sym) * look_up_old(const struct known_object *object, const char *name)
{
    for (const ElfW(Dyn) *entry = object->dynamic; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_HASH && object->names.symbols && object->names.strings)
            return sysv_hash_find(object_absolute(object->base, entry->d_un.d_ptr), object->names.symbols, object->names.strings,
                                  name);
    }
    return NULL;
}

const ElfW(Sym) * known_symbol(const struct known_object *object, const char *name, uint32_t hash)
{
    return likely(object->names.table) ? gnu_hash_find(&object->names, name, hash) : look_up_old(object, name);
}
