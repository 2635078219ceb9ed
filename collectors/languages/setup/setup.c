#include "collectors/languages/setup/setup.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"

#define ENTRIES 32
#define ENTRY   32 /* bytes of each */

static struct {
    void *_Atomic real; /* what the entry stands for; set once */
    void (*_Atomic entered)(void *interpreter);
} functions[ENTRIES];

/* In entries.S. */
extern HIDDEN const char setup_entries[ENTRIES * ENTRY];

/* Called by the entries with what the function gets first; the function. */
HIDDEN void *setup_entered(void *interpreter, uint32_t entry) __attribute__((used));
void *setup_entered(void *interpreter, uint32_t entry)
{
    int saved_errno = errno;

    functions[entry].entered(interpreter);
    errno = saved_errno;
    return functions[entry].real;
}

void *setup_give_out(void *function, void (*entered)(void *interpreter))
{
    for (uint32_t i = 0; i < ENTRIES; i++) {
        void *known = NULL;
        if (!atomic_compare_exchange_strong(&functions[i].real, &known, function) && known != function)
            continue;
        functions[i].entered = entered; /* nobody has the entry before one of us returns */
        return (void *)(uintptr_t)(setup_entries + i * ENTRY);
    }
    return function;
}
