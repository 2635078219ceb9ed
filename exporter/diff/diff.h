/* Two models side by side: which findings are new, gone or changed, and how each statement grows with the data.
 *
 * Findings are matched by signature, groups by the name of their place, so neither moved lines nor another database's name,
 * process or folder make a difference. Plain data, read-only once built, but for `counts`; it points into both models, which must
 * last longer. One thread while building.
 */
#ifndef NPLUS1_EXPORTER_DIFF_DIFF_H
#define NPLUS1_EXPORTER_DIFF_DIFF_H

#include "exporter/diff/growth.h"
#include "exporter/model/model.h"

enum diff_state {
    DIFF_NEW,
    DIFF_GONE,
    DIFF_CHANGED, /* in its numbers, other than time */
    DIFF_SAME,
};
#define DIFF_STATES (DIFF_SAME + 1)

struct diff_numbers {
    uint64_t executions;
    uint64_t rows;
    uint64_t time_ns;
    uint64_t errors;
    uint64_t batched;
    uint32_t group; /* of its model, the one with most executions; MODEL_NONE: the place is not there */
};

enum diff_source {
    DIFF_DATA_UNKNOWN,
    DIFF_DATA_GIVEN,  /* by the user */
    DIFF_DATA_PARENT, /* rows of the nearest to the root among its parents whose rows grew */
    DIFF_DATA_ROWS,   /* rows of a place that ran as often as before */
};

struct diff_data {
    enum diff_source source;
    uint32_t place; /* whose rows; MODEL_NONE: of none */
    uint64_t old_units, new_units;
    uint64_t old_size, new_size; /* of all units */
};

struct diff_place {
    uint64_t name; /* model_group.place */
    enum diff_state state;
    struct diff_numbers old;
    struct diff_numbers new;
    uint32_t parent;       /* place whose rows its parameters come from; MODEL_NONE: unknown */
    struct diff_data data; /* what its growth is measured by */
    struct growth growth;
    uint64_t predicted; /* executions at diff.factor times the data of the new recording */
};

struct diff_finding {
    enum diff_state state;
    uint32_t old; /* of its model's findings; MODEL_NONE: not there */
    uint32_t new;
    uint32_t place;
    bool counts; /* as new: the caller's to decide; false at first */
};

struct diff {
    const struct model *old;
    const struct model *new;
    struct diff_place *places; /* those of the new model in its order, then those that are gone */
    uint32_t place_count;
    struct diff_finding *findings; /* those of the new model in its order, then those that are gone */
    uint32_t finding_count;
    uint32_t finding_counts[DIFF_STATES];
    uint32_t place_counts[DIFF_STATES];
    struct diff_data data; /* what most of the growth is measured by */
    double factor;
};

struct diff_options {
    uint64_t old_size; /* of the data; 0: found from the rows */
    uint64_t new_size;
    uint64_t at; /* the size to predict executions for; 0: ten times the new one */
};

struct diff *diff_create(const struct model *old, const struct model *new, const struct diff_options *options);

const char *diff_state_name(enum diff_state state); /* "new", "gone", "changed", "same" */

/* The group that stands for the place: the new model's, or the old one's where it is gone. */
uint32_t diff_group(const struct diff *diff, uint32_t place, const struct model **ret_model);

void diff_destroy(struct diff *diff); /* takes NULL */

#endif
