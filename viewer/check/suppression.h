/* One line of a suppressions file: a signature, or KEY=GLOB pairs that must all match. Where both are, the signature alone
 * decides here, and the pairs in tests, which know no signatures. # begins a comment.
 *
 *     1f0c88a2b34d5e6f kind=n_plus_one function="load_*"
 *     kind=n_plus_one file=src/legacy/?*.c function=load_* statement="select * from settings*"
 *
 * A file's glob that does not start with / matches from any component of the path on.
 */
#ifndef NPLUS1_VIEWER_CHECK_SUPPRESSION_H
#define NPLUS1_VIEWER_CHECK_SUPPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/model/model.h"

struct suppression {
    unsigned line;
    bool used;
    bool by_signature;
    uint64_t signature;
    char *kind; /* NULL: any; so the others */
    char *file;
    char *function;
    char *statement;
};

enum suppression_line {
    SUPPRESSION_RULE,
    SUPPRESSION_EMPTY,
    SUPPRESSION_WRONG,
};

/* *wrong: why the line cannot be used, to be freed. A rule's texts belong to it. */
enum suppression_line suppression_parse(struct suppression *ret, const char *text, unsigned line, char **wrong);

bool suppression_matches(const struct suppression *suppression, const struct model *model, const struct model_finding *finding);

void suppression_finish(struct suppression *suppression);

#endif
