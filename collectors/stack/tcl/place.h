/* Where a frame of Tcl's is in the text of a program, and what it is called. Reads, calls nothing, allocates nothing; the thread
 * that owns the interpreter, while the frame is active. */
#ifndef NPLUS1_COLLECTORS_TCL_PLACE_H
#define NPLUS1_COLLECTORS_TCL_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "collectors/stack/tcl/layout.h"

/* How many frames outwards the text of a script without a file is looked for. */
#define TCL_OUTER_MAX 8

/* The name of the command that a call frame belongs to, in two parts; NULL: it has none, such as at top level. */
struct tcl_name {
    const char *qualifier; /* of a namespace or class, "" for the global one */
    const char *name;
};
struct tcl_name tcl_name_of(const char *interp, const char *call);

struct tcl_place {
    const char *path; /* a Tcl_Obj; NULL: text that is in no file */
    uint32_t line;    /* 0: not known */
    const char *call; /* the call frame of the procedure that the text is written in */
};
void tcl_locate(const char *interp, struct tcl_cursor cursor, struct tcl_place *ret);

#endif
