/* Frames of V8, as Node.js 18 to 26 has it. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_V8_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_V8_H

#include "agent/stack/walker.h"

extern const struct language_walker v8_walker;

#endif
