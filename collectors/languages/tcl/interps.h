/* Which interpreters of Tcl a thread has, and which of them runs.
 *
 * No public way leads from a thread to its interpreters. But `load` and `package require` find the function that sets a package
 * up by dlsym, and call it with the interpreter that wants the package. For the packages of databases that call comes here first
 * (collectors/languages/setup). Only look-ups of libtcl's own are answered so. A second copy of Tcl is left alone.
 *
 * Noting an interpreter asks Tcl to say when it is deleted (Tcl_CallWhenDeleted), which allocates: that is at a package's
 * initialisation, not on a statement's path. An interpreter belongs to the thread that made it, and so does the list. errno is
 * kept; no lock is taken but the loader's, by the look-up.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_TCL_INTERPS_H
#define NPLUS1_COLLECTORS_LANGUAGES_TCL_INTERPS_H

#include <stdbool.h>
#include <stdint.h>

/* Names of the functions that are looked at, NULL at the end. */
extern const char *const tcl_packages[];

/* Returns the address that dlsym is to give out for `function`, which has one of the names. */
void *tcl_give_out(const char *name, void *function, uintptr_t caller);

/* The version of the Tcl that has looked for one of the packages, 806; 0: none has. */
int tcl_seen(void);
#define TCL_KNOWN 806

/* Those of the thread's interpreters that evaluate something now, innermost first: they are made one by another, and evaluated
 * one inside of another, so that the one that was made last is the innermost. (Not so when a child calls an alias of its parent's
 * and both have such a package: then the frames of both are there, the child's first.) *place begins at TCL_INNERMOST; NULL:
 * there are no more. The first 16 of a thread are known. */
#define TCL_INNERMOST UINT32_MAX
const char *tcl_running(uint32_t *place);

#endif
