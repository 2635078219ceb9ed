/* Two models side by side, as plain data; it points into both models, which must last longer. */
#ifndef NPLUS1_EXPORTER_DIFF_TYPES_H
#define NPLUS1_EXPORTER_DIFF_TYPES_H

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
    uint32_t group; /* of its model, the one with most executions; MODEL_NONE: the site is not there */
};

enum diff_source {
    DIFF_DATA_UNKNOWN,
    DIFF_DATA_GIVEN,  /* by the user */
    DIFF_DATA_PARENT, /* rows of the nearest to the root among its parents whose rows grew */
    DIFF_DATA_ROWS,   /* rows of a site that ran as often as before */
};

struct diff_data {
    enum diff_source source;
    uint32_t site; /* whose rows; MODEL_NONE: of none */
    uint64_t old_units, new_units;
    uint64_t old_size, new_size; /* of all units */
};

struct diff_site {
    uint64_t name; /* model_group.site */
    enum diff_state state;
    struct diff_numbers old;
    struct diff_numbers new;
    uint32_t parent;       /* site whose rows its parameters come from; MODEL_NONE: unknown */
    struct diff_data data; /* what its growth is measured by */
    struct growth growth;
    uint64_t predicted; /* executions at diff.factor times the data of the new recording */
};

struct diff_finding {
    enum diff_state state;
    uint32_t old; /* of its model's findings; MODEL_NONE: not there */
    uint32_t new;
    uint32_t first; /* where it is in one model alone: the other's first finding of the same site; MODEL_NONE: it has none */
    uint32_t site;
    uint32_t moved; /* of the diff's findings: the one that is gone where this is new, or the other way round; MODEL_NONE: none */
    bool counts;    /* as new: the caller's to decide; false at first */
};

struct diff {
    const struct model *old;
    const struct model *new;
    struct diff_site *sites; /* those of the new model in its order, then those that are gone */
    uint32_t site_count;
    struct diff_finding *findings; /* those of the new model in its order, then those that are gone */
    uint32_t finding_count;
    uint32_t finding_counts[DIFF_STATES];
    uint32_t site_counts[DIFF_STATES];
    struct diff_data data; /* what most of the growth is measured by */
    double factor;
};

struct diff_options {
    uint64_t old_size; /* of the data; 0: found from the rows */
    uint64_t new_size;
    uint64_t at; /* the size to predict executions for; 0: ten times the new one */
};

#endif
