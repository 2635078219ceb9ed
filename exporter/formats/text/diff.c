#include "exporter/formats/text/diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/formats/text/growth.h"
#include "exporter/base/alloc.h"
#include "exporter/formats/printable.h"
#include "exporter/formats/text/parts.h"
#include "exporter/formats/text/places.h"
#include "exporter/model/names.h"
#include "exporter/diff/diff.h"
#include "exporter/model/kind.h"

#define INDENT       3
#define LABEL        8
#define FINDINGS_MAX 20 /* of each state */
#define SITES_MAX    10
#define MOVED_WIDTH  50 /* columns */

struct view {
    const struct diff *diff;
    struct text new; /* writes of the new model */
    struct text old;
};

static const struct text *side(const struct view *v, bool old)
{
    return old ? &v->old : &v->new;
}

/* Takes over the words; NULL: nothing is written. */
static void write_field(const struct text *t, const char *label, char *words)
{
    if (words)
        text_field(t, label, INDENT, LABEL, words, 6);
    free(words);
}

/* "5 -> 5,000", or one number where there is only one. */
static char *change(const struct diff_site *p, uint64_t old, uint64_t new)
{
    char a[PRINTABLE_NUMBER];
    char b[PRINTABLE_NUMBER];
    if (p->old.group == MODEL_NONE || p->new.group == MODEL_NONE)
        return alloc_format("%s", printable_number(p->new.group == MODEL_NONE ? old : new, a));
    return alloc_format("%s -> %s", printable_number(old, a), printable_number(new, b));
}

static void write_heading(const struct view *v, const struct diff_finding *f, unsigned number)
{
    const struct text *t = &v->new;
    const struct model_finding *old = f->old != MODEL_NONE ? &v->diff->old->findings[f->old] : NULL;
    const struct model_finding *new = f->new != MODEL_NONE ? &v->diff->new->findings[f->new] : NULL;
    const struct model_finding *any = new ? new : old;
    fprintf(t->out, "\n%u. ", number);
    text_styled(t, f->counts ? TEXT_ALARM : f->state == DIFF_GONE ? TEXT_GOOD : TEXT_BOLD, diff_state_name(f->state));
    fprintf(t->out, ": %s, ", kind_of(any->kind)->name);
    if (old && new && old->confidence != new->confidence)
        fprintf(t->out, "%s -> ", model_confidence_name(old->confidence));
    fputs(model_confidence_name(any->confidence), t->out);
    if (new && !f->counts && f->state == DIFF_NEW)
        fputs(" (does not count)", t->out);
    putc('\n', t->out);
}

static void write_site(const struct view *v, const struct diff_finding *f)
{
    bool gone = f->new == MODEL_NONE;
    const struct text *t = side(v, gone);
    const struct model *model = t->model;
    const struct model_finding *finding = &model->findings[gone ? f->old : f->new];
    const struct model_group *g = &model->groups[finding->group];
    text_write_lines(t, finding, false);
    text_label(t, "what", INDENT, LABEL);
    text_style(t, TEXT_CODE);
    text_paragraph(t, model->statements[g->statement].text, INDENT + LABEL, 3);
    text_style(t, TEXT_PLAIN);
    if (finding->parent != MODEL_NONE) {
        const struct model_edge *e = &model->edges[finding->edge];
        const char *text = model->statements[model->groups[finding->parent].statement].text;
        const char *name = e->column_source ? e->column_source : e->column_name;
        write_field(t, "parent", name ? alloc_format("%s, by its column %s", text, name) : alloc_format("%s", text));
    }
}

/* Where the one is that this may be. */
static void write_moved(const struct view *v, const struct diff_finding *other)
{
    bool gone = other->new == MODEL_NONE;
    const struct text *t = side(v, gone);
    const struct model_finding *f = &t->model->findings[gone ? other->old : other->new];
    uint32_t place = f->loop != MODEL_NONE ? f->loop : t->model->groups[f->group].location;
    text_label(t, "maybe", INDENT, LABEL);
    fputs(gone ? "the one that is gone from " : "the one that is new in ", t->out);
    text_write_location(t->model, place, t->options, t->out, MOVED_WIDTH);
    fputs(": same statement and parent\n", t->out);
}

