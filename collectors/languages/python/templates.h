/* Lines of templates that were compiled to Python: their functions have the template's file, and lines of the compiled text.
 *
 * For what the calling thread's frames keep alive, without the interpreter's lock: everything is looked at with care.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_TEMPLATES_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_TEMPLATES_H

#include "collectors/languages/python/layout.h"

/* Whether a file's code may be a template's: what Python compiles itself is in files that say so. Cheap. */
bool python_may_be_template(const char *file);

/* The line of the template for a line of the code of the frame; 0: it is of no template, or of one whose lines are not known.
 * Allocates nothing, preserves errno. */
uint32_t python_template_line(const struct python_layout *layout, const void *frame, uint32_t line);

#endif
