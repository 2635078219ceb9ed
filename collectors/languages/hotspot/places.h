/* Places in methods and what they are called, remembered for the life of the process.
 *
 * The machine never uses a jmethodID for another method, so what is remembered stays right when classes are unloaded. Methods
 * that are redefined while they run keep the lines that they had first.
 *
 * Any thread that is in native code for Java; reading takes no lock.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_PLACES_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/languages/hotspot/vm.h"

struct hotspot_place {
    uintptr_t method;
    int64_t location;
    uint64_t key;         /* of the source line and its function */
    const char *function; /* com.shop.Orders.load */
    const char *file;     /* com/shop/Orders.java */
    uint32_t line;        /* 0: unknown */
    bool hidden;          /* no frame of the program's, and not there at every execution */
    bool is_program;      /* the program's own, as far as its path says */
    bool runs_task;       /* what it calls is a task, and which thread has come to it, from where, is chance */
};

/* NULL: it is not known, or there is no room. */
const struct hotspot_place *hotspot_place(const struct hotspot_frame *frame);

void hotspot_places_reset_after_fork(void);

#endif
