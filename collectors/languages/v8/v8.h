/* Frames of V8, as Node.js 18 to 26 has it. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_V8_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_V8_H

#include "agent/stack/walker.h"

extern const struct language_walker v8_walker;

struct v8_handed;

/* Whether the process has a V8 that is known. Any thread. */
bool v8_is_found(void);

/* The stack of the calling thread, for what another one will do for it; NULL: it runs no JavaScript. The first time that a stack
 * is seen the machine makes objects, as in walk. */
const struct v8_handed *v8_capture(void);

#endif
