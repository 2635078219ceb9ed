#include "exporter/formats/text/findings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/model/cost.h"
#include "exporter/model/kind.h"
#include "exporter/formats/describe.h"
#include "exporter/formats/printable.h"
#include "exporter/formats/text/places.h"
#include "exporter/model/chain.h"
#include "exporter/model/names.h"
#include "exporter/model/system.h"

#define INDENT       3
#define LABEL        8
#define SCOPES_SHOWN 5
#define NAMES_SHOWN  8
#define PLACES_SHOWN 3
#define PLACES_KEPT  64 /* that are told apart */
#define PLACE_WIDTH  60 /* columns */

static void write_level(const struct text *t, uint32_t group, int depth)
{
    const struct model *model = t->model;
    const struct model_group *g = &model->groups[group];
    const struct model_finding *f = g->finding != MODEL_NONE ? &model->findings[g->finding] : NULL;
    char number[PRINTABLE_NUMBER];
    size_t used = INDENT + 13 + 2 * (size_t)depth;
    size_t width = t->options->width > used + 20 ? t->options->width - used : 20;

    fprintf(t->out, "%*s", INDENT, "");
    text_style(t, f ? TEXT_ALARM : TEXT_PLAIN);
    fprintf(t->out, "%10s x", printable_number(g->executions, number));
    text_style(t, TEXT_PLAIN);
    fprintf(t->out, " %*s", 2 * depth, "");
    text_style(t, TEXT_CODE);
    printable_write(t->out, model->statements[g->statement].text, width);
    text_style(t, TEXT_PLAIN);
    putc('\n', t->out);

    fprintf(t->out, "%*s", (int)used, "");
    text_style(t, TEXT_DIM);
    char most[PRINTABLE_NUMBER];
    bool is_below_parent = f && f->parent != MODEL_NONE && (depth > 0 || f->parent == group); /* which stands above */
    char *numbers = is_below_parent && f->max_per_episode > 0
                        ? alloc_format(", %s %s, up to %s for each", printable_number(g->rows, number),
                                       text_plural(g->rows, "row", "rows"), printable_number(f->max_per_episode, most))
                        : alloc_format(", %s %s", printable_number(g->rows, number), text_plural(g->rows, "row", "rows"));
    text_write_place(model, g->location, t->options, t->out, width > strlen(numbers) + 20 ? width - strlen(numbers) : 20);
    fputs(numbers, t->out);
    free(numbers);
    text_style(t, TEXT_PLAIN);
    putc('\n', t->out);
}

/* Depth first; the groups of a tree are few, so looking through all of them for children is fine. */
static void write_levels(const struct text *t, const uint32_t *groups, uint32_t count, uint32_t root, uint32_t group, int depth)
{
    write_level(t, group, depth);
    for (uint32_t i = 0; i < count && depth < TREES_DEPTH_MAX; i++) {
        if (groups[i] != group && groups[i] != root && chain_parent(t->model, groups[i]) == group)
            write_levels(t, groups, count, root, groups[i], depth + 1);
    }
}

static void write_tree_lines(const struct text *t, const struct tree *tree)
{
    uint32_t *groups = NULL;
    uint32_t count = 0;
    uint32_t capacity = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        uint32_t path[TREES_DEPTH_MAX];
        uint32_t length = trees_path(t->model, tree->root, t->model->findings[tree->findings[i]].group, path);
        for (uint32_t j = 0; j < length; j++) {
            bool known = path[j] == tree->root;
            for (uint32_t k = 0; k < count && !known; k++)
                known = groups[k] == path[j];
            if (known)
                continue;
            ALLOC_GROW(groups, count, capacity);
            groups[count++] = path[j];
        }
    }
    write_levels(t, groups, count, tree->root, tree->root, 0);
    free(groups);
}

/* Takes over the words. */
static void write_field(const struct text *t, const char *label, char *words)
{
    text_field(t, label, INDENT, LABEL, words, 4);
    free(words);
}

static bool is_named(const struct model *model, uint32_t place, uint32_t own, const uint32_t *places, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < PLACES_KEPT; i++) {
        if (text_same_place(model, place, places[i]))
            return true;
    }
    return text_same_place(model, place, own);
}

/* Where a group that asks what the finding's asks differs from it: its place, or else its caller. MODEL_NONE: nowhere. */
static uint32_t where_else(const struct model *model, const struct model_finding *f, uint32_t group, bool by_caller)
{
    const struct model_group *own = &model->groups[f->group];
    const struct model_group *g = &model->groups[group];
    if (group == f->group || g->statement != own->statement || g->database != own->database)
        return MODEL_NONE;
    return by_caller ? text_where_paths_part(model, f->group, group) : g->location;
}

