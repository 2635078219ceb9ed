/* Lines of Kotlin's inline functions. Where one is called its body is compiled in, with lines behind the file's end; the class
 * says which call each of them stands for, in the form of JSR 45 (a SMAP, whose stratum KotlinDebug it is), in one of its
 * constants. Pure; allocates nothing. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_DEBUG_LINES_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_DEBUG_LINES_H

#include <stddef.h>
#include <stdint.h>

/* The line of the file that calls; `line` itself, where the constants say nothing of it. These are what stands in a class file
 * (JVMS 4.4), without their number. */
uint32_t debug_lines_find(const unsigned char *constants, size_t size, uint32_t line);

#endif
