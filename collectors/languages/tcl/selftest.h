/* Whether an interpreter's frames look as layout.h says: every address is tried before it is used. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_TCL_SELFTEST_H
#define NPLUS1_COLLECTORS_LANGUAGES_TCL_SELFTEST_H

#include <stdbool.h>

/* The interpreter evaluates something, and has a frame at least. */
bool tcl_self_test(const char *interp);

#endif
