#include "viewer/mcp/tools.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exporter/base/alloc.h"
#include "exporter/base/hex.h"
#include "exporter/diff/diff.h"
#include "exporter/formats/describe.h"
#include "exporter/formats/json/diff.h"
#include "exporter/formats/json/elements.h"
#include "exporter/formats/json/parts.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"
#include "viewer/complain.h"
#include "viewer/load.h"
#include "viewer/mcp/access.h"
#include "viewer/mcp/models.h"
#include "viewer/mcp/rpc.h"
#include "viewer/mcp/runner.h"

#define TIMEOUT_S     120
#define TIMEOUT_MOST  3600
#define ARGUMENTS_MAX 1000
#define FINDINGS_MAX  100

static char **default_paths;
static int default_count;

void tools_start(char **paths, int count)
{
    default_paths = paths;
    default_count = count;
}

/* What a tool gives: JSON, or why it failed. */
struct answer {
    char *data;
    size_t size;
    FILE *out;
    char *error; /* NULL: none */
};

static const char *text_of(const json_t *arguments, const char *name)
{
    return json_string_value(json_object_get(arguments, name));
}

static const struct model *load(const char *path, struct answer *answer)
{
    int status = EXIT_FINE;
    char *one[] = {(char *)(uintptr_t)path};
    if (path && access(path, R_OK) != 0)
        answer->error = alloc_format("%s is not there, or cannot be read", path);
    else if (path && !access_is_allowed(path))
        answer->error = alloc_format(
            "%s: only recordings below the working directory, or named on the command line, are read; --any-path "
            "allows others",
            path);
    if (answer->error)
        return NULL;
    const struct model *model = path ? models_get(one, 1, &status) : models_get(default_paths, default_count, &status);
    if (!model)
        answer->error = path ? alloc_format("%s is no recording", path)
                             : alloc_format("there is no recording; run_command makes one, or give a path");
    return model;
}

static char *describe_place(const struct model *model, uint32_t frame)
{
    const struct model_frame *f = frame != MODEL_NONE ? &model->frames[frame] : NULL;
    return f && f->file ? alloc_format("%s:%u", f->file, f->line) : alloc_format("%s", f ? f->function : "unknown");
}

static void write_brief(struct json_writer *json, const struct model *model, const struct model_finding *f)
{
    const struct model_group *g = &model->groups[f->group];
    char *place = describe_place(model, f->loop != MODEL_NONE ? f->loop : g->location);
    char *summary = describe_finding(model, f);
    json_object_begin(json, NULL);
    json_hex(json, "signature", f->signature);
    json_text(json, "kind", kind_of(f->kind)->name);
    json_text(json, "confidence", model_confidence_name(f->confidence));
    json_number(json, "executions", f->executions_everywhere);
    if (f->databases > 1)
        json_number(json, "databases", f->databases);
    json_text(json, "place", place);
    json_text(json, "statement", model->statements[g->statement].text);
    json_text(json, "summary", summary);
    json_text(json, "advice", f->advice.text);
    if (f->allowed)
        json_text(json, "allowed", f->allowed);
    json_object_end(json);
    free(summary);
    free(place);
}

/* No more than somebody reads, who can ask for one kind, or for the surest. */
static void write_findings(struct json_writer *json, const struct model *model, const char *kind, enum verdict_confidence least)
{
    uint32_t count = 0;
    json_array_begin(json, "findings");
    for (uint32_t i = 0; i < model->finding_count; i++) {
        const struct model_finding *f = &model->findings[i];
        if (f->confidence < least || (kind && strcmp(kind, kind_of(f->kind)->name) != 0))
            continue;
        if (count++ < FINDINGS_MAX)
            write_brief(json, model, f);
    }
    json_array_end(json);
    json_number(json, "findings_left_out", count > FINDINGS_MAX ? count - FINDINGS_MAX : 0);
}

