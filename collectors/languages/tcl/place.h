/* Where a frame of Tcl's is in the text of a program, and what it is called. Reads, calls nothing, allocates nothing; the thread
 * that owns the interpreter, while the frame is active. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_TCL_PLACE_H
#define NPLUS1_COLLECTORS_LANGUAGES_TCL_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "collectors/languages/tcl/layout.h"

/* How many frames outwards the text of a script without a file is looked for. */
#define TCL_OUTER_MAX 8

/* The name of a call frame: a procedure's is the namespace that it runs in and the word by which it was called, without that
 * word's own namespace; a method's is the class of the object and the method's name. These live as long as the frame does:
 * a procedure's Command goes when it is renamed to nothing, deleted or defined anew while it runs (only [info frame] looks
 * there), and a method may go, too. */
struct tcl_name {
    const char *qualifier;   /* terminated; "": none */
    uint64_t qualifier_hash; /* tells it from others */
    const char *name;        /* NULL: no procedure's frame, such as at top level */
    size_t length;
};
struct tcl_name tcl_name_of(const char *call);

/* The line of the first of a command's words that has one: in `$db eval ...` the first word is made at run time, but hardly ever
 * all are. 0: none has. */
int32_t tcl_first_line(const char *lines, int32_t words);

struct tcl_place {
    const char *path; /* a Tcl_Obj; NULL: text that is in no file */
    uint32_t line;    /* 0: not known */
    const char *call; /* the call frame of the procedure that the text is written in */
};
void tcl_locate(const char *interp, struct tcl_cursor cursor, struct tcl_place *ret);

#endif