static void write_finding(const struct view *v, const struct diff_finding *f, unsigned number)
{
    const struct text *t = &v->new;
    const struct diff_site *p = &v->diff->sites[f->site];
    const struct model_finding *old = f->old != MODEL_NONE ? &v->diff->old->findings[f->old] : NULL;
    const struct model_finding *new = f->new != MODEL_NONE ? &v->diff->new->findings[f->new] : NULL;
    char a[PRINTABLE_NUMBER];
    char b[PRINTABLE_NUMBER];
    write_heading(v, f, number);
    write_site(v, f);
    char *executions = change(p, p->old.executions, p->new.executions);
    char *rows = change(p, p->old.rows, p->new.rows);
    bool both = p->old.group != MODEL_NONE && p->new.group != MODEL_NONE;
    write_field(t, "ran",
                alloc_format("%s executions, %s rows, %s%s%s", executions, rows,
                             printable_time(p->old.group != MODEL_NONE ? p->old.time_ns : p->new.time_ns, a), both ? " -> " : "",
                             both ? printable_time(p->new.time_ns, b) : ""));
    free(executions);
    free(rows);
    if (f->moved != MODEL_NONE)
        write_moved(v, &v->diff->findings[f->moved]);
    write_field(t, "growth", growth_describe(v->diff, f->site, t->options->round_trip_ns));
    if (new)
        write_field(t, "fix", alloc_format("%s", new->advice.text));
    text_label(t, "name", INDENT, LABEL);
    text_style(t, TEXT_DIM);
    fprintf(t->out, "%016" PRIx64 "\n", (new ? new : old)->signature);
    text_style(t, TEXT_PLAIN);
}

static void write_findings(const struct view *v)
{
    static const enum diff_state order[] = {DIFF_NEW, DIFF_CHANGED, DIFF_GONE};
    const struct diff *d = v->diff;
    unsigned number = 0;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        uint32_t shown = 0;
        for (uint32_t j = 0; j < d->finding_count && shown < FINDINGS_MAX; j++) {
            if (d->findings[j].state != order[i])
                continue;
            write_finding(v, &d->findings[j], ++number);
            shown++;
        }
        if (shown < d->finding_counts[order[i]]) {
            char digits[PRINTABLE_NUMBER];
            fprintf(v->new.out, "\n%s more that are %s are not shown here; --json has them all\n",
                    printable_number(d->finding_counts[order[i]] - shown, digits), diff_state_name(order[i]));
        }
    }
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* Worth a line: what runs more or less often than before, and what does not although its rows grew. */
static bool is_shown(const struct diff_site *p)
{
    return p->old.executions != p->new.executions || p->state == DIFF_NEW || p->state == DIFF_GONE ||
           (p->growth.class == GROWTH_CONSTANT && p->old.rows != p->new.rows);
}

static bool comes_before(const struct diff_site *a, const struct diff_site *b)
{
    uint64_t x = distance(a->old.executions, a->new.executions);
    uint64_t y = distance(b->old.executions, b->new.executions);
    return x != y ? x > y : distance(a->old.rows, a->new.rows) > distance(b->old.rows, b->new.rows);
}

static void write_line(const struct view *v, uint32_t site)
{
    const struct diff_site *p = &v->diff->sites[site];
    const struct text *t = side(v, p->new.group == MODEL_NONE);
    const struct model *model;
    uint32_t group = diff_group(v->diff, site, &model);
    const struct model_group *g = &model->groups[group];
    const char *word = p->growth.class != GROWTH_UNKNOWN ? growth_class_name(p->growth.class) : diff_state_name(p->state);
    char *executions = change(p, p->old.executions, p->new.executions);
    char *rows = change(p, p->old.rows, p->new.rows);
    size_t used = INDENT + 13 + 20 + 3;
    size_t width = t->options->width > used + 20 ? t->options->width - used : 20;
    char digits[PRINTABLE_NUMBER];

    fprintf(t->out, "%*s", INDENT, "");
    text_style(t, p->growth.class >= GROWTH_LINEAR ? TEXT_ALARM : TEXT_PLAIN);
    fprintf(t->out, "%-13s", word);
    text_style(t, TEXT_PLAIN);
    fprintf(t->out, "%20s x ", executions);
    text_style(t, TEXT_CODE);
    printable_write(t->out, model->statements[g->statement].text, width);
    text_style(t, TEXT_DIM);
    fprintf(t->out, "\n%*s", (int)used, "");
    char *numbers = growth_is_growing(p->growth.class)
                        ? alloc_format(", %s rows; later %s x", rows, printable_number(p->predicted, digits))
                        : alloc_format(", %s rows", rows);
    text_write_place(model, g->location, t->options, t->out, width > strlen(numbers) + 20 ? width - strlen(numbers) : 20);
    fputs(numbers, t->out);
    text_style(t, TEXT_PLAIN);
    putc('\n', t->out);
    free(numbers);
    free(executions);
    free(rows);
}

