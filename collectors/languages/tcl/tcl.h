/* Frames of Tcl 8.6. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_TCL_TCL_H
#define NPLUS1_COLLECTORS_LANGUAGES_TCL_TCL_H

#include "agent/stack/walker.h"

extern const struct language_walker tcl_walker;

#endif
