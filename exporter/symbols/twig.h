/* Templates of Twig are compiled to PHP, in files of a cache: which line of which template a line of such a file was made of. */
#ifndef NPLUS1_EXPORTER_SYMBOLS_TWIG_H
#define NPLUS1_EXPORTER_SYMBOLS_TWIG_H

#include <stdbool.h>
#include <stdint.h>

/* Whether a function is one of a compiled template. Pure. */
bool twig_has_function(const char *function);

/* The template, an absolute path that the caller frees, and its line, from 1. False: the file is none of Twig's any more, or does
 * not say. Reads the file, of which 1 MiB at the most. Any thread. */
bool twig_find(const char *file, uint32_t line, char **ret_file, uint32_t *ret_line);

#endif
