/* Growth of the executions of a group with the data, from two measurements at different sizes of it.
 *
 * Two points make no curve: they give the exponent of the power that goes through both, and the classes are ranges of it. Pure:
 * no state, safe from any thread, allocates nothing.
 */
#ifndef NPLUS1_EXPORTER_DIFF_GROWTH_H
#define NPLUS1_EXPORTER_DIFF_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

#define GROWTH_SCALE_MIN 1.5 /* data that grew by less says nothing */

struct growth_sample {
    uint64_t executions;
    uint64_t units;   /* the work was done so often: executions of the group whose rows are the data; 1 when there is none */
    uint64_t size;    /* of the data of all units: rows */
    uint64_t batched; /* executions with a list of several values */
};

enum growth_class {
    GROWTH_UNKNOWN,     /* the data did not grow, or there is none, or nothing was executed */
    GROWTH_SHRINKING,   /* fewer executions for more data */
    GROWTH_CONSTANT,    /* an exponent below 0.1 */
    GROWTH_LOGARITHMIC, /* as a search in a tree */
    GROWTH_SUBLINEAR,   /* below 0.8: caches, few different values */
    GROWTH_CHUNKED,     /* up to 1.25, but in lists: one execution for many rows */
    GROWTH_LINEAR,      /* up to 1.25 */
    GROWTH_SUPERLINEAR, /* up to 1.75 */
    GROWTH_QUADRATIC,   /* up to 2.25: usually the product of two fan-outs */
    GROWTH_STEEPER,
};

struct growth {
    enum growth_class class;
    double exponent; /* 0 when unknown; so the others */
    double times;    /* executions of a unit, new by old */
    double scale;    /* size of a unit, new by old */
};

struct growth growth_measure(struct growth_sample old, struct growth_sample new);

/* Whether two sizes of a unit are far enough apart. */
bool growth_is_scale(struct growth_sample old, struct growth_sample new);

/* Whether the number grows with the data at all. */
bool growth_is_growing(enum growth_class class);

/* The executions when every unit of the new sample has `factor` times the data. */
uint64_t growth_predict(struct growth growth, struct growth_sample old, struct growth_sample new, double factor);

const char *growth_class_name(enum growth_class class); /* "linear", ...; NULL when unknown */

#endif