/* VERDICT_CONFIDENCE_NONE: it is none. */
static enum verdict_confidence confidence_of(const char *word)
{
    for (enum verdict_confidence c = VERDICT_POSSIBLE; word && c <= VERDICT_PROVEN; c++) {
        if (strcmp(word, model_confidence_name(c)) == 0)
            return c;
    }
    return word ? VERDICT_CONFIDENCE_NONE : VERDICT_LIKELY;
}

static void list_findings(const json_t *arguments, struct answer *answer)
{
    const char *kind = text_of(arguments, "kind");
    if (kind && !kind_named(kind)) {
        answer->error = alloc_format("'%s' is no kind of finding", kind);
        return;
    }
    enum verdict_confidence least = confidence_of(text_of(arguments, "confidence"));
    if (least == VERDICT_CONFIDENCE_NONE) {
        answer->error = alloc_format("confidence: possible, likely or proven");
        return;
    }
    const struct model *model = load(text_of(arguments, "path"), answer);
    if (!model)
        return;
    struct json_writer json;
    json_begin(&json, answer->out);
    json_object_begin(&json, NULL);
    json_totals(&json, &model->totals);
    write_findings(&json, model, kind, least);
    json_object_end(&json);
    json_end(&json);
}

static void show_finding(const json_t *arguments, struct answer *answer)
{
    const char *signature = text_of(arguments, "signature");
    uint64_t number;
    if (!signature || !hex_read_name(signature, &number)) {
        answer->error = alloc_format("signature: 16 digits, as list_findings has them");
        return;
    }
    const struct model *model = load(text_of(arguments, "path"), answer);
    if (!model)
        return;
    const struct model_finding *f = NULL;
    for (uint32_t i = 0; i < model->finding_count && !f; i++)
        f = model->findings[i].signature == number ? &model->findings[i] : NULL;
    if (f) {
        struct source_files *sources = source_files_create(true);
        struct json_writer json;
        json_begin(&json, answer->out);
        json_object_begin(&json, NULL);
        json_array_begin(&json, "finding_and_groups");
        json_finding(&json, model, f, sources);
        source_files_destroy(sources);
        json_group(&json, model, f->group, NULL, NULL);
        if (f->parent != MODEL_NONE && f->parent != f->group)
            json_group(&json, model, f->parent, NULL, NULL);
        json_array_end(&json);
        json_object_end(&json);
        json_end(&json);
    } else {
        answer->error = alloc_format("no finding is called %s", signature);
    }
}

/* Ended by NULL; NULL: it is no command. The words are the arguments'. */
static char **read_command(const json_t *list)
{
    size_t count = json_array_size(list);
    if (count == 0 || count > ARGUMENTS_MAX)
        return NULL;
    char **command = alloc_zeroed(count + 1, sizeof *command);
    for (size_t i = 0; i < count; i++) {
        command[i] = (char *)(uintptr_t)json_string_value(json_array_get(list, i));
        if (!command[i] || (i == 0 && !command[i][0])) {
            free(command);
            return NULL;
        }
    }
    return command;
}

static void write_run(const struct runner_result *result, struct answer *answer)
{
    int status = EXIT_FINE;
    char *path = (char *)(uintptr_t)result->paths;
    struct json_writer json;
    access_allow(path);
    const struct model *model = load_is_empty(path) ? NULL : models_get(&path, 1, &status);
    json_begin(&json, answer->out);
    json_object_begin(&json, NULL);
    json_number(&json, "status", (uint64_t)result->status);
    json_bool(&json, "timed_out", result->timed_out);
    json_text(&json, "output", result->output);
    json_text(&json, "path", model ? path : NULL);
    if (model) {
        json_totals(&json, &model->totals);
        write_findings(&json, model, NULL, VERDICT_LIKELY);
    } else {
        json_text(&json, "note",
                  "nothing was recorded: the command ran no statement that the agent could see; `nplus1 doctor` tells why");
    }
    json_object_end(&json);
    json_end(&json);
}

