#include "agent/patching/pages.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/base/system.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000 /* Linux 4.17; earlier ones take the address for a wish */
#endif

#define PAGE     ((uintptr_t)4096)
#define LOWEST   ((uintptr_t)65536)      /* vm.mmap_min_addr as distributions have it */
#define REACH    ((uintptr_t)0x7fff0000) /* of a relative jump, with some room */
#define STEP     ((uintptr_t)65536)
#define STEP_MAX ((uintptr_t)32 << 20)

static void *map_at(uintptr_t address, size_t size)
{
    long result = system_call6(SYS_mmap, (long)address, (long)size, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    if (result < 0 && result > -(long)PAGE)
        return NULL;
    if ((uintptr_t)result == address)
        return (void *)address;
    system_call(SYS_munmap, result, (long)size, 0, 0, 0);
    return NULL;
}

/* Below the module first: above a program begins its heap, which must be able to grow. */
void *pages_near(const struct image_range *module, size_t size)
{
    uintptr_t start = module->start & ~(PAGE - 1), end = (module->end + PAGE - 1) & ~(PAGE - 1);
    uintptr_t lowest = end > REACH + LOWEST ? end - REACH : LOWEST, highest = start + REACH - size;
    uintptr_t step = STEP;
    void *pages = NULL;

    if (end - start >= REACH / 2)
        return NULL;
    size = (size + PAGE - 1) & ~(PAGE - 1);
    for (uintptr_t at = start - size; !pages && at >= lowest && at < start; at -= step) {
        pages = map_at(at & ~(PAGE - 1), size);
        step = step < STEP_MAX ? step + step / 2 : step;
    }
    step = STEP_MAX;
    for (uintptr_t at = end + step; !pages && at < highest; at += step)
        pages = map_at(at, size);
    return pages;
}

static bool protect(uintptr_t address, size_t size, int protection)
{
    uintptr_t start = address & ~(PAGE - 1), end = (address + size + PAGE - 1) & ~(PAGE - 1);

    return system_call(SYS_mprotect, (long)start, (long)(end - start), protection, 0, 0) == 0;
}

bool pages_make_executable(void *pages, size_t size)
{
    return protect((uintptr_t)pages, size, PROT_READ | PROT_EXEC);
}

bool pages_make_writable(void *pages, size_t size)
{
    return protect((uintptr_t)pages, size, PROT_READ | PROT_WRITE);
}

void pages_unmap(void *pages, size_t size)
{
    if (pages)
        system_call(SYS_munmap, (long)(uintptr_t)pages, (long)((size + PAGE - 1) & ~(PAGE - 1)), 0, 0, 0);
}

void pages_begin(struct pages_writer *writer, bool alone)
{
    writer->memory = (int)system_call(SYS_openat, AT_FDCWD, (long)(uintptr_t) "/proc/self/mem", O_RDWR | O_CLOEXEC, 0, 0);
    writer->alone = alone;
}

void pages_end(struct pages_writer *writer)
{
    if (writer->memory >= 0)
        system_call(SYS_close, writer->memory, 0, 0, 0, 0);
    writer->memory = -1;
}

bool pages_write(const struct pages_writer *writer, uintptr_t address, const void *bytes, size_t size)
{
    if (writer->memory >= 0 &&
        system_call(SYS_pwrite64, writer->memory, (long)(uintptr_t)bytes, (long)size, (long)address, 0) == (long)size)
        return memcmp((const void *)address, bytes, size) == 0;
    if (!writer->alone || !protect(address, size, PROT_READ | PROT_WRITE))
        return false;
    memcpy((void *)address, bytes, size);
    protect(address, size, PROT_READ | PROT_EXEC);
    return true;
}
