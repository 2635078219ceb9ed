/* Memory for code near a module, and writing into the code of a module.
 *
 * No page is writable and executable at once. Of a module's code nothing becomes writable at all: it is written through
 * /proc/self/mem, as a debugger would; where that is not there and no other thread is, its pages are made writable for the
 * moment, and are not executable then. What a system forbids (SELinux, seccomp, a limit) fails. Direct system calls; any thread.
 */
#ifndef NPLUS1_AGENT_PATCHING_PAGES_H
#define NPLUS1_AGENT_PATCHING_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/patching/image.h"

/* Writable pages from which all of the module is within 2 GiB; NULL: there is no room. */
void *pages_near(const struct image_range *module, size_t size);
bool pages_make_executable(void *pages, size_t size);
bool pages_make_writable(void *pages, size_t size);
void pages_unmap(void *pages, size_t size);

/* How code is written, from pages_begin to pages_end. */
struct pages_writer {
    int memory; /* descriptor of /proc/self/mem; -1: there is none */
    bool alone; /* no other thread is there */
};

void pages_begin(struct pages_writer *writer, bool alone);
void pages_end(struct pages_writer *writer);
bool pages_write(const struct pages_writer *writer, uintptr_t address, const void *bytes, size_t size);

#endif
