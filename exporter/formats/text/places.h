/* Where a finding is: its loop, the line that sends the statement, and the ways that lead there. Errors stay in the stream. */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_PLACES_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_PLACES_H

#include "exporter/formats/text/parts.h"

#define TEXT_INDENT 3 /* columns, of what is said of a finding */
#define TEXT_LABEL  8

/* Whether two frames read the same. */
bool text_same_place(const struct model *model, uint32_t a, uint32_t b);

/* The loop, with the source around it, and the line that sends the statement where that is another one. */
void text_write_lines(const struct text *text, const struct model_finding *finding, bool with_source);

/* The same, and the callers. */
void text_write_places(const struct text *text, const struct model_finding *finding);

/* Whether two findings are one to a reader: the same statement at the same place, only through other callers, or on other
 * databases. */
bool text_are_paths(const struct model *model, const struct model_finding *a, const struct model_finding *b);

/* Of two groups at one place: the innermost caller of the other's that is none of the first one's; MODEL_NONE: there is none. */
uint32_t text_where_paths_part(const struct model *model, uint32_t group, uint32_t other);

/* The other paths to the finding's place: findings of the model that text_are_paths holds of. */
void text_write_paths(const struct text *text, const struct model_finding *finding, const uint32_t *paths, uint32_t count);

#endif
