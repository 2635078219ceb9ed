/* The walker of CPython frames, 3.8 to 3.14. See agent/stack/walker.h for the contract. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_PYTHON_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_PYTHON_H

#include "agent/stack/walker.h"

extern const struct language_walker python_walker;

#endif
