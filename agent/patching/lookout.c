#include "agent/patching/lookout.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/calm.h"
#include "agent/base/compiler.h"
#include "agent/base/lock.h"
#include "agent/base/log.h"
#include "agent/base/strbuf.h"
#include "agent/base/system.h"
#include "agent/loading/copies.h"
#include "agent/loading/loader.h"
#include "agent/loading/resolve.h"
#include "agent/patching/exported/exported.h"
#include "agent/patching/find.h"
#include "agent/patching/opening/origin.h"
#include "agent/patching/patch.h"

#define FOUND_MAX  8                    /* copies in one round */
#define SEEN_MAX   2048                 /* modules that were looked at; more are not */
#define WANTED_MAX 64                   /* names of what a module needs */
#define NOTES_MAX  4                    /* copies that are noted */
#define NOTE_MAX   256                  /* bytes */
#define WAIT_NS    UINT64_C(1000000000) /* in the child of a fork nobody may come back with the lock */

struct found {
    struct image image;
    struct found_table table;
    uintptr_t exported[EXPORTED_MAX]; /* that the table is of, where it is */
    struct client_library *kind;
};

/* One look at what is loaded. */
struct round {
    struct found found[FOUND_MAX];
    size_t found_count;
    uintptr_t module; /* of which, and of what it needs, copies are looked for; 0: of everything */
    const char *wanted[WANTED_MAX];
    size_t wanted_count;
    bool went_on; /* something was found that may need something else */
};

/* The lock guards all below. It is not held while anything is loaded, so that it cannot come between the loader's. */
static struct lock lock;
static uintptr_t seen[SEEN_MAX]; /* bases; the first ones were there at the start, and stay */
static size_t seen_count, start_count, kept_count;
static struct round round_now;
static char notes[NOTES_MAX][NOTE_MAX];
static size_t note_count;

static bool is_translated;
static void (*give_note)(const char *words);

/* Of this process; 0: not known. Each has a folder, besides . and .. */
static unsigned count_threads(void)
{
    struct stat found;

    if (system_call(SYS_newfstatat, AT_FDCWD, (long)(uintptr_t) "/proc/self/task", (long)(uintptr_t)&found, 0, 0) != 0 ||
        found.st_nlink < 3)
        return 0;
    return (unsigned)found.st_nlink - 2;
}

/* This does nothing elsewhere (valgrind.h, "client requests"). */
static bool is_in_valgrind(void)
{
    const uintptr_t request[6] = {0x1001}; /* RUNNING_ON_VALGRIND */
    uintptr_t result = 0;

    __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx"
                     : "+d"(result)
                     : "a"(request)
                     : "cc", "memory", "rdi");
    return result != 0;
}

/* A copy that nothing refers to is no loss. */
static void say(const struct found *found, const struct patch_outcome *outcome)
{
    bool is_noted = outcome->result != PATCH_DONE && outcome->result != PATCH_UNUSED && note_count < NOTES_MAX;
    char local[NOTE_MAX], *words = is_noted ? notes[note_count] : local;
    struct resolve_object object;
    struct strbuf buffer;

    if ((!is_noted && !log_enabled(LOG_INFO)) || !resolve_object_at(found->image.range.start, &object))
        return;
    strbuf_init(&buffer, words, NOTE_MAX);
    if (found->table.version) {
        strbuf_add(&buffer, "hidden copy, version ");
        strbuf_add(&buffer, found->table.version);
        strbuf_add(&buffer, ", in ");
    } else {
        strbuf_add(&buffer, "copy of ");
        strbuf_add(&buffer, found->kind->direct->file_name);
        strbuf_add(&buffer, " in ");
    }
    strbuf_add(&buffer, object.path[0] ? object.path : "the program");
    strbuf_add(&buffer, ": ");
    strbuf_add(&buffer, plan_words(outcome));
    if (outcome->function) {
        strbuf_add(&buffer, ": ");
        strbuf_add(&buffer, outcome->function);
    }
    log_line(LOG_INFO, "%s", words);
    if (is_noted)
        give_note(notes[note_count++]);
}

static bool is_seen(uintptr_t base)
{
    for (size_t i = 0; i < seen_count; i++) {
        if (seen[i] == base)
            return true;
    }
    return seen_count == SEEN_MAX;
}

/* The copy behind `after`, NULL: the first one. By names there is one at the most. */
static bool find(const struct image *image, const struct client_library *kind, const uintptr_t *after, struct found *ret)
{
    if (!kind->direct->file_name)
        return find_table(image, kind->direct, after, &ret->table);
    return !after && exported_find(image, kind, ret->exported, &ret->table);
}

