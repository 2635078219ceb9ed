/* Findings that were there before, from a recording, a directory of them, or a file that report --json wrote. They are told by
 * their names; of those that are gone, each that asked what a new one asks is told beside it: the file or the function was
 * renamed. */
#ifndef NPLUS1_VIEWER_CHECK_BASELINE_H
#define NPLUS1_VIEWER_CHECK_BASELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/base/map.h"
#include "exporter/model/model.h"

struct baseline {
    struct map names; /* to findings */
    struct baseline_finding *findings;
    uint32_t count, capacity;
};

/* Complains and returns false when the file cannot be used. */
bool baseline_load(struct baseline *baseline, const char *path);

/* That one, or the first one of its site: on how many databases a program works makes no difference. */
bool baseline_has(const struct baseline *baseline, const struct model_finding *finding);

/* Complains of each of the model's findings that is marked and may be one of the baseline that is gone: of those two alone it is
 * known that they ask the same. */
void baseline_tell_moved(const struct baseline *baseline, const struct model *model, const bool *marked);

void baseline_finish(struct baseline *baseline);

#endif
