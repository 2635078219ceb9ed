/* The walker of native frames. See agent/stack/walker.h for the contract. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_NATIVE_NATIVE_H
#define NPLUS1_COLLECTORS_LANGUAGES_NATIVE_NATIVE_H

#include "agent/stack/walker.h"

extern const struct native_walker native_frames;

#endif
