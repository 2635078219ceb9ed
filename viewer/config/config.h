/* What was configured: the environment before ./.nplus1, and that before $XDG_CONFIG_HOME/nplus1/config. A flag wins over them,
 * in whoever reads the flag. State of the process, for one thread; the files are read when something is asked for first, and what
 * is wrong in them is complained about then, once.
 *
 * ./.nplus1 comes with the folder that one happens to be in. It starts nothing, names no file that is written, and what it names
 * to be read lies below its own folder.
 */
#ifndef NPLUS1_VIEWER_CONFIG_CONFIG_H
#define NPLUS1_VIEWER_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "viewer/config/keys.h"

/* NULL: nowhere said. It stays the configuration's. */
const char *config_text(enum config_key key);

/* Nanoseconds, columns, executions; 0: nowhere said. */
uint64_t config_number(enum config_key key);

/* Where it is said: ".nplus1:3"; the name of the key elsewhere. */
const char *config_place(enum config_key key);

/* The file that is named, to be freed; NULL: none, or with *wrong a complaint that it may not be used. */
char *config_path(enum config_key key, bool *wrong);

/* Sequences of a terminal by enum text_style, NULL where nothing is said. */
const char *const *config_styles(void);

/* Whether something in the files could not be used: what was meant is not known then. */
bool config_is_wrong(void);

#endif