static void look_into(struct round *round, const struct image *image)
{
    if ((uintptr_t)&look_into >= image->range.start && (uintptr_t)&look_into < image->range.end)
        return;
    for (size_t k = 0; k < copies_kind_count; k++) {
        const uintptr_t *after = NULL;
        while (copies_kinds[k]->direct && round->found_count < FOUND_MAX) {
            struct found *found = &round->found[round->found_count];
            if (!find(image, copies_kinds[k], after, found))
                break;
            found->image = *image;
            found->kind = copies_kinds[k];
            after = found->table.slots;
            round->found_count++;
        }
    }
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Names that the module has (DT_SONAME) or needs: each is asked for by this. */
static bool read_names(struct round *round, const struct dl_phdr_info *info, bool add)
{
    const ElfW(Dyn) *dynamic = NULL, *entry;
    const char *strings = NULL;

    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            dynamic = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    }
    for (entry = dynamic; entry && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_STRTAB) /* absolute, but where the section is read-only (the vDSO's) */
            strings = (const char *)(entry->d_un.d_ptr < info->dlpi_addr ? info->dlpi_addr + entry->d_un.d_ptr
                                                                         : entry->d_un.d_ptr);
    }
    for (entry = dynamic; strings && entry->d_tag != DT_NULL; entry++) {
        if (add && entry->d_tag == DT_NEEDED && round->wanted_count < WANTED_MAX)
            round->wanted[round->wanted_count++] = strings + entry->d_un.d_val;
        for (size_t i = 0; !add && entry->d_tag == DT_SONAME && i < round->wanted_count; i++) {
            if (strcmp(base_name(round->wanted[i]), strings + entry->d_un.d_val) == 0)
                return true;
        }
    }
    for (size_t i = 0; !add && i < round->wanted_count; i++) {
        if (strcmp(base_name(round->wanted[i]), base_name(info->dlpi_name)) == 0)
            return true;
    }
    return false;
}

static int visit(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct round *round = argument;
    struct image image;

    (void)size;
    if (is_seen(info->dlpi_addr) || (round->module && info->dlpi_addr != round->module && !read_names(round, info, false)))
        return 0;
    seen[seen_count++] = info->dlpi_addr;
    if (round->module)
        read_names(round, info, true);
    round->went_on = true;
    if (image_read(info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum, &image))
        look_into(round, &image);
    return 0;
}

/* Locked. module: see struct round. alone: no other thread may be there. */
static void look_around(uintptr_t module, bool may_patch, bool alone)
{
    struct round *round = &round_now;

    *round = (struct round){.module = module};
    do {
        round->went_on = false;
        dl_iterate_phdr(visit, round);
    } while (module && round->went_on);
    for (size_t i = 0; i < round->found_count; i++) {
        struct found *found = &round->found[i];
        struct patch_outcome outcome = {.result = is_translated ? PATCH_TRANSLATED : PATCH_LATE};
        if (may_patch && !is_translated)
            patch_copy(&found->image, found->kind, &found->table, alone, &outcome);
        say(found, &outcome);
    }
}

static void look_at_all(void)
{
    int saved_errno = errno;
    unsigned threads = count_threads();

    calm_begin();
    if (lock_take_within(&lock, WAIT_NS)) {
        look_around(0, threads == 1, threads == 1);
        lock_release(&lock);
    }
    calm_end();
    errno = saved_errno;
}

/* What the loader has loaded for the caller nobody has run but its constructors: and threads that those have started. */
static void opened(void *handle, unsigned at_begin)
{
    const struct link_map *map = handle;
    int saved_errno = errno;
    unsigned threads = count_threads();

    calm_begin();
    if (lock_take_within(&lock, WAIT_NS)) {
        if (!is_seen(map->l_addr))
            look_around(map->l_addr, threads != 0 && threads <= at_begin, threads == 1);
        lock_release(&lock);
    }
    calm_end();
    errno = saved_errno;
}

static int keep_visit(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    (void)argument;
    for (size_t i = kept_count; i < seen_count; i++) {
        if (seen[i] == info->dlpi_addr) {
            seen[i] = seen[kept_count];
            seen[kept_count++] = info->dlpi_addr;
            return 0;
        }
    }
    return 0;
}

/* Other modules may take the addresses of those that are gone. */
static void closed(void)
{
    if (!lock_take_within(&lock, WAIT_NS))
        return;
    kept_count = start_count;
    if (seen_count > start_count) {
        dl_iterate_phdr(keep_visit, NULL);
        seen_count = kept_count;
    }
    lock_release(&lock);
}

static const struct loader_watcher watcher = {
    .may_call = origin_is_same,
    .opening = count_threads,
    .opened = opened,
    .settle = look_at_all,
    .closed = closed,
};

void lookout_start(void (*note)(const char *words))
{
    give_note = note;
    is_translated = is_in_valgrind();
    look_at_all();
    start_count = seen_count;
    loader_watch(&watcher);
}

void lookout_reset_after_fork(void)
{
    lock = (struct lock){0};
}
