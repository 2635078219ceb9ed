#include "agent/loading/bindings.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/lock.h"
#include "agent/loading/exports.h"
#include "agent/loading/objects/known.h"
#include "agent/loading/objects/object.h"
#include "agent/loading/resolve.h"
#include "agent/process/settings.h"

#define WAIT_NS       UINT64_C(1000000000) /* in the child of a fork nobody may come back with the lock */
#define BEFORE_MAX    16
#define BEGINNINGS    4096
#define BEGINNING     4  /* bytes: of two, each name of the compiler's begins as __read_chk */
#define CLAIMED_MAX   16 /* references of a module */
#define STAND_INS_MAX 4
#define CLIENTS_MAX   256
#define SEEN_MAX      512   /* objects that are known to be bound as they should; more are looked at each time */
#define SYMBOLS_MAX   65536 /* that an object does not have itself; of one with more each reference is looked at */

bool bindings_pending WRITTEN_AT_START, bindings_of_all WRITTEN_AT_START;

static uintptr_t seen[SEEN_MAX]; /* bases; the first ones were there at the start, where nobody has counted these, and stay */
static size_t seen_count WRITTEN_AT_START, start_count WRITTEN_AT_START;
static struct client {
    uint32_t number, hash;
} clients[CLIENTS_MAX]; /* our symbols that are a client's functions */
static size_t client_count;
static uint64_t beginnings[BEGINNINGS / 64]; /* of the names of ours, and of those for which something stands in */
static bool are_names_noted;
static uint64_t references[SYMBOLS_MAX / 64]; /* numbers of an object's symbols that are to be looked at; else all zero */
static size_t reference_end;                  /* behind the highest of them */
static bool is_started WRITTEN_AT_START;
static struct lock lock;

static struct stand_ins {
    const char *kind;
    const char *const *names;
    void (*const *functions)(void);
    bool (*is_known)(void);
} stand_ins[STAND_INS_MAX] WRITTEN_AT_START;
static size_t stand_in_count WRITTEN_AT_START;

struct range {
    uintptr_t start, end;
};

struct round {
    struct object own;
    struct resolve_object libc;
    struct range before[BEFORE_MAX]; /* objects that everybody finds before us: the program, other preloads */
    size_t before_count;
    size_t seen_before; /* before this round, in which each object comes once */
    size_t next_seen;   /* where the next object may stand among those that were seen: mostly in that order */
    size_t visited;     /* objects */
    bool only_notes;
};

/* Of a name that is not empty: to hash all names of a library in C++ takes milliseconds, and hardly one begins as one of ours. */
static unsigned beginning_of(const char *name)
{
    unsigned hash = 0;

    for (unsigned i = 0; i < BEGINNING && name[i]; i++)
        hash = hash * 33 + (unsigned char)name[i];
    return hash % BEGINNINGS;
}

static void note_beginning(const char *name)
{
    unsigned beginning = beginning_of(name);

    beginnings[beginning / 64] |= UINT64_C(1) << beginning % 64;
}

/* Once. */
static void note_names(const struct gnu_hash *names)
{
    uint32_t end = gnu_hash_end(names);

    client_count = 0;
    for (uint32_t i = names->table->first_symbol; i < end; i++) {
        const char *name = names->strings + names->symbols[i].st_name;
        note_beginning(name);
        if (object_is_of_client(name) && client_count < CLIENTS_MAX)
            clients[client_count++] = (struct client){i, gnu_hash_of(name)};
    }
    for (size_t i = 0; i < stand_in_count; i++) {
        for (size_t k = 0; stand_ins[i].names[k]; k++)
            note_beginning(stand_ins[i].names[k]);
    }
    are_names_noted = true;
}

static inline bool begins_as_ours(const char *name)
{
    unsigned beginning = beginning_of(name);

    return beginnings[beginning / 64] >> beginning % 64 & 1;
}

static bool is_seen(struct round *round, uintptr_t base)
{
    size_t count = round->seen_before;

    for (size_t i = 0; i < count; i++) {
        size_t at = round->next_seen + i < count ? round->next_seen + i : round->next_seen + i - count;
        if (seen[at] == base) {
            round->next_seen = at + 1;
            return true;
        }
    }
    return false;
}

static bool read(const struct dl_phdr_info *info, struct object *ret)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_DYNAMIC)
            continue;
        if (!object_read(info->dlpi_addr, (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr), ret))
            return false;
        object_read_segments(ret, info->dlpi_phdr, info->dlpi_phnum);
        return true;
    }
    return false;
}

