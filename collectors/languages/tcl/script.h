/* Scripts as words of commands: where one is written in the other. Text alone: allocates nothing, reads nothing but what it is
 * given. Any thread. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_TCL_SCRIPT_H
#define NPLUS1_COLLECTORS_LANGUAGES_TCL_SCRIPT_H

#include <stddef.h>

/* Where in the text of a command a script stands as a word or the end or beginning of one: the place of the script's byte
 * `offset`; NULL: nowhere. In the value of a word a line that is continued (\ at its end) has become a space. */
const char *tcl_script_find(const char *text, size_t length, const char *script, size_t script_length, size_t offset);

/* The index of the command's word that `place` is in, and where that word begins. */
size_t tcl_script_word(const char *text, size_t length, const char *place, const char **ret_start);

#endif
