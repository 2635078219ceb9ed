#include "viewer/check/rules.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/complain.h"
#include "exporter/base/alloc.h"
#include "viewer/check/baseline.h"
#include "viewer/check/suppressions.h"
#include "viewer/config/config.h"
#include "viewer/words/suggestion.h"
#include "exporter/model/names.h"
#include "exporter/model/kind.h"

#define SETUP "setup"

struct check_rules {
    enum verdict_confidence least[KIND_COUNT]; /* none: never fails */
    struct baseline baseline;
    struct suppressions suppressions;
    bool counts_setup;           /* what packages alone do to set a database up */
    bool has_list, has_baseline; /* something was said about them */
};

struct check_rules *check_rules_create(void)
{
    struct check_rules *r = alloc_zeroed(1, sizeof *r);
    for (enum verdict_kind kind = 1; kind < KIND_COUNT; kind++)
        r->least[kind] = VERDICT_LIKELY;
    return r;
}

static enum verdict_confidence confidence_of(const char *word)
{
    for (enum verdict_confidence c = VERDICT_POSSIBLE; c <= VERDICT_PROVEN; c++) {
        if (strcmp(word, model_confidence_name(c)) == 0)
            return c;
    }
    return VERDICT_CONFIDENCE_NONE;
}

static void include(struct check_rules *r, enum verdict_kind kind, enum verdict_confidence least)
{
    if (r->least[kind] == VERDICT_CONFIDENCE_NONE || r->least[kind] > least)
        r->least[kind] = least;
}

static void include_all(struct check_rules *r, enum verdict_confidence least)
{
    for (enum verdict_kind kind = 1; kind < KIND_COUNT; kind++)
        include(r, kind, least);
}

static bool fail_on_item(struct check_rules *r, char *item)
{
    char *colon = strchr(item, ':');
    enum verdict_confidence least = VERDICT_LIKELY;
    if (strcmp(item, SETUP) == 0) {
        r->counts_setup = true;
        return true;
    }
    if (colon) {
        *colon = '\0';
        least = confidence_of(colon + 1);
    } else if (confidence_of(item)) {
        include_all(r, confidence_of(item));
        return true;
    }
    enum verdict_kind kind = kind_named(item);
    if (kind && least)
        include(r, kind, least);
    return kind && least;
}

static char *describe_item(const char *said)
{
    struct suggestion s = suggestion_of_part(said, strcspn(said, ":"));
    for (enum verdict_kind kind = 1; kind < KIND_COUNT; kind++)
        suggestion_offer(&s, kind_of(kind)->name);
    for (enum verdict_confidence c = VERDICT_POSSIBLE; c <= VERDICT_PROVEN; c++)
        suggestion_offer(&s, model_confidence_name(c));
    suggestion_offer(&s, SETUP);
    char *meant = suggestion_words(&s, "");
    char *words = alloc_format("'%s' is not a kind, a confidence, KIND:CONFIDENCE or setup%s", said, meant);
    free(meant);
    return words;
}

char *check_rules_fail_on(struct check_rules *r, const char *list)
{
    char *copy = alloc_format("%s", list);
    char *wrong = NULL;
    char *rest = copy;
    memset(r->least, 0, sizeof r->least);
    r->counts_setup = false;
    r->has_list = true;
    if (strcmp(list, SETUP) == 0)
        include_all(r, VERDICT_LIKELY);
    for (char *item; !wrong && (item = strsep(&rest, ","));) {
        char *said = alloc_format("%s", item);
        if (!fail_on_item(r, item))
            wrong = describe_item(said);
        free(said);
    }
    free(copy);
    return wrong;
}

bool check_rules_suppressions(struct check_rules *r, const char *path)
{
    return suppressions_load(&r->suppressions, path);
}

bool check_rules_baseline(struct check_rules *r, const char *path)
{
    r->has_baseline = true;
    return baseline_load(&r->baseline, path);
}

bool check_rules_configured(struct check_rules *r, bool with_baseline)
{
    bool refused = false;
    const char *list = r->has_list ? NULL : config_text(CONFIG_FAIL_ON);
    char *wrong = list ? check_rules_fail_on(r, list) : NULL;
    if (wrong)
        complain(config_place(CONFIG_FAIL_ON), "fail-on: %s", wrong);
    refused = wrong != NULL;
    free(wrong);
    char *suppressions = r->suppressions.path ? NULL : config_path(CONFIG_SUPPRESSIONS, &refused);
    char *baseline = r->has_baseline || !with_baseline ? NULL : config_path(CONFIG_BASELINE, &refused);
    refused = refused || (suppressions && !check_rules_suppressions(r, suppressions));
    refused = refused || (baseline && !check_rules_baseline(r, baseline));
    free(baseline);
    free(suppressions);
    return !refused && !config_is_wrong();
}

enum check_answer check_rules_ask(struct check_rules *r, const struct model *model, const struct model_finding *f)
{
    bool suppressed = suppressions_use(&r->suppressions, model, f);
    enum verdict_confidence least = f->kind < KIND_COUNT ? r->least[f->kind] : VERDICT_CONFIDENCE_NONE;
    if (least == VERDICT_CONFIDENCE_NONE || f->confidence < least)
        return CHECK_BELOW;
    if (suppressed || (f->allowed && !(f->is_setup && r->counts_setup)))
        return CHECK_SUPPRESSED;
    return baseline_has(&r->baseline, f) ? CHECK_KNOWN : CHECK_FAILS;
}

void check_rules_warn_unused(const struct check_rules *r)
{
    suppressions_warn_unused(&r->suppressions);
}

void check_rules_tell_moved(const struct check_rules *r, const struct model *model, const bool *failing)
{
    baseline_tell_moved(&r->baseline, model, failing);
}

void check_rules_warn_allowances(const struct model *model)
{
    for (uint32_t i = 0; i < model->visit_count; i++) {
        const struct model_visit *v = &model->visits[i];
        bool needed = !v->allows, first = true;
        for (uint32_t k = 0; k < model->visit_count && !needed; k++) {
            const struct model_visit *other = &model->visits[k];
            if (!other->allows || strcmp(other->scope, v->scope) != 0)
                continue;
            needed = model->groups[other->group].finding != MODEL_NONE;
            first = first && k >= i;
        }
        if (!needed && first)
            complain("check", "what is allowed as '%.100s' needs no allowance; remove it", v->scope);
    }
}

void check_rules_warn_left_out(const struct model *model)
{
    for (uint32_t i = 0; i < model->process_count; i++) {
        const struct model_process *p = &model->processes[i];
        if (!model_is_readable(p))
            continue; /* of what is damaged the reader has told */
        if (p->left_out_connections > 0)
            complain(p->recording, "%llu %s not followed, whatever went through: `nplus1 doctor` tells why",
                     (unsigned long long)p->left_out_connections,
                     p->left_out_connections == 1 ? "connection to PostgreSQL was" : "connections to PostgreSQL were");
        if (model_is_complete(p))
            continue;
        complain(p->recording,
                 "is incomplete: %llu executions count in the totals only, %llu records did not fit; the limit of "
                 "NPLUS1_MAX_STREAM or NPLUS1_MAX_MEMORY was reached, or the disk's",
                 (unsigned long long)p->left_out, (unsigned long long)p->left_out_groups);
    }
}

void check_rules_destroy(struct check_rules *r)
{
    if (!r)
        return;
    suppressions_finish(&r->suppressions);
    baseline_finish(&r->baseline);
    free(r);
}
