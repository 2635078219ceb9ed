#include "exporter/formats/text/tables.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/printable.h"

static bool costs_more(const struct model_group *a, const struct model_group *b)
{
    return a->time_ns != b->time_ns ? a->time_ns > b->time_ns : a->executions > b->executions;
}

void text_write_statements(const struct text *t)
{
    const struct model *model = t->model;
    uint32_t most = t->options->rows ? t->options->rows : TEXT_ROWS;
    most = most < model->group_count ? most : model->group_count;
    uint32_t *top = alloc_zeroed(most, sizeof *top);
    uint32_t count = 0;
    for (uint32_t i = 0; i < model->group_count; i++) {
        uint32_t at = count;
        while (at > 0 && costs_more(&model->groups[i], &model->groups[top[at - 1]]))
            at--;
        if (at == most)
            continue;
        count += count < most;
        memmove(top + at + 1, top + at, (count - at - 1) * sizeof *top);
        top[at] = i;
    }
    if (count == 0) {
        free(top);
        return;
    }

    size_t used = 3 + 12 + 12 + 12;
    size_t width = t->options->width > used + 20 ? t->options->width - used : 20;
    text_style(t, TEXT_BOLD);
    fprintf(t->out, "\n   %10s  %10s  %10s  %s\n", "executions", "rows", "time", "statement and place");
    text_style(t, TEXT_PLAIN);
    for (uint32_t i = 0; i < count; i++) {
        const struct model_group *g = &model->groups[top[i]];
        char digits[PRINTABLE_NUMBER];
        fprintf(t->out, "   %10s", printable_number(g->executions, digits));
        fprintf(t->out, "  %10s", printable_number(g->rows, digits));
        fprintf(t->out, "  %10s  ", printable_time(g->time_ns, digits));
        printable_write(t->out, model->statements[g->statement].text, width);
        fprintf(t->out, "\n%*s", (int)used, "");
        text_style(t, TEXT_DIM);
        text_write_place(model, g->location, t->options, t->out, width);
        text_style(t, TEXT_PLAIN);
        putc('\n', t->out);
    }
    if (model->group_count > count) {
        char digits[PRINTABLE_NUMBER];
        uint64_t more = model->group_count - count;
        fprintf(t->out, "   and %s more\n", printable_number(more, digits));
    }
    free(top);
}

#define CLASSES_SHOWN 5

/* Errors of all groups by the class of their SQLSTATE: (23: 4, 42: 1). */
static void write_error_classes(const struct text *t)
{
    const struct model *model = t->model;
    struct model_tally sums[CLASSES_SHOWN];
    uint32_t count = 0;
    char n[PRINTABLE_NUMBER];
    for (uint32_t i = 0; i < model->tally_count; i++) {
        const struct model_tally *tally = &model->tallies[i];
        uint32_t j = 0;
        while (j < count && strcmp(sums[j].name, tally->name) != 0)
            j++;
        if (!tally->name[0] || j == CLASSES_SHOWN)
            continue;
        if (j == count)
            sums[count++] = (struct model_tally){.name = tally->name};
        sums[j].count += tally->count;
    }
    for (uint32_t i = 0; i < count; i++) {
        fputs(i == 0 ? " (SQLSTATE class " : ", ", t->out);
        printable_write(t->out, sums[i].name, 2);
        fprintf(t->out, ": %s", printable_number(sums[i].count, n));
    }
    if (count > 0)
        putc(')', t->out);
}

static void write_totals(const struct text *t)
{
    const struct model_totals *totals = &t->model->totals;
    char n[PRINTABLE_NUMBER];
    fprintf(t->out, "\n%s %s", printable_number(totals->executions, n),
            text_plural(totals->executions, "execution", "executions"));
    fprintf(t->out, " of %s %s", printable_number(totals->statements, n),
            text_plural(totals->statements, "statement", "statements"));
    fprintf(t->out, " from %s %s", printable_number(totals->groups, n), text_plural(totals->groups, "place", "places"));
    fprintf(t->out, ", %s %s", printable_number(totals->rows, n), text_plural(totals->rows, "row", "rows"));
    fprintf(t->out, ", %s %s", printable_number(totals->errors, n), text_plural(totals->errors, "error", "errors"));
    write_error_classes(t);
    fprintf(t->out, ", %s in the database\n", printable_time(totals->time_ns, n));
}