/* Returns how many there are, of which the first are written. */
static uint32_t write_elsewhere(const struct text *t, const struct model_finding *f, bool by_caller, FILE *out)
{
    const struct model *model = t->model;
    char number[PRINTABLE_NUMBER];
    uint32_t places[PLACES_KEPT];
    uint32_t others = 0;
    for (uint32_t i = 0; i < model->group_count; i++) {
        uint32_t place = where_else(model, f, i, by_caller);
        if (place == MODEL_NONE || is_named(model, place, model->groups[f->group].location, places, others))
            continue;
        if (others < PLACES_KEPT)
            places[others] = place;
        if (others++ >= PLACES_SHOWN)
            continue;
        fputs(others > 1 ? ", " : by_caller ? "; also from " : "; also at ", out);
        text_write_place(model, place, t->options, out, PLACE_WIDTH);
    }
    if (others > PLACES_SHOWN)
        fprintf(out, " and %s more", printable_number(others - PLACES_SHOWN, number));
    return others;
}

/* Says that several places ask alike, or one for several callers, and where the others are; to be freed. */
static char *describe_repeated_elsewhere(const struct text *t, const struct model_finding *f)
{
    char number[PRINTABLE_NUMBER];
    char *words = NULL;
    size_t size;
    FILE *out = open_memstream(&words, &size);
    if (!out)
        alloc_failed();
    fprintf(out, "%s times, this place and others asked what the same unit of work had asked before",
            printable_number(t->model->groups[f->group].repeated + f->repeated_elsewhere, number));
    if (write_elsewhere(t, f, false, out) == 0)
        write_elsewhere(t, f, true, out);
    if (fclose(out) != 0)
        alloc_failed();
    return words;
}

static void write_scopes(const struct text *t, const struct model_finding *f)
{
    const struct model_group *g = &t->model->groups[f->group];
    for (uint32_t i = 0; i < g->visit_count && i < SCOPES_SHOWN; i++) {
        const struct model_visit *v = &t->model->visits[g->visit + i];
        char executions[PRINTABLE_NUMBER];
        char entered[PRINTABLE_NUMBER];
        write_field(t, i == 0 ? "in" : "",
                    alloc_format("%s: %s executions in %s %s", v->scope, printable_number(v->executions, executions),
                                 printable_number(v->stays, entered), text_plural(v->stays, "scope", "scopes")));
    }
    if (g->visit_count > SCOPES_SHOWN)
        write_field(t, "", alloc_format("and %u more", g->visit_count - SCOPES_SHOWN));
}

static void write_facts(const struct text *t, const struct model_finding *f)
{
    write_field(t, "what", f->repeated_elsewhere ? describe_repeated_elsewhere(t, f) : describe_finding(t->model, f));
}

static void write_join(const struct text *t, const struct model_finding *f)
{
    char *words = describe_join(t->model, f, f->root != f->group);
    if (words)
        write_field(t, "join", words);
    char *also = describe_also(t->model, f);
    if (also)
        write_field(t, "also", also);
}

/* Each path is a finding of its own to check, suppressions and baselines. */
static void write_name(const struct text *t, const struct model_finding *f, const uint32_t *paths, uint32_t count)
{
    char *words = NULL;
    size_t size;
    FILE *out = open_memstream(&words, &size);
    if (!out)
        alloc_failed();
    fprintf(out, "%016" PRIx64, f->signature);
    for (uint32_t i = 0; i < count && i < NAMES_SHOWN; i++)
        fprintf(out, "%s%016" PRIx64,
                i > 0       ? ", "
                : count > 1 ? "; of the other paths "
                            : "; of the other path ",
                t->model->findings[paths[i]].signature);
    if (count > NAMES_SHOWN)
        fprintf(out, " and %u more", count - NAMES_SHOWN);
    if (fclose(out) != 0)
        alloc_failed();
    text_label(t, "name", INDENT, LABEL);
    text_style(t, TEXT_DIM);
    text_paragraph(t, words, INDENT + LABEL, 4);
    text_style(t, TEXT_PLAIN);
    free(words);
}

/* Other paths to the finding's place; ret_count of them, to be freed. */
static uint32_t *paths_of(const struct text *t, const struct tree *tree, const struct model_finding *f, uint32_t *ret_count)
{
    uint32_t *paths = alloc_resize(NULL, tree->path_count, sizeof *paths);
    *ret_count = 0;
    for (uint32_t i = 0; i < tree->path_count; i++) {
        if (text_are_paths(t->model, f, &t->model->findings[tree->paths[i]]))
            paths[(*ret_count)++] = tree->paths[i];
    }
    return paths;
}

static void write_finding(const struct text *t, const struct tree *tree, const struct model_finding *f)
{
    uint32_t count;
    uint32_t *paths = paths_of(t, tree, f, &count);
    putc('\n', t->out);
    text_write_places(t, f);
    text_write_paths(t, f, paths, count);
    write_facts(t, f);
    char *databases = describe_databases(t->model, f);
    if (databases)
        write_field(t, "also on", databases);
    write_join(t, f);
    write_scopes(t, f);
    if (f->allowed)
        text_field(t, "allowed", INDENT, LABEL, f->allowed, 2);
    text_field(t, "fix", INDENT, LABEL, f->advice.text, 4);
    if (f->advice.sql) {
        fprintf(t->out, "%*s", INDENT + LABEL, "");
        text_style(t, TEXT_CODE);
        text_paragraph(t, f->advice.sql, INDENT + LABEL, 6);
        text_style(t, TEXT_PLAIN);
    }
    write_name(t, f, paths, count);
    free(paths);
}