static bool holds(const struct dl_phdr_info *info, uintptr_t address)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && address - (info->dlpi_addr + segment->p_vaddr) < segment->p_memsz)
            return true;
    }
    return false;
}

static bool is_of_libc(const struct resolve_object *libc, uintptr_t address)
{
    return address >= libc->start && address < libc->end;
}

static bool is_before_us(const struct round *round, uintptr_t address)
{
    for (size_t i = 0; i < round->before_count; i++) {
        if (address >= round->before[i].start && address < round->before[i].end)
            return true;
    }
    return false;
}

static void settle_reference(const struct dl_phdr_info *info, const struct object *object, const ElfW(Rela) * relocation,
                             const struct round *round)
{
    const ElfW(Sym) *symbol = object_reference(object, relocation), *own;
    const char *name = symbol ? object->names.strings + symbol->st_name : NULL;
    uintptr_t *place = object_place(object, relocation), ours;
    bool of_client;

    if (!name || !begins_as_ours(name) || !(own = gnu_hash_find(&round->own.names, name, gnu_hash_of(name))) || !own->st_value)
        return;
    ours = object_stored(relocation, round->own.base + own->st_value);
    of_client = object_is_of_client(name);
    if (*place == ours) {
        if (of_client && object_is_question(symbol) && !exports_find(name))
            object_bind(object, place, object_stored(relocation, 0));
        return;
    }
    /* A client library calls itself by name; see collectors/sqlite3/entry.h. */
    if (!of_client && symbol->st_shndx != SHN_UNDEF)
        return;
    /* A function of somebody else's with a name of libc's is not ours to replace. What is not bound yet leads into the module. */
    if (*place && !settings.disabled && !is_before_us(round, *place) &&
        (of_client || is_of_libc(&round->libc, *place) || (holds(info, *place) && !exports_find_but(name, &round->libc))))
        object_bind(object, place, ours);
}

static struct range range_of(const struct dl_phdr_info *info)
{
    struct range range = {UINTPTR_MAX, 0};

    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD)
            continue;
        range.start = start < range.start ? start : range.start;
        range.end = start + segment->p_memsz > range.end ? start + segment->p_memsz : range.end;
    }
    return range;
}

static int find_own(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct round *round = argument;

    (void)size;
    if (holds(info, (uintptr_t)&bindings_settle))
        return read(info, &round->own);
    if (round->before_count < BEFORE_MAX)
        round->before[round->before_count++] = range_of(info);
    return 0;
}

/* A reference for which a function of ours stands in, if the module is of the kind. */
struct claimed {
    uintptr_t *place;
    uintptr_t value;
};

/* Most begin otherwise. */
static inline bool is_name(const char *name, const char *wanted)
{
    return *name == *wanted && strcmp(name, wanted) == 0;
}

static void settle_stand_ins(const struct object *object, const struct stand_ins *in)
{
    bool is_of_kind = gnu_hash_find(&object->names, in->kind, gnu_hash_of(in->kind)) != NULL;
    struct claimed claimed[CLAIMED_MAX];
    size_t count = 0;

    for (unsigned table = 0; table < 2; table++) {
        for (size_t i = object_first_relocation(object, table); i < object->relocation_counts[table]; i++) {
            const ElfW(Rela) *relocation = &object->relocations[table][i];
            const ElfW(Sym) *symbol = object_reference(object, relocation);
            const char *name = symbol ? object->names.strings + symbol->st_name : "";
            is_of_kind = is_of_kind || is_name(name, in->kind);
            for (size_t k = 0; in->names[k]; k++) {
                if (is_name(name, in->names[k]) && symbol->st_shndx == SHN_UNDEF && count < CLAIMED_MAX)
                    claimed[count++] = (struct claimed){object_place(object, relocation),
                                                        object_stored(relocation, (uintptr_t)in->functions[k])};
            }
        }
    }
    if (!is_of_kind || count == 0 || !in->is_known())
        return;
    for (size_t i = 0; i < count; i++)
        object_bind(object, claimed[i].place, claimed[i].value);
}

static bool is_stand_in(const char *name)
{
    for (size_t i = 0; i < stand_in_count; i++) {
        for (size_t k = 0; stand_ins[i].names[k]; k++) {
            if (is_name(name, stand_ins[i].names[k]))
                return true;
        }
    }
    return false;
}

enum references { NONE, SOME, ANY }; /* may have to be bound to us: none, those that are noted, any */

static void note_reference(size_t number)
{
    references[number / 64] |= UINT64_C(1) << number % 64;
    reference_end = number < reference_end ? reference_end : number + 1;
}

