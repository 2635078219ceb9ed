#include "agent/patching/patch.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/loading/copies.h"
#include "agent/loading/copies_table.h"
#include "agent/loading/real.h"
#include "agent/loading/resolve.h"
#include "agent/patching/late/way.h"
#include "agent/patching/pages.h"

#define PATCHES_MAX 64 /* copies with patches, also of modules that are gone */
#define SITES       64
#define COPY_MAX    1024

/* A copy's; kept when the module is gone, for the next one that lies near. */
struct patch {
    struct copies_patch shown;
    const struct client_library *kind; /* of which the copy is */
    struct image image;
    struct reach reach;
    uint8_t *pages;
    struct late late;               /* functions that run what the program gave them */
    _Atomic uintptr_t sites[SITES]; /* places of calls that were asked about: four times the address, and the side */
};

static struct patch patches[PATCHES_MAX];
static size_t patch_count;

static bool fail(struct patch_outcome *ret, enum patch_result result, const char *function)
{
    *ret = (struct patch_outcome){.result = result, .function = function};
    return false;
}

static enum copies_side look_up(const struct patch *patch, uintptr_t address)
{
    struct image_range function;
    size_t number;

    if (!reach_has(&patch->reach, &patch->image, address) || !image_function(&patch->image, address, &function, &number))
        return COPIES_PROGRAM;
    for (size_t i = 0; i < patch->late.behalf_count; i++) {
        if (function.start == patch->late.behalf[i])
            return COPIES_ON_BEHALF;
    }
    return COPIES_OWN;
}

static enum copies_side side_of(const struct copies_patch *shown, uintptr_t address)
{
    struct patch *patch = (struct patch *)(uintptr_t)shown; /* its first member */
    _Atomic uintptr_t *site = &patch->sites[address / 2 % SITES];
    uintptr_t known = atomic_load_explicit(site, memory_order_relaxed);
    enum copies_side side;

    if (known >> 2 == address)
        return (enum copies_side)(known & 3);
    side = look_up(patch, address - 1); /* a call at a function's end returns behind it */
    atomic_store_explicit(site, address << 2 | side, memory_order_relaxed);
    return side;
}

/* Of copies_given, from where fs points to: the same in each thread. */
static int32_t offset_of_given(void)
{
    int64_t offset;

    __asm__("movq copies_given@gottpoff(%%rip), %0" : "=r"(offset));
    return (int32_t)offset;
}

/* What stands in front of a function: notes the copy, as an entry of agent/loading/entries.inc does, and goes on. */
static void write_stub(uint8_t *to, size_t copy, void (*interposed)(void))
{
    static const uint8_t code[] = {
        0x4c, 0x8b, 0x14, 0x24,                               /* mov r10, [rsp] */
        0x64, 0x48, 0x89, 0x24, 0x25, 0, 0, 0, 0,             /* mov fs:[slot], rsp */
        0x64, 0x4c, 0x89, 0x14, 0x25, 0, 0, 0, 0,             /* mov fs:[caller], r10 */
        0x64, 0x48, 0xc7, 0x04, 0x25, 0, 0, 0, 0, 0, 0, 0, 0, /* mov fs:[copy], number */
        0xff, 0x25, 0,    0,    0,    0,                      /* jmp [rip + 0] */
    };
    int32_t slot = offset_of_given(), caller = slot + (int32_t)offsetof(struct copies_given, caller),
            number = slot + (int32_t)offsetof(struct copies_given, copy);
    uint32_t value = (uint32_t)copy;

    memcpy(to, code, sizeof code);
    memcpy(to + 9, &slot, 4);
    memcpy(to + 18, &caller, 4);
    memcpy(to + 27, &number, 4);
    memcpy(to + 31, &value, 4);
    memcpy(to + sizeof code, &interposed, sizeof interposed);
    _Static_assert(sizeof code + sizeof interposed <= PLAN_STUB, "a stub fits");
}

/* The functions of the copy: what was moved, and those that are called only. */
static const struct loaded_copy *publish(struct client_library *kind, const struct plan *plan, const struct found_table *table,
                                         struct patch *patch)
{
    union {
        struct loaded_copy loaded;
        uint8_t bytes[COPY_MAX];
    } found = {.loaded = {.patch = &patch->shown}};
    struct resolve_object object;

    if (kind->size > sizeof found || !resolve_object_at(plan->functions[0], &object))
        return NULL;
    found.loaded.start = object.start;
    found.loaded.end = object.end;
    found.loaded.loader_changes = real_loader_changes;
    for (size_t i = 0; i < kind->symbol_count; i++) {
        void *function = (void *)plan_function(kind->direct, table, i);
        if (!function)
            function = (void *)(uintptr_t)kind->symbols[i].missing;
        memcpy((char *)copies_api(&found.loaded) + kind->symbols[i].offset, &function, sizeof function);
    }
    for (size_t n = 0; n < plan->count; n++) {
        void *function = patch->pages + n * PLAN_PLACE + PLAN_STUB;
        memcpy((char *)copies_api(&found.loaded) + kind->symbols[plan->symbols[n]].offset, &function, sizeof function);
    }
    return copies_publish(kind, &found.loaded);
}

static size_t number_of(const struct client_library *kind, const struct loaded_copy *loaded)
{
    size_t i = 0;

    while (i < COPIES_MAX && kind->copies[i] != loaded)
        i++;
    return i;
}

