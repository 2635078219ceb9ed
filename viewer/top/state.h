/* The live view's state: rows of the recordings, what changed since the look before, and what the user asks to see. Pure but for
 * memory; one thread.
 */
#ifndef NPLUS1_VIEWER_TOP_STATE_H
#define NPLUS1_VIEWER_TOP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/model/model.h"

#define TOP_FILTER 60 /* bytes */

enum top_sort { TOP_BY_EXECUTIONS_S, TOP_BY_TIME_S, TOP_BY_EXECUTIONS, TOP_BY_TIME, TOP_SORTS };

/* A statement at a place, of all databases and ways that lead there. */
struct top_row {
    uint64_t site;
    uint32_t group;   /* one of its groups: that with a finding, if any */
    uint32_t finding; /* the surest; MODEL_NONE: none */
    uint64_t executions, rows, time_ns;
    double executions_s, time_share; /* per second since the look before: executions, and seconds in the database */
};

struct top {
    struct model *model;  /* of the last look; NULL: there was none */
    struct top_row *rows; /* those that are shown, in order */
    uint32_t row_count;
    uint32_t all_rows;
    double executions_s, time_share; /* of everything */
    enum top_sort sort;
    bool findings_only;
    char filter[TOP_FILTER + 1];
    uint64_t selected; /* site; 0: the first row */
    struct top_row *everything, *before;
    uint32_t before_count;
    uint64_t executions_before, time_before;
    bool has_before;
};

/* Takes over the model. seconds: since the look before. */
void top_update(struct top *top, struct model *model, double seconds);

/* Orders and chooses anew: after a change of sort, filter or findings_only. */
void top_arrange(struct top *top);

/* The selected row, and moving from it; -1: there are no rows. */
int top_selected(const struct top *top);
void top_select(struct top *top, int row); /* the nearest that there is */

const char *top_sort_name(enum top_sort sort);

void top_finish(struct top *top);

#endif