static void write_sites(const struct view *v)
{
    const struct diff *d = v->diff;
    const struct text *t = &v->new;
    uint32_t top[SITES_MAX];
    uint32_t count = 0;
    uint32_t all = 0;
    for (uint32_t i = 0; i < d->site_count; i++) {
        if (!is_shown(&d->sites[i]))
            continue;
        all++;
        uint32_t at = count;
        while (at > 0 && comes_before(&d->sites[i], &d->sites[top[at - 1]]))
            at--;
        if (at == SITES_MAX)
            continue;
        count += count < SITES_MAX;
        memmove(top + at + 1, top + at, (count - at - 1) * sizeof *top);
        top[at] = i;
    }
    if (count > 0) {
        text_style(t, TEXT_BOLD);
        fprintf(t->out, "\n%*s%-13s%20s   %s\n", INDENT, "", "", "executions", "statement and location");
        text_style(t, TEXT_PLAIN);
    }
    for (uint32_t i = 0; i < count; i++)
        write_line(v, top[i]);
    char digits[PRINTABLE_NUMBER];
    if (all > count)
        fprintf(t->out, "%*sand %s more; --json has them all\n", INDENT, "", printable_number(all - count, digits));
    if (d->site_count > all)
        fprintf(t->out, "%s%s %s as often as before%s\n", count ? "   " : "\n", printable_number(d->site_count - all, digits),
                text_plural(d->site_count - all, "place ran its statement", "places ran their statements"), count ? " too" : "");
}

/* "1 finding gone, 2 new, 3 as before"; the word stands once. */
static void write_counts(const struct text *t, const uint32_t *counts)
{
    static const struct {
        enum diff_state state;
        const char *word;
    } order[] = {{DIFF_GONE, "gone"}, {DIFF_NEW, "new"}, {DIFF_CHANGED, "changed"}, {DIFF_SAME, "as before"}};
    char digits[PRINTABLE_NUMBER];
    bool some = false;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        uint32_t count = counts[order[i].state];
        if (count == 0)
            continue;
        fprintf(t->out, "%s%s%s %s", some ? ", " : "", printable_number(count, digits),
                some         ? ""
                : count == 1 ? " finding"
                             : " findings",
                order[i].word);
        some = true;
    }
    if (!some)
        fputs("no findings", t->out);
}

static void write_verdict(const struct view *v)
{
    const struct diff *d = v->diff;
    const struct text *t = &v->new;
    char a[PRINTABLE_NUMBER];
    char b[PRINTABLE_NUMBER];
    bool counts = false;
    for (uint32_t i = 0; i < d->finding_count && !counts; i++)
        counts = d->findings[i].counts;
    fprintf(t->out, "%s -> %s executions, ", printable_number(d->old->totals.executions, a),
            printable_number(d->new->totals.executions, b));
    text_style(t, counts ? TEXT_ALARM : TEXT_GOOD);
    write_counts(t, d->finding_counts);
    text_style(t, TEXT_PLAIN);
    fprintf(t->out, "; %s -> %s in the database\n", printable_time(d->old->totals.time_ns, a),
            printable_time(d->new->totals.time_ns, b));
    char *data = growth_describe_data(d);
    if (data) {
        fputs("data: ", t->out);
        text_paragraph(t, data, 6, 3);
    }
    free(data);
}

static void write_notes(const struct text *t, const char *which)
{
    for (uint32_t i = 0; i < t->model->note_count; i++)
        text_note(t, which, t->model->notes[i]);
}

void diff_text_write(const struct diff *diff, const struct text_options *options, FILE *out)
{
    struct view view = {diff, {diff->new, options, out}, {diff->old, options, out}};
    write_verdict(&view);
    write_findings(&view);
    write_sites(&view);
    write_notes(&view.old, "old");
    write_notes(&view.new, "new");
}