static bool write_entries(const struct plan *plan, const struct patch *patch, const struct pages_writer *writer)
{
    size_t done = 0;
    uint8_t jump[MOVE_JUMP], before[PLAN_FUNCTIONS][MOVE_JUMP];

    for (; done < plan->count; done++) {
        const struct moved *moved = &plan->moved[done];
        memcpy(before[done], (const void *)moved->at, MOVE_JUMP);
        if (!move_jump(moved->at, (uintptr_t)patch->pages + done * PLAN_PLACE, jump) ||
            !pages_write(writer, moved->at, jump, sizeof jump))
            break;
    }
    if (done == plan->count)
        return true;
    while (done-- > 0)
        pages_write(writer, plan->moved[done].at, before[done], MOVE_JUMP);
    return false;
}

static bool is_in_reach(const struct patch *patch, const struct image *image)
{
    uintptr_t from = (uintptr_t)patch->pages, start = image->range.start, end = image->range.end;

    return from && (from < start ? end - from : from + PLAN_SIZE - start) < (uintptr_t)0x7ff00000;
}

static bool is_used(const struct patch *patch)
{
    const struct client_library *kind = patch->kind;

    for (size_t k = 0; kind && k < COPIES_MAX && kind->copies[k]; k++) {
        if (kind->copies[k]->patch == &patch->shown && copies_is_loaded(kind, kind->copies[k]))
            return true;
    }
    return false;
}

/* One whose module is gone, else a new one. A program may have copies of several libraries. */
static struct patch *take_patch(const struct client_library *kind, const struct image *image)
{
    struct patch *patch = NULL;

    for (size_t i = 0; i < patch_count && !patch; i++)
        patch = !is_used(&patches[i]) && is_in_reach(&patches[i], image) ? &patches[i] : NULL;
    if (!patch && patch_count < PATCHES_MAX)
        patch = &patches[patch_count++];
    if (patch)
        patch->kind = kind;
    return patch;
}

static void give_up(struct patch *patch, const struct loaded_copy *loaded)
{
    struct loaded_copy *copy = (struct loaded_copy *)(uintptr_t)loaded;

    patch->shown.at = 0;
    reach_free(&patch->reach);
    if (copy) {
        copy->start = copy->end = 0; /* as one that is gone */
        atomic_store(&copy->loader_changes, 0);
    }
}

static void write_all(const struct client_library *kind, const struct plan *plan, const struct patch *patch, size_t number)
{
    for (size_t i = 0; i < plan->count; i++) {
        bool is_late = patch->shown.late && plan->symbols[i] == kind->direct->late[0];
        write_stub(patch->pages + i * PLAN_PLACE, number, is_late ? kind->late : kind->symbols[plan->symbols[i]].interposed);
        memcpy(patch->pages + i * PLAN_PLACE + PLAN_STUB, plan->moved[i].code, plan->moved[i].length);
    }
}

/* What runs what the program gave it; those of the table where all functions are patched. */
static void note_behalf(struct patch *patch, const struct copies_hidden *library, const struct found_table *table,
                        const struct way *way)
{
    patch->late = way->late;
    if (way->is_late || library->file_name)
        return;
    patch->late.behalf_count = ARRAY_LENGTH(library->behalf_slots);
    for (size_t i = 0; i < patch->late.behalf_count; i++)
        patch->late.behalf[i] = table->slots[library->behalf_slots[i]];
}

bool patch_copy(const struct image *image, struct client_library *kind, const struct found_table *table, bool alone,
                struct patch_outcome *ret)
{
    static struct way way; /* large for a thread's stack */
    struct patch *patch = take_patch(kind, image);
    const struct loaded_copy *loaded = NULL;
    struct pages_writer writer;
    size_t size = PLAN_SIZE, number;
    bool done;

    if (!patch)
        return fail(ret, PATCH_MEMORY, NULL);
    patch->shown.at = 0;
    reach_free(&patch->reach);
    if (patch->pages ? !pages_make_writable(patch->pages, size) : !(patch->pages = pages_near(&image->range, size)))
        return fail(ret, PATCH_MEMORY, NULL);
    if (!way_find(image, kind->direct, table, (uintptr_t)patch->pages, &way, ret))
        return false;
    patch->reach = way.reach;
    patch->image = way.image;
    memset((void *)patch->sites, 0, sizeof patch->sites);
    patch->shown.at = way.plan.moved[0].at;
    patch->shown.side_of = side_of;
    patch->shown.late = way.is_late;
    note_behalf(patch, kind->direct, table, &way);
    move_jump(way.plan.moved[0].at, (uintptr_t)patch->pages, patch->shown.jump);
    loaded = publish(kind, &way.plan, table, patch);
    number = loaded ? number_of(kind, loaded) : COPIES_MAX;
    if (number == COPIES_MAX) {
        give_up(patch, loaded);
        return fail(ret, PATCH_MEMORY, NULL);
    }
    write_all(kind, &way.plan, patch, number);
    if (!pages_make_executable(patch->pages, size)) {
        give_up(patch, loaded);
        return fail(ret, PATCH_MEMORY, NULL);
    }
    pages_begin(&writer, alone);
    done = write_entries(&way.plan, patch, &writer);
    pages_end(&writer);
    if (done)
        return true;
    give_up(patch, loaded);
    return fail(ret, PATCH_WRITE, NULL);
}
