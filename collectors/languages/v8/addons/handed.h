/* Stacks of JavaScript that were found in one thread, for what another one does for it. Each is kept once, for the life of the
 * process. Any thread. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_ADDONS_HANDED_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_ADDONS_HANDED_H

#include <stddef.h>
#include <stdint.h>

#include "agent/stack/walker.h"

#define V8_HANDED_FRAMES 128 /* the innermost ones */

struct v8_handed {
    uint64_t hash; /* of all that follows; not 0 */
    size_t count, suspended;
    struct vm_frame frames[];
};

/* suspended: of the outermost frames, see walker.h. NULL: there are too many by now, or there is no memory. */
const struct v8_handed *v8_handed_keep(const struct vm_frame *frames, size_t count, size_t suspended);

void v8_handed_reset_after_fork(void);

#endif
