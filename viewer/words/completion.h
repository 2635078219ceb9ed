/* The completion of shells, made of the tables of the verbs. */
#ifndef NPLUS1_VIEWER_WORDS_COMPLETION_H
#define NPLUS1_VIEWER_WORDS_COMPLETION_H

#include <stdbool.h>

/* Writes the script for "bash" or "zsh" to stdout; false for another shell. */
bool completion_write(const char *shell);

#endif
