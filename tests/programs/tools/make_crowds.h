/* Recordings with as many groups as are asked for, each kind hard on something else. For make_recording.c alone. */
#ifndef NPLUS1_TESTS_PROGRAMS_TOOLS_MAKE_CROWDS_H
#define NPLUS1_TESTS_PROGRAMS_TOOLS_MAKE_CROWDS_H

#include "tests/unit/exporter/recording_builder.h"

void crowds_add_wide(struct recording_builder *b, uint32_t groups); /* one parent, children from as many places, in two levels */
void crowds_add_alike(struct recording_builder *b,
                      uint32_t groups); /* one statement, one line, callers and parents of their own */
void crowds_add_deep(struct recording_builder *b, uint32_t groups);  /* the stack of each is the one before and a call more */
void crowds_add_ring(struct recording_builder *b, uint32_t groups);  /* each is the next one's parent, the last the first one's */
void crowds_add_knot(struct recording_builder *b, uint32_t groups);  /* as many edges between few groups, both ways */
void crowds_add_texts(struct recording_builder *b, uint32_t groups); /* a statement, function, file, scope, database each */

#endif
