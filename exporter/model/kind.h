/* Kinds of findings: a row each, with all that formats and options need to know of one. Static data, safe from any thread. */
#ifndef NPLUS1_EXPORTER_MODEL_KIND_H
#define NPLUS1_EXPORTER_MODEL_KIND_H

#include "exporter/model/model.h"

#define KIND_COUNT (VERDICT_BATCHED_N_PLUS_ONE + 1) /* VERDICT_NONE included */

enum kind_unit {
    KIND_UNIT_NUMBER,
    KIND_UNIT_NS,
    KIND_UNIT_BITS, /* a set: its value is the number of its members */
};

/* A number that a kind rests on. */
struct kind_field {
    const char *name; /* NULL ends a list */
    enum kind_unit unit;
    size_t offset; /* in the group, or in the finding */
    bool is_of_finding;
    bool is_evidence;      /* beside the numbers that every finding has */
    bool is_left_out_at_0; /* of the evidence */
};

/* A sentence for people. {name} stands for the field of that name. */
struct kind_sentence {
    const char *text;                                                                    /* NULL ends a list */
    bool (*holds)(const struct model_group *group, const struct model_finding *finding); /* NULL: always */
};

struct kind {
    const char *name;         /* "n_plus_one" */
    const char *title;        /* "N+1" */
    const char *nested_title; /* with levels below each other; NULL: the same */
    const char *help;         /* what it is and what to do, for any finding of the kind */
    struct kind_field fields[5];
    struct kind_sentence sentences[4]; /* the first that holds */
    bool is_loop;                      /* each execution is a round trip that the fix saves */
};

/* The row of a kind; of an unknown one a row called "unknown". */
const struct kind *kind_of(enum verdict_kind kind);

/* By its name; VERDICT_NONE: there is none. */
enum verdict_kind kind_named(const char *name);

uint64_t kind_value(const struct kind_field *field, const struct model *model, const struct model_finding *finding);

/* The template that fits the finding. */
const char *kind_sentence(const struct model *model, const struct model_finding *finding);

#endif
