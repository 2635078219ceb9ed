#include "agent/patching/lookout.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/compiler.h"
#include "agent/base/lock.h"
#include "agent/base/log.h"
#include "agent/base/system.h"
#include "agent/loading/copies.h"
#include "agent/loading/resolve.h"
#include "agent/patching/find.h"
#include "agent/patching/patch.h"
#include "agent/process/settings.h"

#define FOUND_MAX 8 /* copies in one round */

struct found {
    struct image image;
    struct found_table table;
    struct client_library *kind;
};

static struct lock lock;

/* Of this process; 0: not known. Each has a folder, besides . and .. */
static unsigned count_threads(void)
{
    struct stat found;

    if (system_call(SYS_newfstatat, AT_FDCWD, (long)(uintptr_t) "/proc/self/task", (long)(uintptr_t)&found, 0, 0) != 0 ||
        found.st_nlink < 3)
        return 0;
    return (unsigned)found.st_nlink - 2;
}

/* Valgrind runs a translation of the code, made before it was patched. This does nothing elsewhere (valgrind.h, "client
 * requests"). */
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

static void say(const struct found *found, const struct patch_outcome *outcome)
{
    static const char *const results[] = {"patched",
                                          "a function's beginning cannot be moved",
                                          "a function is too simple",
                                          "two functions are one",
                                          "no memory near it",
                                          "its code may not be written"};
    struct resolve_object object;

    if (log_enabled(LOG_INFO) && resolve_object_at((uintptr_t)found->table.slots, &object))
        log_line(LOG_INFO, "hidden copy, version %s, in %s: %s%s%s", found->table.version,
                 object.path[0] ? object.path : "the program", results[outcome->result], outcome->function ? ": " : "",
                 outcome->function ? outcome->function : "");
}

struct round {
    struct found found[FOUND_MAX];
    size_t count;
};

static int visit(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct round *round = argument;
    struct image image;

    (void)size;
    if (!image_read(info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum, &image) || image.function_count == 0 ||
        ((uintptr_t)&visit >= image.range.start && (uintptr_t)&visit < image.range.end))
        return 0;
    for (size_t k = 0; k < copies_kind_count; k++) {
        struct found *found = &round->found[round->count];
        const uintptr_t *after = NULL;
        while (copies_kinds[k]->by_table && round->count < FOUND_MAX &&
               find_table(&image, copies_kinds[k]->by_table, after, &found->table)) {
            found->image = image;
            found->kind = copies_kinds[k];
            after = found->table.slots;
            found = &round->found[++round->count];
        }
    }
    return 0;
}

void lookout_start(void)
{
    static struct round round;
    int saved_errno = errno;

    if (!settings.hidden || is_in_valgrind() || !lock_take_within(&lock, UINT64_C(1000000000)))
        return;
    round.count = 0;
    dl_iterate_phdr(visit, &round);
    for (size_t i = 0; i < round.count; i++) {
        struct patch_outcome outcome;
        patch_copy(&round.found[i].image, round.found[i].kind, &round.found[i].table, count_threads() == 1, &outcome);
        say(&round.found[i], &outcome);
    }
    lock_release(&lock);
    errno = saved_errno;
}
