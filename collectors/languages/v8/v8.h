/* Frames of JavaScript on V8: Node.js 18 to 26. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_V8_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_V8_H

#include "agent/stack/walker.h"

extern const struct language_walker v8_walker;

#endif
