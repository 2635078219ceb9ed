/* A list of words in one text: each ends with a zero byte, the last one is empty. Unlike a list of pointers it needs no
 * relocation: the agent has such lists in every process that it is loaded into, and hardly one of these ever reads them. Static
 * data, safe from any thread.
 */
#ifndef NPLUS1_EXPORTER_BASE_WORDS_H
#define NPLUS1_EXPORTER_BASE_WORDS_H

#include <string.h>

/* Of a word that is not empty. */
static inline const char *words_next(const char *word)
{
    return word + strlen(word) + 1;
}

#endif