static bool may_run_elsewhere(const struct model_process *p)
{
    return p->ended == MODEL_ENDED_KILLED && p->other_host != NULL;
}

/* Counters are in the file as they are counted, so that an end without a word loses none; but the file may have lost some, and
 * with them the word. */
static const char *describe_end(const struct model_process *p)
{
    if (p->ended != MODEL_ENDED_KILLED)
        return p->ended == MODEL_ENDED_EXIT ? "exited" : "is still running";
    if (may_run_elsewhere(p))
        return "has not written that it ended; it may still run on ";
    if (!model_is_readable(p))
        return "was killed or left by _exit, or the part that is missing says how it ended";
    return model_is_complete(p) ? "was killed, or left by _exit; what it had counted is all here"
                                : "was killed, or left by _exit";
}

static void write_ends(const struct text *t)
{
    const struct model *model = t->model;
    uint32_t counts[3] = {0};
    uint32_t elsewhere = 0;
    for (uint32_t i = 0; i < model->process_count; i++) {
        if (may_run_elsewhere(&model->processes[i]))
            elsewhere++;
        else
            counts[model->processes[i].ended]++;
    }
    if (model->process_count == 1) {
        const struct model_process *p = &model->processes[0];
        fprintf(t->out, "process %u %s", p->pid, describe_end(p));
        if (elsewhere > 0)
            printable_write(t->out, p->other_host, 80);
        putc('\n', t->out);
        return;
    }
    fprintf(t->out, "%u processes: %u exited, %u were killed or left by _exit, %u are still running", model->process_count,
            counts[MODEL_ENDED_EXIT], counts[MODEL_ENDED_KILLED], counts[MODEL_ENDED_RUNNING]);
    if (elsewhere > 0)
        fprintf(t->out, ", %u may still run on other hosts", elsewhere);
    putc('\n', t->out);
}

static void write_missing(const struct text *t)
{
    const struct model *model = t->model;
    char a[PRINTABLE_NUMBER];
    char words[256];
    uint64_t groups = 0, connections = 0;
    bool is_damaged = false;
    for (uint32_t i = 0; i < model->process_count; i++) {
        groups += model->processes[i].left_out_groups;
        connections += model->processes[i].left_out_connections;
        is_damaged = is_damaged || !model_is_readable(&model->processes[i]);
    }
    if (model->totals.left_out || groups) {
        char b[PRINTABLE_NUMBER];
        snprintf(words, sizeof words,
                 "%s %s counted in the totals only: %sthe recording or the agent's memory was full"
                 " (%s groups and other records did not fit)",
                 printable_number(model->totals.left_out, a),
                 text_plural(model->totals.left_out, "execution is", "executions are"),
                 is_damaged ? "a record that they belong to cannot be read, or " : "", printable_number(groups, b));
        text_note(t, NULL, words);
    }
    if (connections) {
        snprintf(words, sizeof words,
                 "%s %s not followed: encrypted by a library that is not seen, or spoken in a way that is not"
                 " understood; nplus1 doctor tells which library it is",
                 printable_number(connections, a),
                 text_plural(connections, "connection to PostgreSQL was", "connections to PostgreSQL were"));
        text_note(t, NULL, words);
    }
    for (uint32_t i = 0; i < model->note_count; i++)
        text_note(t, NULL, model->notes[i]);
    for (uint32_t i = 0; i < model->process_count && i < 8; i++) {
        for (size_t j = 0; j < model->processes[i].note_count && j < 8; j++)
            text_note(t, NULL, model->processes[i].notes[j]);
    }
}

void text_write_summary(const struct text *t)
{
    write_totals(t);
    write_ends(t);
    write_missing(t);
}
