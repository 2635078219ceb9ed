#include "exporter/formats/html/data.h"

#include <stdlib.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/json/elements.h"
#include "exporter/formats/json/parts.h"

struct choice {
    uint32_t *findings; /* in the order of the page */
    uint32_t sure;      /* how many of all, on the page or not */
    bool *groups;       /* which are there */
    uint32_t *numbers;  /* by frame */
    uint32_t group_count, finding_count, frame_count;
};

static void choose_group(struct choice *c, uint32_t group)
{
    if (group == MODEL_NONE || c->groups[group])
        return;
    c->groups[group] = true;
    c->group_count++;
}

static const struct model *sorted; /* for compare_time: qsort has no argument for it */

static int compare_time(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    uint64_t p = sorted->groups[x].time_ns;
    uint64_t q = sorted->groups[y].time_ns;
    return p != q ? (p < q) - (p > q) : (x > y) - (x < y);
}

static void choose_slowest(const struct model *model, struct choice *c)
{
    uint32_t *order = alloc_resize(NULL, model->group_count, sizeof *order);
    for (uint32_t i = 0; i < model->group_count; i++)
        order[i] = i;
    sorted = model;
    qsort(order, model->group_count, sizeof *order, compare_time);
    for (uint32_t i = 0; i < model->group_count && c->group_count < HTML_GROUPS; i++)
        choose_group(c, order[i]);
    free(order);
}

static void number_frames(const struct model *model, struct choice *c)
{
    for (uint32_t i = 0; i < model->frame_count; i++)
        c->numbers[i] = MODEL_NONE;
    for (uint32_t i = 0; i < model->group_count; i++) {
        uint32_t node = c->groups[i] ? model->groups[i].stack : MODEL_NONE;
        for (unsigned depth = 0; node != MODEL_NONE && depth < JSON_STACK_MAX; depth++, node = model->nodes[node].parent) {
            uint32_t frame = model->nodes[node].frame;
            if (c->numbers[frame] == MODEL_NONE)
                c->numbers[frame] = c->frame_count++;
        }
    }
}

/* What is only possible must not stand in front of what is sure, nor take its room. */
static unsigned rank_of(const struct model_finding *f)
{
    return f->allowed ? 2 : f->confidence == VERDICT_POSSIBLE;
}

static void choose_findings(const struct model *model, struct choice *c)
{
    uint32_t count = 0;
    for (unsigned rank = 0; rank <= 2; rank++) {
        for (uint32_t i = 0; i < model->finding_count; i++) {
            if (rank_of(&model->findings[i]) != rank)
                continue;
            c->sure += rank == 0;
            if (count < c->finding_count)
                c->findings[count++] = i;
        }
    }
}

static struct choice choose(const struct model *model)
{
    struct choice c = {
        .findings = alloc_resize(NULL, HTML_FINDINGS, sizeof *c.findings),
        .groups = alloc_zeroed(model->group_count, sizeof *c.groups),
        .numbers = alloc_resize(NULL, model->frame_count, sizeof *c.numbers),
        .finding_count = model->finding_count < HTML_FINDINGS ? model->finding_count : HTML_FINDINGS,
    };
    choose_findings(model, &c);
    for (uint32_t i = 0; i < c.finding_count; i++) {
        choose_group(&c, model->findings[c.findings[i]].group);
        choose_group(&c, model->findings[c.findings[i]].parent);
    }
    choose_slowest(model, &c);
    number_frames(model, &c);
    return c;
}

static void write_frames(struct json_writer *json, const struct model *model, const struct choice *c)
{
    const struct model_frame **order = alloc_resize(NULL, c->frame_count, sizeof(const struct model_frame *));
    for (uint32_t i = 0; i < model->frame_count; i++) {
        if (c->numbers[i] != MODEL_NONE)
            order[c->numbers[i]] = &model->frames[i];
    }
    json_array_begin(json, "frames");
    for (uint32_t i = 0; i < c->frame_count; i++)
        json_frame(json, order[i]);
    json_array_end(json);
    free(order);
}

void html_write_data(const struct model *model, FILE *out)
{
    struct choice c = choose(model);
    struct source_files *sources = source_files_create(true);
    struct json_writer json;
    json_begin(&json, out);
    json_object_begin(&json, NULL);
    json_array_begin(&json, "processes");
    for (uint32_t i = 0; i < model->process_count; i++)
        json_process(&json, &model->processes[i]);
    json_array_end(&json);
    json_totals(&json, &model->totals);
    json_number(&json, "all_findings", model->finding_count);
    json_number(&json, "sure_findings", c.sure);
    write_frames(&json, model, &c);
    json_array_begin(&json, "groups");
    for (uint32_t i = 0; i < model->group_count; i++) {
        if (c.groups[i])
            json_group(&json, model, i, c.numbers, NULL);
    }
    json_array_end(&json);
    json_array_begin(&json, "findings");
    for (uint32_t i = 0; i < c.finding_count; i++)
        json_finding(&json, model, &model->findings[c.findings[i]], sources);
    json_array_end(&json);
    json_texts(&json, "notes", model->notes, model->note_count);
    json_object_end(&json);
    json_end(&json);
    source_files_destroy(sources);
    free(c.findings);
    free(c.groups);
    free(c.numbers);
}
