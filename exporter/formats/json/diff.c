#include "exporter/formats/json/diff.h"

#include "exporter/formats/json/parts.h"
#include "exporter/model/system.h"
#include "exporter/model/names.h"
#include "exporter/diff/diff.h"
#include "exporter/model/kind.h"

static void write_side(struct json_writer *json, const char *name, const struct model *model)
{
    json_object_begin(json, name);
    json_array_begin(json, "recordings");
    for (uint32_t i = 0; i < model->process_count; i++) {
        const struct model_process *p = &model->processes[i];
        json_flat_object(json, NULL);
        json_text(json, "path", p->recording);
        json_text(json, "program", p->program);
        json_complete(json, p);
        json_object_end(json);
    }
    json_array_end(json);
    json_totals(json, &model->totals);
    json_texts(json, "notes", model->notes, model->note_count);
    json_object_end(json);
}

static void write_counts(struct json_writer *json, const char *name, const uint32_t counts[DIFF_STATES])
{
    json_flat_object(json, name);
    for (enum diff_state state = 0; state < DIFF_STATES; state++)
        json_number(json, diff_state_name(state), counts[state]);
    json_object_end(json);
}

static double per_unit(uint64_t size, uint64_t units)
{
    return units ? (double)size / (double)units : 0;
}

static void write_data(struct json_writer *json, const struct diff_data *d)
{
    static const char *const sources[] = {NULL, "given", "parent", "rows"};
    if (d->source == DIFF_DATA_UNKNOWN) {
        json_none(json, "data");
        return;
    }
    json_flat_object(json, "data");
    json_text(json, "source", sources[d->source]);
    json_id(json, "group", d->site);
    json_decimal(json, "old", per_unit(d->old_size, d->old_units));
    json_decimal(json, "new", per_unit(d->new_size, d->new_units));
    json_number(json, "old_units", d->old_units);
    json_number(json, "new_units", d->new_units);
    json_object_end(json);
}

static void write_numbers(struct json_writer *json, const char *name, const struct diff_numbers *n)
{
    if (n->group == MODEL_NONE) {
        json_none(json, name);
        return;
    }
    json_flat_object(json, name);
    json_number(json, "group", (uint64_t)n->group + 1);
    json_number(json, "executions", n->executions);
    json_number(json, "rows", n->rows);
    json_number(json, "time_ns", n->time_ns);
    json_number(json, "errors", n->errors);
    json_object_end(json);
}

static void write_growth(struct json_writer *json, const struct diff_site *p)
{
    if (p->growth.class == GROWTH_UNKNOWN) {
        json_none(json, "growth");
        return;
    }
    json_object_begin(json, "growth");
    json_text(json, "class", growth_class_name(p->growth.class));
    json_decimal(json, "exponent", p->growth.exponent);
    json_decimal(json, "times", p->growth.times);
    json_decimal(json, "scale", p->growth.scale);
    json_number(json, "predicted", p->predicted);
    write_data(json, &p->data);
    json_object_end(json);
}

static void write_group(struct json_writer *json, const struct diff *d, uint32_t site)
{
    const struct diff_site *p = &d->sites[site];
    const struct model *model;
    uint32_t group = diff_group(d, site, &model);
    const struct model_group *g = &model->groups[group];
    json_object_begin(json, NULL);
    json_id(json, "id", site);
    json_hex(json, "key", p->name);
    json_text(json, "state", diff_state_name(p->state));
    json_statement(json, &model->statements[g->statement]);
    json_text(json, "system", g->database != MODEL_NONE ? system_of(model->databases[g->database].system)->name : NULL);
    json_location(json, model, g->location);
    json_id(json, "parent", p->parent);
    write_numbers(json, "old", &p->old);
    write_numbers(json, "new", &p->new);
    write_growth(json, p);
    json_object_end(json);
}

static void write_finding_side(struct json_writer *json, const char *name, const struct model *model, uint32_t finding)
{
    if (finding == MODEL_NONE) {
        json_none(json, name);
        return;
    }
    const struct model_finding *f = &model->findings[finding];
    json_flat_object(json, name);
    json_text(json, "confidence", model_confidence_name(f->confidence));
    json_number(json, "group", (uint64_t)f->group + 1);
    json_number(json, "executions", f->executions);
    json_number(json, "distinct_values", f->distinct_values);
    json_number(json, "max_per_episode", f->max_per_episode);
    json_number(json, "time_ns", f->time_ns);
    json_object_end(json);
}

static uint64_t signature_of(const struct diff *d, const struct diff_finding *f)
{
    return f->new != MODEL_NONE ? d->new->findings[f->new].signature : d->old->findings[f->old].signature;
}

static void write_finding(struct json_writer *json, const struct diff *d, const struct diff_finding *f)
{
    bool gone = f->new == MODEL_NONE;
    const struct model *model = gone ? d->old : d->new;
    const struct model_finding *any = &model->findings[gone ? f->old : f->new];
    json_object_begin(json, NULL);
    json_hex(json, "signature", any->signature);
    json_text(json, "kind", kind_of(any->kind)->name);
    json_text(json, "state", diff_state_name(f->state));
    json_bool(json, "counts", f->counts);
    json_id(json, "group", f->site);
    if (f->moved != MODEL_NONE)
        json_hex(json, "moved", signature_of(d, &d->findings[f->moved]));
    json_location(json, model, model->groups[any->group].location);
    json_loop(json, model, any->loop);
    write_finding_side(json, "old", d->old, f->old);
    write_finding_side(json, "new", d->new, f->new);
    json_advice(json, &any->advice);
    json_object_end(json);
}

void diff_json_write(const struct diff *d, FILE *out)
{
    struct json_writer json;
    json_begin(&json, out);
    json_object_begin(&json, NULL);
    json_number(&json, "schema", 1);
    write_side(&json, "old", d->old);
    write_side(&json, "new", d->new);
    json_object_begin(&json, "counts");
    write_counts(&json, "findings", d->finding_counts);
    write_counts(&json, "groups", d->site_counts);
    json_object_end(&json);
    write_data(&json, &d->data);
    json_decimal(&json, "predicted_for", d->factor);
    json_array_begin(&json, "findings");
    for (uint32_t i = 0; i < d->finding_count; i++)
        write_finding(&json, d, &d->findings[i]);
    json_array_end(&json);
    json_array_begin(&json, "groups");
    for (uint32_t i = 0; i < d->site_count; i++)
        write_group(&json, d, i);
    json_array_end(&json);
    json_object_end(&json);
    json_end(&json);
}
