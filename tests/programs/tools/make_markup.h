/* Recordings whose texts mean something to the formats that a report is exported in. */
#ifndef NPLUS1_TESTS_PROGRAMS_TOOLS_MAKE_MARKUP_H
#define NPLUS1_TESTS_PROGRAMS_TOOLS_MAKE_MARKUP_H

#include "tests/unit/exporter/recording_builder.h"

/* Markup and commands in SQL, names of functions, files, columns, databases and scopes, and in the program's name. */
void markup_add(struct recording_builder *builder);

/* A finding whose texts are `size` bytes each. */
void markup_add_long(struct recording_builder *builder, size_t size);

/* So many findings, each of a statement of its own, in scopes by turns where there are some. */
void markup_add_many(struct recording_builder *builder, uint32_t findings);

/* Groups that are each other's parents. */
void markup_add_circle(struct recording_builder *builder);

#endif
