/* Two models side by side: which findings are new, gone or changed, and how each statement grows with the data.
 *
 * Findings are matched by signature, groups by the name of their site, so neither moved lines nor another database's name,
 * process or folder make a difference. Plain data, read-only once built, but for `counts`; it points into both models, which must
 * last longer. One thread while building.
 */
#ifndef NPLUS1_EXPORTER_DIFF_DIFF_H
#define NPLUS1_EXPORTER_DIFF_DIFF_H

#include "exporter/diff/types.h"
#include "exporter/diff/diff.h"

struct diff *diff_create(const struct model *old, const struct model *new, const struct diff_options *options);

const char *diff_state_name(enum diff_state state); /* "new", "gone", "changed", "same" */

/* The group that stands for the site: the new model's, or the old one's where it is gone. */
uint32_t diff_group(const struct diff *diff, uint32_t site, const struct model **ret_model);

void diff_destroy(struct diff *diff); /* takes NULL */

#endif
