/* Go's runtime. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_GO_GO_H
#define NPLUS1_COLLECTORS_LANGUAGES_GO_GO_H

#include "agent/stack/walker.h"

extern const struct language_walker go_walker;

#endif
