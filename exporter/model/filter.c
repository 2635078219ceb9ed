#include "exporter/model/filter.h"

#include <stdio.h>

static bool is_wanted(const struct model_finding *f, const struct model_filter *filter, uint32_t shown)
{
    return (!filter->some_kinds || (f->kind < KIND_COUNT && filter->kinds[f->kind])) &&
           f->executions_everywhere >= filter->least_executions && (filter->most == 0 || shown < filter->most);
}

void model_filter_findings(struct model *model, const struct model_filter *filter)
{
    uint32_t shown = 0;
    char note[100];
    for (uint32_t i = 0; i < model->finding_count; i++) {
        struct model_finding f = model->findings[i];
        bool keep = is_wanted(&f, filter, shown);
        model_set_finding(model, &f, keep ? shown : MODEL_NONE);
        if (keep)
            model->findings[shown++] = f;
    }
    if (shown < model->finding_count) {
        snprintf(note, sizeof note, "%u of %u findings are not shown, as was asked for", model->finding_count - shown,
                 model->finding_count);
        model_add_note(model, note);
    }
    model->hidden_findings += model->finding_count - shown;
    model->finding_count = shown;
}
