/* The live view on a terminal, by ncurses. It owns the terminal until it returns, also when a signal ends it. */
#ifndef NPLUS1_VIEWER_TOP_SCREEN_H
#define NPLUS1_VIEWER_TOP_SCREEN_H

#include <stdbool.h>

#include "viewer/top/target.h"

/* Shows the target each interval, less often when a look takes long, until the user or a signal asks for the end. Returns the
 * exit status: EXIT_TROUBLE, with a complaint, when the terminal cannot show it. */
int screen_run(struct target *target, double interval_s, bool color);

#endif