static void run_command(const json_t *arguments, struct answer *answer)
{
    struct runner_result result = {.status = 0};
    const json_t *limit = json_object_get(arguments, "timeout_s");
    json_int_t seconds = limit && !json_is_null(limit) ? json_integer_value(limit) : TIMEOUT_S; /* 0: it is no integer */
    char **command = read_command(json_object_get(arguments, "command"));
    if (!command)
        answer->error = alloc_format("command: a list of words, the program first");
    else if (seconds < 1 || seconds > TIMEOUT_MOST)
        answer->error = alloc_format("timeout_s: from 1 to %d", TIMEOUT_MOST);
    else
        answer->error = runner_run(command, (unsigned)seconds, &result);
    if (!answer->error)
        write_run(&result, answer);
    free(result.output);
    free(command);
}

static void compare(const json_t *arguments, struct answer *answer)
{
    const char *before = text_of(arguments, "before");
    const char *after = text_of(arguments, "after");
    if (!before || !after) {
        answer->error = alloc_format("before and after: recordings");
        return;
    }
    const struct model *old = load(before, answer);
    const struct model *new = old ? load(after, answer) : NULL;
    if (new) {
        struct diff *diff = diff_create(old, new, &(struct diff_options){.at = 0});
        diff_json_write(diff, answer->out);
        diff_destroy(diff);
    }
}

#define ARGUMENTS 3

static const struct tool {
    const char *name;
    void (*call)(const json_t *arguments, struct answer *answer);
    const char *texts[ARGUMENTS]; /* arguments that are texts */
    const char *others[ARGUMENTS];
} tools[] = {
    {"list_findings", list_findings, {"path", "kind", "confidence"}, {NULL}},
    {"show_finding", show_finding, {"path", "signature"}, {NULL}},
    {"run_command", run_command, {NULL}, {"command", "timeout_s"}},
    {"diff", compare, {"before", "after"}, {NULL}},
};

static bool is_one_of(const char *const names[ARGUMENTS], const char *name)
{
    for (size_t i = 0; i < ARGUMENTS && names[i]; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* An argument that is passed over would be answered with something else than was asked for: another recording, all kinds. NULL:
 * there is none. */
static char *find_wrong_argument(const struct tool *tool, json_t *arguments)
{
    const char *name;
    json_t *value;
    json_object_foreach(arguments, name, value)
    {
        bool is_text = is_one_of(tool->texts, name);
        if (!is_text && !is_one_of(tool->others, name))
            return alloc_format("%s has no argument '%s'", tool->name, name);
        if (is_text && !json_is_string(value) && !json_is_null(value))
            return alloc_format("%s: a text is wanted", name);
    }
    return NULL;
}

/* On one line, as the transport wants it, in place: a line within a text is escaped, so that each that ends is one of the layout.
 */
static void join_lines(char *data)
{
    char *to = data;
    for (const char *at = data; *at;) {
        size_t length = strcspn(at, "\n");
        memmove(to, at, length);
        to += length;
        at += length;
        at += *at == '\n' ? 1 + strspn(at + 1, " ") : 0;
    }
    *to = '\0';
}

static char *result_of(struct answer *answer)
{
    char *line = answer->error ? NULL : answer->data;
    if (line)
        join_lines(line);
    char *text = rpc_quote(line ? line : answer->error);
    char *result = line ? alloc_format(
                              "{\"content\":[{\"type\":\"text\",\"text\":%s}],\"structuredContent\":%s,\"isError\":false}", text,
                              line)
                        : alloc_format("{\"content\":[{\"type\":\"text\",\"text\":%s}],\"isError\":true}", text);
    free(text);
    return result;
}

char *tools_call(const char *name, const json_t *arguments)
{
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        if (strcmp(tools[i].name, name) != 0)
            continue;
        struct answer answer = {.data = NULL};
        answer.out = open_memstream(&answer.data, &answer.size);
        if (!answer.out)
            return NULL;
        answer.error = find_wrong_argument(&tools[i], (json_t *)(uintptr_t)arguments);
        if (!answer.error)
            tools[i].call(arguments, &answer);
        models_settle();
        fclose(answer.out);
        char *result = result_of(&answer);
        free(answer.data);
        free(answer.error);
        return result;
    }
    return NULL;
}
