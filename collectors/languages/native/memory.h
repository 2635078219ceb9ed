/* Memory of a stack, read on the way outwards. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_NATIVE_MEMORY_H
#define NPLUS1_COLLECTORS_LANGUAGES_NATIVE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/readable.h"

#define MEMORY_PAGE ((uintptr_t)4096)

/* What is known to be mapped: a word at the least. */
struct memory {
    uintptr_t low, high;
};

/* The word at an address; false: it cannot be read. A page that was not known costs a system call. */
READS_ANYTHING static inline bool memory_read(struct memory *memory, uintptr_t address, uintptr_t *ret)
{
    if (unlikely(address < memory->low) || unlikely(address > memory->high - sizeof *ret)) {
        if (!readable_word((const void *)address))
            return false;
        memory->low = address & ~(MEMORY_PAGE - 1);
        memory->high = memory->low + MEMORY_PAGE;
    }
    memcpy(ret, (const void *)address, sizeof *ret); /* a damaged rule may lead to any address */
    return true;
}

#endif
