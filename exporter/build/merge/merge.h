/* Merges recordings into one model: equal frames, stacks, statements, databases and groups become one. One thread at a time. */
#ifndef NPLUS1_EXPORTER_BUILD_MERGE_MERGE_H
#define NPLUS1_EXPORTER_BUILD_MERGE_MERGE_H

#include "exporter/advice/sql/statement.h"
#include "exporter/build/workers.h"
#include "exporter/model/model.h"
#include "exporter/recording/tables.h"
#include "exporter/ownership/ownership.h"

struct merge;

/* All must outlive the merge. workers: NULL when one recording is all there is. */
struct merge *merge_create(struct model *model, const struct ownership *ownership, struct sql_statements *parsed,
                           struct workers *workers);
void merge_recording(struct merge *merge, const struct recording *recording);
void merge_destroy(struct merge *merge); /* takes NULL */

#endif
