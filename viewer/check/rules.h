/* Which findings let `check` fail: the --fail-on list, the suppressions, the baseline. */
#ifndef NPLUS1_VIEWER_CHECK_RULES_H
#define NPLUS1_VIEWER_CHECK_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/model/model.h"

struct check_rules;

struct check_rules *check_rules_create(void); /* fails on everything that is at least likely */

/* LIST: items with commas between them, each CONFIDENCE (every kind, at least so sure), KIND (at least likely) or
 * KIND:CONFIDENCE; or setup, for what is allowed as packages alone set a database up. NULL when fine, else what is wrong, to be
 * freed. */
char *check_rules_fail_on(struct check_rules *rules, const char *list);

/* Both complain and return false when the file cannot be used. A baseline is a report --json, a recording or a directory. */
bool check_rules_suppressions(struct check_rules *rules, const char *path);
bool check_rules_baseline(struct check_rules *rules, const char *path);

/* What the configuration says of them, where nothing was said to the rules yet. Complains and returns false when something that
 * is configured cannot be used: what was meant would be checked otherwise. */
bool check_rules_configured(struct check_rules *rules, bool with_baseline);

enum check_answer {
    CHECK_FAILS,
    CHECK_BELOW, /* not a kind or confidence to fail on */
    CHECK_SUPPRESSED,
    CHECK_KNOWN, /* in the baseline */
};

enum check_answer check_rules_ask(struct check_rules *rules, const struct model *model, const struct model_finding *finding);

/* Says of which findings that fail the baseline may have the old name. */
void check_rules_tell_moved(const struct check_rules *rules, const struct model *model, const bool *failing);

/* Complains about suppressions that no finding needed. */
void check_rules_warn_unused(const struct check_rules *rules);
/* The same for what the program allows itself (nplus1_allow_begin). */
void check_rules_warn_allowances(const struct model *model);
/* Complains about recordings in which not everything had room: nothing is found in what is not there. */
void check_rules_warn_left_out(const struct model *model);

void check_rules_destroy(struct check_rules *rules); /* takes NULL */

#endif
