/* The command line without the values in it, as the recording has it.
 *
 * What stays: the program, up to the first blank; names of options; of an interpreter its script, and Python's module after -m;
 * of the front ends of frameworks (rails, manage.py, ...) the command behind them. Everything else is ?: what is behind the = of
 * an option, behind the letter of a short one (-psecret is -p?), and each word that is no option, whatever it looks like.
 *
 * Pure, no allocation.
 */
#ifndef NPLUS1_AGENT_RECORDING_COMMAND_H
#define NPLUS1_AGENT_RECORDING_COMMAND_H

#include <stddef.h>

/* program: the last component of the executable's path. The words are changed where they stand, or others are put in their place,
 * which are constant. */
void command_hide_values(const char *program, char **words, size_t count);

#endif
