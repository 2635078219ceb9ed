#include "exporter/formats/review/sarif.h"

#include <stdlib.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/escape.h"
#include "exporter/formats/json/writer.h"
#include "exporter/formats/review/finding.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define WIDTH  200 /* columns of a statement */

struct sarif {
    const struct model *model;
    const struct format_options *options;
    struct json_writer json;
};

static void write_text(struct sarif *w, const char *name, const char *text)
{
    char *copy = escape_printable(text, 0);
    json_text(&w->json, name, copy);
    free(copy);
}

static void write_message(struct sarif *w, const char *name, const char *text)
{
    json_flat_object(&w->json, name);
    write_text(w, "text", text);
    json_object_end(&w->json);
}

static void write_rules(struct sarif *w)
{
    json_array_begin(&w->json, "rules");
    for (int kind = VERDICT_NONE + 1; kind < KIND_COUNT; kind++) {
        const struct kind *k = kind_of((enum verdict_kind)kind);
        char *title = alloc_format("%s.", k->title);
        json_object_begin(&w->json, NULL);
        json_text(&w->json, "id", k->name);
        write_message(w, "shortDescription", title);
        write_message(w, "fullDescription", k->help);
        write_message(w, "help", k->help);
        json_flat_object(&w->json, "defaultConfiguration");
        json_text(&w->json, "level", "warning");
        json_object_end(&w->json);
        json_object_end(&w->json);
        free(title);
    }
    json_array_end(&w->json);
}

static void write_uri(struct sarif *w, struct review_place place)
{
    char *uri = NULL;
    size_t size;
    FILE *out = open_memstream(&uri, &size);
    if (!out)
        alloc_failed();
    fputs(place.is_relative ? "" : "file://", out);
    escape_uri(out, place.path);
    if (fclose(out) != 0)
        alloc_failed();
    json_text(&w->json, "uri", uri);
    free(uri);
}

/* id 0: a location that no other refers to. */
static void write_location(struct sarif *w, struct review_place place, unsigned id, const char *message)
{
    json_object_begin(&w->json, NULL);
    if (id > 0)
        json_number(&w->json, "id", id);
    if (place.path) {
        json_object_begin(&w->json, "physicalLocation");
        json_flat_object(&w->json, "artifactLocation");
        write_uri(w, place);
        if (place.is_relative)
            json_text(&w->json, "uriBaseId", "SRCROOT");
        json_object_end(&w->json);
        if (place.line > 0) {
            json_flat_object(&w->json, "region");
            json_number(&w->json, "startLine", place.line);
            json_object_end(&w->json);
        }
        json_object_end(&w->json);
    }
    if (place.function) {
        json_flat_array(&w->json, "logicalLocations");
        json_object_begin(&w->json, NULL);
        write_text(w, "fullyQualifiedName", place.function);
        json_text(&w->json, "kind", "function");
        json_object_end(&w->json);
        json_array_end(&w->json);
    }
    if (message)
        write_message(w, "message", message);
    json_object_end(&w->json);
}

static void write_related(struct sarif *w, const struct model_finding *f)
{
    const struct model *model = w->model;
    unsigned id = 0;
    json_array_begin(&w->json, "relatedLocations");
    if (f->loop != MODEL_NONE)
        write_location(w, review_frame_place(model, f->loop, w->options), ++id, "The loop.");
    if (f->parent != MODEL_NONE && f->parent != f->group) {
        const struct model_group *g = &model->groups[f->parent];
        char *statement = escape_printable(model->statements[g->statement].text, WIDTH);
        char *words = alloc_format("The parent, whose rows the parameters come from: %s", statement);
        write_location(w, review_place(model, f->parent, w->options), ++id, words);
        free(words);
        free(statement);
    }
    json_array_end(&w->json);
}

static void write_properties(struct sarif *w, const struct model_finding *f)
{
    json_flat_object(&w->json, "properties");
    json_text(&w->json, "confidence", model_confidence_name(f->confidence));
    json_number(&w->json, "executions", f->executions);
    json_number(&w->json, "time_ns", f->time_ns);
    write_text(w, "statement", w->model->statements[w->model->groups[f->group].statement].text);
    if (f->advice.sql)
        write_text(w, "sql", f->advice.sql);
    json_object_end(&w->json);
}

static void write_result(struct sarif *w, const struct model_finding *f)
{
    static const char *const levels[REVIEW_LEVELS] = {"error", "warning", "note"};
    char *headline = review_headline(w->model, f, WIDTH);
    char *details = review_details(w->model, f);
    char *message = alloc_format("%s. %s", headline, details);
    json_object_begin(&w->json, NULL);
    json_text(&w->json, "ruleId", kind_of(f->kind)->name);
    json_number(&w->json, "ruleIndex", (uint64_t)(f->kind - VERDICT_NONE - 1));
    json_text(&w->json, "level", levels[review_level(f)]);
    write_message(w, "message", message);
    json_array_begin(&w->json, "locations");
    write_location(w, review_place(w->model, f->group, w->options), 0, NULL);
    json_array_end(&w->json);
    write_related(w, f);
    json_flat_object(&w->json, "partialFingerprints");
    json_hex(&w->json, "nplus1Signature/v1", f->signature);
    json_object_end(&w->json);
    write_properties(w, f);
    json_object_end(&w->json);
    free(message);
    free(details);
    free(headline);
}

/* No result is no clean bill where something is missing. */
static void write_missing(struct sarif *w)
{
    json_array_begin(&w->json, "invocations");
    json_object_begin(&w->json, NULL);
    json_bool(&w->json, "executionSuccessful", true);
    json_array_begin(&w->json, "toolExecutionNotifications");
    json_object_begin(&w->json, NULL);
    json_text(&w->json, "level", "warning");
    write_message(w, "message", REVIEW_MISSING);
    json_object_end(&w->json);
    json_array_end(&w->json);
    json_object_end(&w->json);
    json_array_end(&w->json);
}

static void write_run(struct sarif *w)
{
    json_object_begin(&w->json, NULL);
    json_object_begin(&w->json, "tool");
    json_object_begin(&w->json, "driver");
    json_text(&w->json, "name", "nplus1");
    json_text(&w->json, "version", NPLUS1_VERSION);
    json_text(&w->json, "semanticVersion", NPLUS1_VERSION);
    write_rules(w);
    json_object_end(&w->json);
    json_object_end(&w->json);
    json_object_begin(&w->json, "originalUriBaseIds");
    json_object_begin(&w->json, "SRCROOT");
    write_message(w, "description", "The root of the source tree.");
    json_object_end(&w->json);
    json_object_end(&w->json);
    json_text(&w->json, "columnKind", "unicodeCodePoints");
    if (!model_has_all(w->model))
        write_missing(w);
    json_array_begin(&w->json, "results");
    for (uint32_t i = 0; i < w->model->finding_count; i++)
        write_result(w, &w->model->findings[i]);
    json_array_end(&w->json);
    json_object_end(&w->json);
}

void sarif_write(const struct model *model, const struct format_options *options, FILE *out)
{
    struct sarif w = {.model = model, .options = options};
    json_begin(&w.json, out);
    json_object_begin(&w.json, NULL);
    json_text(&w.json, "$schema", SCHEMA);
    json_text(&w.json, "version", "2.1.0");
    json_array_begin(&w.json, "runs");
    write_run(&w);
    json_array_end(&w.json);
    json_object_end(&w.json);
    json_end(&w.json);
}
