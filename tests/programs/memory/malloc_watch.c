/* A guest that counts the allocations of a process between two marks, and those of them that libnplus1.so asked for. */
#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "malloc_watch.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

static uintptr_t start, end;
static _Atomic int watching;
static _Atomic long all, of_agent;

static int find_agent(struct dl_phdr_info *info, size_t size, void *argument)
{
    if (!strstr(info->dlpi_name, "libnplus1.so"))
        return 0;
    start = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD)
            end = start + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    }
    return 1;
}

static void note(const void *caller)
{
    if (!watching)
        return;
    all++;
    of_agent += (uintptr_t)caller >= start && (uintptr_t)caller < end;
}

void *malloc(size_t size)
{
    note(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    note(__builtin_return_address(0));
    return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
    note(__builtin_return_address(0));
    return __libc_realloc(p, size);
}

void malloc_watch_begin(void)
{
    dl_iterate_phdr(find_agent, NULL);
    all = of_agent = 0;
    watching = 1;
}

void malloc_watch_end(long *ret_all, long *ret_of_agent)
{
    watching = 0;
    *ret_all = all;
    *ret_of_agent = of_agent;
}
