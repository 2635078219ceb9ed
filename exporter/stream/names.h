/* Whether a column's name says that its values are those that a child asks for, by the names and the texts of both statements:
 * one rule for the agent, which chooses among columns, and for readers, which compare what several processes chose. Pure. */
#ifndef NPLUS1_EXPORTER_STREAM_NAMES_H
#define NPLUS1_EXPORTER_STREAM_NAMES_H

#include <stddef.h>

enum names_fit { NAMES_PLAIN, NAMES_SAME, NAMES_BETTER, NAMES_WELL };

/* A normalised text; need not be terminated. */
struct names_text {
    const char *text;
    size_t length;
};

#define NAMES_MAX 64 /* bytes of a column's name that stands behind another one */

/* column: of the parent's result, whose own name is looked for where the parent's text gives it that one (id AS id_1); compared:
 * the one that the child's parameter is compared with. */
enum names_fit names_fit(const char *column, const char *compared, struct names_text parent, struct names_text child);

#endif
