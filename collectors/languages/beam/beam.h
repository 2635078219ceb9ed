/* Erlang's machine. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_BEAM_BEAM_H
#define NPLUS1_COLLECTORS_LANGUAGES_BEAM_BEAM_H

#include "agent/stack/walker.h"

extern const struct language_walker beam_walker;

#endif
