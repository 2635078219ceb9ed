/* Between the files that build a model. Not for users of model.h. */
#ifndef NPLUS1_EXPORTER_BUILD_BUILD_H
#define NPLUS1_EXPORTER_BUILD_BUILD_H

#include "exporter/symbols/frames.h"
#include "exporter/base/map.h"
#include "exporter/model/model.h"
#include "exporter/recording/recording.h"
#include "exporter/symbols/symbols.h"

/* A model while it grows; model.h's struct comes first so that the two convert. */
struct model_data {
    struct model model;
    struct text_pool pool;
    struct ownership ownership; /* while it grows */
};

/* Finds what two recordings have in common. */
struct merge;

struct merge *merge_create(struct model_data *data);
void merge_recording(struct merge *merge, const struct recording *recording);
void merge_destroy(struct merge *merge); /* takes NULL */

/* Decides on every group; fills findings, and edge and finding of the groups. */
void findings_decide(struct model_data *data);

/* Names the place of every group: its statement, database system and the program's own functions on the stack. */
void signatures_place(struct model *model);

/* The finding's stable name, from its kind and its group's place. */
uint64_t signature_compute(const struct model *model, enum verdict_kind kind, uint32_t group);

void model_add_note(struct model_data *data, const char *note); /* copied; equal ones once */

#endif
