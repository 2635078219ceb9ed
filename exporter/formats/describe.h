/* A finding in words, for every format that people read. Pure; what is returned belongs to the caller. */
#ifndef NPLUS1_EXPORTER_FORMATS_DESCRIBE_H
#define NPLUS1_EXPORTER_FORMATS_DESCRIBE_H

#include "exporter/model/model.h"

/* Why a finding is as sure as it is, where that is not as usual. */
enum describe_why {
    DESCRIBE_USUAL,
    DESCRIBE_HINT,     /* likely although there were fewer executions than the threshold: their parameters hint at a parent */
    DESCRIBE_REQUESTS, /* only possible as a test's client asks in the same process: nobody sees how often */
    DESCRIBE_FEW,      /* only possible although units of work were seen: none of them has enough executions */
};

enum describe_why describe_why(const struct model *model, const struct model_finding *finding);

/* "proven: its parameters come from the rows of its parent"; a static text. */
const char *describe_confidence(enum verdict_kind kind, enum verdict_confidence confidence, enum describe_why why);

/* "5,000 executions with 5,000 different values, up to 50 for one execution of the parent" */
char *describe_finding(const struct model *model, const struct model_finding *finding);

/* "column id of the parent -> parameter 1 (30 of 30 executions)", or "column id of the rows of select id from t -> ..." where the
 * reader does not see the parent beside it; NULL: no source of the parameters is known. */
char *describe_join(const struct model *model, const struct model_finding *finding, bool parent_is_shown);

/* "24 executions have the values of column id of the rows of select ...": beside those of the finding's parent; NULL: there are
 * none. */
char *describe_also(const struct model *model, const struct model_finding *finding);

/* "7 more databases, 320 executions in all: b.db, c.db, ..."; NULL: it is on one. */
char *describe_databases(const struct model *model, const struct model_finding *finding);

/* Where the program's functions are not on the stack: how they were found, or that they were not; NULL: they are. A static
 * text. */
const char *describe_await(const struct model *model, const struct model_finding *finding);

#endif
