/* The terminal behind the output: its width, whether it takes colours, and a pager in front of it. State of the process. */
#ifndef NPLUS1_VIEWER_TERMINAL_H
#define NPLUS1_VIEWER_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* "auto", "always" or "never"; false for anything else. */
bool terminal_set_color(const char *when);

bool terminal_color(void);   /* of stdout; ask before the pager starts */
size_t terminal_width(void); /* of stdout, 100 when it is no terminal; or as configured */

/* Sends stdout through PAGER (less -FRX) when it is a terminal. */
void terminal_begin_pager(void);
void terminal_end_pager(void); /* waits for it; nothing to do when there is none */

/* Who reads stdout may leave before its end: that is neither an error nor a signal from now on. */
void terminal_allow_to_leave(void);
bool terminal_was_left(void); /* and they did */

#endif
