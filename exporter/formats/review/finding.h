/* A finding as a reviewer's tool shows it: a level, a message, and places in files. Pure. */
#ifndef NPLUS1_EXPORTER_FORMATS_REVIEW_FINDING_H
#define NPLUS1_EXPORTER_FORMATS_REVIEW_FINDING_H

#include <stdbool.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

/* Of a model that has not all (model_has_all): no finding is no clean bill then. */
#define REVIEW_MISSING "Something is missing from the recording, and nothing is found in it: nplus1 report says what."

enum review_level {
    REVIEW_ERROR,   /* proven */
    REVIEW_WARNING, /* likely */
    REVIEW_NOTE,    /* possible, or allowed */
    REVIEW_LEVELS,
};

enum review_level review_level(const struct model_finding *finding);

/* A place in a file. Borrowed from the model. */
struct review_place {
    const char *path;     /* relative to the root when it lies below; NULL: no file is known */
    bool is_relative;     /* to the root */
    uint32_t line;        /* 0: unknown */
    const char *function; /* NULL: unknown */
};

struct review_place review_frame_place(const struct model *model, uint32_t frame, const struct format_options *options);

/* Where a group sends its statement. */
struct review_place review_place(const struct model *model, uint32_t group, const struct format_options *options);

/* The line to change: the loop where it is known, else where the statement is sent, as check has it. */
struct review_place review_line(const struct model *model, const struct model_finding *finding,
                                const struct format_options *options);

/* "N+1: 30 executions with 30 different values, up to 30 for one execution of the parent", with the statement behind it, cut to
 * `width` columns; 0: without. The caller frees it. */
char *review_headline(const struct model *model, const struct model_finding *finding, size_t width);

/* Sentences: how sure it is, where the parameters come from, what to do, and the SQL. The caller frees it. */
char *review_details(const struct model *model, const struct model_finding *finding);

/* The same for what stands at review_line: where the statement is sent goes before it, where that is elsewhere. */
char *review_details_at_line(const struct model *model, const struct model_finding *finding,
                             const struct format_options *options);

#endif
