/* A file of suppressions, and which of its lines were needed. One thread; zero-initialise. */
#ifndef NPLUS1_VIEWER_CHECK_SUPPRESSIONS_H
#define NPLUS1_VIEWER_CHECK_SUPPRESSIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "viewer/check/suppression.h"

struct suppressions {
    char *path; /* NULL: none was named */
    struct suppression *at;
    size_t count;
    size_t capacity;
};

/* Adds the lines of the file. Complains and returns false when it cannot be read or a line is wrong. */
bool suppressions_load(struct suppressions *suppressions, const char *path);

/* Whether a line matches; all that do are marked as used. */
bool suppressions_use(struct suppressions *suppressions, const struct model *model, const struct model_finding *finding);

/* Complains, in one line, about those that no finding needed. */
void suppressions_warn_unused(const struct suppressions *suppressions);

/* Complains, after the tests of a suite, in a line each: which lines no finding of the run needed, and which are signatures alone
 * that reports heed and tests cannot (agent/api/suppressions.h). */
void suppressions_tell_suite(struct suppressions *suppressions, const struct model *model);

void suppressions_finish(struct suppressions *suppressions);

#endif