static bool is_noted(size_t number)
{
    return number < reference_end && references[number / 64] >> number % 64 & 1;
}

static void forget_references(void)
{
    memset(references, 0, (reference_end + 63) / 64 * sizeof references[0]);
    reference_end = 0;
}

/* Functions of clients that it has itself, and may call by name. */
static enum references note_own_of(const struct round *round, const struct object *object)
{
    const struct gnu_hash *own = &round->own.names;
    enum references found = NONE;

    for (size_t i = 0; i < client_count; i++) {
        const ElfW(Sym) * symbol;
        size_t number;
        if (!gnu_hash_may_have(&object->names, clients[i].hash) ||
            !(symbol = gnu_hash_find(&object->names, own->strings + own->symbols[clients[i].number].st_name, clients[i].hash)))
            continue;
        number = (size_t)(symbol - object->names.symbols);
        if (number >= SYMBOLS_MAX)
            return ANY;
        note_reference(number);
        found = SOME;
    }
    return found;
}

/* Names are far fewer than references to them, and those that an object does not have stand before those of its table. */
static enum references note_references(const struct round *round, const struct object *object, bool *ret_stand_ins)
{
    uint32_t end = object->names.table->first_symbol;
    enum references found = NONE;

    *ret_stand_ins = true;
    if (end <= 1 || end > SYMBOLS_MAX || (found = note_own_of(round, object)) == ANY)
        return ANY;
    *ret_stand_ins = false;
    for (uint32_t i = 1; i < end; i++) {
        const ElfW(Sym) *symbol = &object->names.symbols[i];
        const char *name = object->names.strings + symbol->st_name;
        if (symbol->st_shndx != SHN_UNDEF || !begins_as_ours(name))
            continue;
        *ret_stand_ins = *ret_stand_ins || is_stand_in(name);
        note_reference(i);
        found = SOME;
    }
    return found;
}

static int visit(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct round *round = argument;
    enum references found;
    struct object object;
    bool may_stand_in;

    (void)size;
    /* What came with the program stays, in its order, and is bound as it should: only loaded modules may have been told
     * otherwise. */
    if (round->visited++ < known_first_count || is_seen(round, info->dlpi_addr))
        return 0;
    if (seen_count < SEEN_MAX)
        seen[seen_count++] = info->dlpi_addr;
    if (round->only_notes || info->dlpi_addr == round->own.base || !read(info, &object))
        return 0;
    found = note_references(round, &object, &may_stand_in);
    for (unsigned table = 0; table < 2 && found != NONE; table++) {
        for (size_t i = object_first_relocation(&object, table); i < object.relocation_counts[table]; i++) {
            const ElfW(Rela) *relocation = &object.relocations[table][i];
            if (found == ANY || is_noted(ELF64_R_SYM(relocation->r_info)))
                settle_reference(info, &object, relocation, round);
        }
    }
    forget_references();
    for (size_t i = 0; i < stand_in_count && may_stand_in && !settings.disabled; i++)
        settle_stand_ins(&object, &stand_ins[i]);
    return 0;
}

static void settle(struct round *round)
{
    int saved_errno = errno;

    bindings_pending = false;
    if (!lock_take_within(&lock, WAIT_NS))
        return;
    if (resolve_object_at((uintptr_t)gnu_get_libc_version, &round->libc) && dl_iterate_phdr(find_own, round)) {
        round->seen_before = seen_count;
        if (!round->only_notes && !are_names_noted)
            note_names(&round->own.names);
        dl_iterate_phdr(visit, round);
    }
    lock_release(&lock);
    errno = saved_errno;
}

void bindings_stand_in(const char *kind, const char *const *names, void (*const *functions)(void), bool (*is_known)(void))
{
    if (stand_in_count < STAND_INS_MAX)
        stand_ins[stand_in_count++] = (struct stand_ins){kind, names, functions, is_known};
}

void bindings_start(void)
{
    struct round round = {.only_notes = !bindings_pending}; /* constructors that ran before ours may have loaded something */

    is_started = true;
    if (bindings_pending || !known_first_count)
        settle(&round);
    start_count = seen_count;
}

/* Before the start not even strcmp can be called: it may be a sanitizer's. */
void bindings_settle(void)
{
    struct round round = {0};

    if (is_started)
        settle(&round);
}

void bindings_forget(void)
{
    if (!lock_take_within(&lock, WAIT_NS))
        return;
    seen_count = start_count;
    lock_release(&lock);
}
