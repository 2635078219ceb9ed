#include "exporter/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"

#define NOTES_MAX 100 /* nobody reads more */

struct model *model_create(void)
{
    return alloc_zeroed(1, sizeof(struct model));
}

void model_add_note(struct model *model, const char *note)
{
    if (model->note_count == NOTES_MAX)
        return;
    const char *text = text_intern_string(&model->pool, note);
    for (uint32_t i = 0; i < model->note_count; i++) {
        if (model->notes[i] == text)
            return;
    }
    model->notes = alloc_resize(model->notes, model->note_count + 1, sizeof *model->notes);
    model->notes[model->note_count++] = text;
}

bool model_is_readable(const struct model_process *p)
{
    return p->end == STREAM_END_CLEAN && p->skipped == 0;
}

bool model_is_complete(const struct model_process *p)
{
    return model_is_readable(p) && p->left_out == 0 && p->left_out_groups == 0;
}

bool model_is_start_code(const char *function)
{
    return function && (strcmp(function, "_start") == 0 || strncmp(function, "__libc_start", strlen("__libc_start")) == 0);
}

bool model_has_all(const struct model *model)
{
    for (uint32_t i = 0; i < model->process_count; i++) {
        if (!model_is_complete(&model->processes[i]))
            return false;
    }
    return true;
}

void model_destroy(struct model *model)
{
    if (!model)
        return;
    for (uint32_t i = 0; i < model->process_count; i++) {
        free(model->processes[i].command);
        free(model->processes[i].notes);
    }
    free(model->processes);
    free(model->frames);
    free(model->nodes);
    free(model->statements);
    free(model->databases);
    free(model->groups);
    free(model->edges);
    free(model->visits);
    free(model->tallies);
    free(model->findings);
    free(model->elsewhere);
    free(model->notes);
    text_pool_finish(&model->pool);
    free(model);
}

void model_set_finding(struct model *model, const struct model_finding *finding, uint32_t index)
{
    for (uint32_t i = finding->group; i != MODEL_NONE; i = model->groups[i].next_of_finding)
        model->groups[i].finding = index;
}

uint32_t model_system(const struct model *model, uint32_t group)
{
    uint32_t database = model->groups[group].database;
    return database != MODEL_NONE ? model->databases[database].system : 0;
}
