#include "viewer/export/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <jansson.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"
#include "viewer/complain.h"

#define SCHEMA 1

struct state {
    char *path;
    int lock;     /* descriptor of PATH.lock */
    json_t *sent; /* name of a finding -> what it was */
};

/* Findings in several databases can share a signature. */
static char *name_of(const struct model *model, const struct model_finding *f)
{
    uint32_t database = model->groups[f->group].database;
    const char *name = database != MODEL_NONE ? model->databases[database].name : "";
    return alloc_format("%016" PRIx64 "-%016" PRIx64, f->signature, hash_bytes(name, strlen(name), 0));
}

static json_t *find(const struct state *state, const struct model *model, uint32_t finding)
{
    char *name = name_of(model, &model->findings[finding]);
    json_t *entry = json_object_get(state->sent, name);
    free(name);
    return entry;
}

static uint64_t number(const json_t *entry, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(entry, name));
    return value > 0 ? (uint64_t)value : 0;
}

static bool is_text(const json_t *entry, const char *name, const char *text)
{
    const char *value = json_string_value(json_object_get(entry, name));
    return value && strcmp(value, text) == 0;
}

bool state_is_due(const struct state *state, const struct model *model, uint32_t finding, bool all)
{
    const struct model_finding *f = &model->findings[finding];
    const json_t *entry = find(state, model, finding);
    uint64_t before = number(entry, "executions");
    if (!entry || f->executions_everywhere < before || !is_text(entry, "kind", kind_of(f->kind)->name) ||
        !is_text(entry, "confidence", model_confidence_name(f->confidence)))
        return true;
    return f->executions_everywhere > before && (all || f->executions_everywhere / 2 >= before);
}

uint64_t state_round(const struct state *state, const struct model *model, uint32_t finding)
{
    return number(find(state, model, finding), "sent");
}

void state_note_sent(struct state *state, const struct model *model, uint32_t finding)
{
    const struct model_finding *f = &model->findings[finding];
    char *name = name_of(model, f);
    uint64_t rounds = state_round(state, model, finding) + 1;
    uint64_t executions = f->executions_everywhere > INT64_MAX ? INT64_MAX : f->executions_everywhere;
    json_t *entry = json_pack("{s:s,s:s,s:I,s:I}", "kind", kind_of(f->kind)->name, "confidence",
                              model_confidence_name(f->confidence), "executions", (json_int_t)executions, "sent",
                              (json_int_t)rounds);
    if (!entry || json_object_set_new(state->sent, name, entry) != 0)
        alloc_failed();
    free(name);
}

static bool lock_file(struct state *state)
{
    char *name = alloc_format("%s.lock", state->path);
    state->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool locked = state->lock >= 0 && flock(state->lock, LOCK_EX | LOCK_NB) == 0;
    if (!locked)
        complain(name, "%s",
                 state->lock >= 0 && errno == EWOULDBLOCK ? "another nplus1 export --follow uses it" : strerror(errno));
    free(name);
    return locked;
}

static bool read_file(struct state *state)
{
    json_error_t error;
    if (access(state->path, F_OK) != 0) {
        state->sent = json_object();
        return state->sent != NULL;
    }
    json_t *root = json_load_file(state->path, 0, &error);
    json_t *sent = json_object_get(root, "sent");
    if (json_integer_value(json_object_get(root, "schema")) == SCHEMA && json_is_object(sent))
        state->sent = json_incref(sent);
    else
        complain(state->path, "is no record of what was sent; remove it to send everything again");
    json_decref(root);
    return state->sent != NULL;
}

struct state *state_open(const char *path)
{
    struct state *state = alloc_zeroed(1, sizeof *state);
    state->path = alloc_format("%s", path);
    state->lock = -1;
    if (lock_file(state) && read_file(state))
        return state;
    state_close(state);
    return NULL;
}

void state_close(struct state *state)
{
    if (!state)
        return;
    json_decref(state->sent);
    if (state->lock >= 0)
        close(state->lock);
    free(state->path);
    free(state);
}

static bool write_to(const struct state *state, int descriptor)
{
    json_t *root = json_pack("{s:i,s:O}", "schema", SCHEMA, "sent", state->sent);
    bool done = root && json_dumpfd(root, descriptor, JSON_INDENT(2) | JSON_SORT_KEYS) == 0 && fsync(descriptor) == 0;
    json_decref(root);
    return done;
}

bool state_save(const struct state *state)
{
    char *fresh = alloc_format("%s.new", state->path);
    int descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool done = descriptor >= 0 && write_to(state, descriptor);
    int error = errno;
    if (descriptor >= 0)
        close(descriptor);
    if (done && rename(fresh, state->path) != 0) {
        error = errno;
        done = false;
    }
    if (!done)
        complain(state->path, "%s; what was sent may be sent again", strerror(error));
    free(fresh);
    return done;
}