static uint64_t limited_product(uint64_t a, uint64_t b)
{
    return b > 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static bool is_remote(const struct model *model, uint32_t group)
{
    return system_of(model_system(model, group))->is_remote;
}

/* What differs by so little that it reads the same is no gain. */
static bool reads_the_same(struct cost cost)
{
    char before[PRINTABLE_NUMBER];
    char later[PRINTABLE_NUMBER];
    return strcmp(printable_time(limited_product(cost.now, 1000000), before),
                  printable_time(limited_product(cost.fixed, 1000000), later)) == 0;
}

/* The time of waiting for a network, now and when fixed. */
static char *describe_round_trips(const struct text *t, struct cost cost)
{
    static const uint64_t common_ns[] = {1000000, 5000000, 30000000};
    uint64_t own_ns = t->options->round_trip_ns;
    const uint64_t *round_trips_ns = own_ns ? &own_ns : common_ns;
    size_t count = own_ns ? 1 : sizeof common_ns / sizeof *common_ns;
    char *words = alloc_format("; with round trips of ");
    for (size_t i = 0; i < count; i++) {
        uint64_t ns = round_trips_ns[i];
        char each[TEXT_ROUND_TRIP];
        char before[PRINTABLE_NUMBER];
        char later[PRINTABLE_NUMBER];
        char *more = alloc_format("%s%s%s: %s -> %s", words, i ? "; " : "", text_round_trip(ns, each),
                                  printable_time(limited_product(cost.now, ns), before),
                                  printable_time(limited_product(cost.fixed, ns), later));
        free(words);
        words = more;
    }
    return words;
}

/* What is spent, and what a fix gains: round trips to a server, executions of what is in the same process. */
static void write_cost(const struct text *t, const struct tree *tree)
{
    struct cost cost = cost_of(t->model, tree->root, tree->findings, tree->count);
    uint64_t time = 0;
    for (uint32_t i = 0; i < tree->count; i++)
        time += t->model->findings[tree->findings[i]].time_ns;
    char here[PRINTABLE_NUMBER];
    char before[PRINTABLE_NUMBER];
    char later[PRINTABLE_NUMBER];
    char *gain = cost.fixed >= cost.now || reads_the_same(cost) ? alloc_format("%s", "")
                 : is_remote(t->model, t->model->findings[tree->findings[0]].group)
                     ? describe_round_trips(t, cost)
                     : alloc_format("; %s executions -> %s", printable_number(cost.now, before),
                                    printable_number(cost.fixed, later));
    putc('\n', t->out);
    write_field(t, "time",
                alloc_format("%s in the database here%s%s", printable_time(time, here), gain, *gain ? " when fixed" : ""));
    free(gain);
}

static void write_tree(const struct text *t, const struct tree *tree, unsigned number)
{
    const struct model *model = t->model;
    const struct model_finding *first = &model->findings[tree->findings[0]];
    const struct kind *kind = kind_of(first->kind);
    enum verdict_confidence confidence = first->confidence;
    enum describe_why why = describe_why(model, first);
    int levels = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct model_finding *f = &model->findings[tree->findings[i]];
        why = why == describe_why(model, f) ? why : DESCRIBE_USUAL;
        int depth = trees_depth(model, tree->root, f->group);
        confidence = f->confidence > confidence ? f->confidence : confidence;
        levels = depth > levels ? depth : levels;
    }
    fprintf(t->out, "\n%u. ", number);
    text_style(t, TEXT_BOLD);
    fputs(levels > 1 && kind->nested_title ? kind->nested_title : kind->title, t->out);
    text_style(t, TEXT_PLAIN);
    fprintf(t->out, ", %s\n", describe_confidence(first->kind, confidence, why));
    write_tree_lines(t, tree);
    for (uint32_t i = 0; i < tree->count; i++)
        write_finding(t, tree, &model->findings[tree->findings[i]]);
    if (kind->is_loop)
        write_cost(t, tree);
}

void text_write_findings(const struct text *t, const struct trees *trees)
{
    uint32_t shown = 0;
    uint32_t left = 0;
    for (uint32_t i = 0; i < trees->count; i++) {
        struct tree tree = trees->list[i];
        if (tree.count > TEXT_FINDINGS_MAX - shown)
            tree.count = TEXT_FINDINGS_MAX - shown;
        left += trees->list[i].count - tree.count;
        shown += tree.count;
        if (tree.count > 0)
            write_tree(t, &tree, i + 1);
    }
    if (left > 0) {
        char digits[PRINTABLE_NUMBER];
        fprintf(t->out, "\n%s more %s not shown here; --json has %s\n", printable_number(left, digits),
                text_plural(left, "finding is", "findings are"), text_plural(left, "it", "them all"));
    }
}
