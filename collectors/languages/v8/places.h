/* Functions and lines that were named, for the life of the process: what describe may ask for under a lock.
 *
 * Any thread; looking up takes no lock.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_PLACES_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_PLACES_H

#include <stdint.h>

#include "collectors/languages/v8/api.h"

struct v8_place {
    uint64_t key; /* of all that follows */
    const char *function, *file;
    uint32_t line;
    uint32_t column; /* of the first call there that was seen; the key has it only where a line is longer than people write */
};

/* NULL: there is no room. */
const struct v8_place *v8_place(const struct v8_frame *frame);

void v8_places_reset_after_fork(void);

#endif
