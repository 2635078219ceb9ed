#include "agent/unit/scope.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/base/table.h"
#include "agent/sql/tags.h"
#include "agent/recording/recording.h"
#include "agent/unit/unit.h"

struct scope {
    uint32_t id; /* in the recording of `generation`; guarded by recording_lock, like the latter */
    uint32_t generation;
    char name[]; /* terminated */
};

static struct table scopes = TABLE_INIT; /* hash of the name -> struct scope; written under recording_lock, like those below */
static uint32_t scope_count;
static struct scope *other; /* for names that are too many */
static uint32_t last_scope;

static uint64_t table_key(uint64_t hash)
{
    return hash | 2; /* 0 and 1 are reserved */
}

/* Locked. A field of type string is UTF-8: the program may have named its scope in any way. */
static struct scope *scope_create(const char *name, size_t length)
{
    struct scope *scope = pool_alloc(&recording_pool, sizeof *scope + length + 1);

    if (!scope)
        return NULL;
    for (size_t i = 0; i < length; i++)
        scope->name[i] = (unsigned char)name[i] < 0x80 ? name[i] : '?';
    scope->name[length] = '\0';
    scope_count++;
    return scope;
}

struct scope *scope_intern(const char *name, size_t length)
{
    struct scope *scope;
    uint64_t key;

    if (length > SCOPE_NAME)
        length = SCOPE_NAME;
    key = table_key(hash_bytes(name, length, HASH_K2));
    scope = table_get(&scopes, key);
    if (likely(scope != NULL))
        return scope;
    lock_take(&recording_lock);
    scope = table_get(&scopes, key);
    if (!scope && scope_count < SCOPE_MAX) {
        scope = scope_create(name, length);
        if (scope && !table_put(&scopes, key, scope))
            scope = NULL;
    } else if (!scope) {
        if (!other)
            other = scope_create("(other scopes)", strlen("(other scopes)"));
        scope = other;
    }
    lock_release(&recording_lock);
    return scope;
}

struct scope *scope_of_tags(const char *tags, size_t length, uint64_t *ret_trace)
{
    static const char *const names[] = {"route", "action", "job", "controller"};
    char name[2 * SCOPE_NAME], text[64];

    /* traceparent is version-trace-parent-flags: the parent changes within a request (w3.org/TR/trace-context). */
    *ret_trace = tags_value(tags, length, "traceparent", text, sizeof text) && strlen(text) > 35 ? hash_bytes(text + 3, 32, 0)
                                                                                                 : 0;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        size_t used = 0;
        /* Rails: controller='orders',action='index' */
        if (strcmp(names[i], "action") == 0 && tags_value(tags, length, "controller", name, SCOPE_NAME)) {
            used = strlen(name);
            name[used++] = '#';
        }
        if (tags_value(tags, length, names[i], name + used, SCOPE_NAME))
            return scope_intern(name, strlen(name));
    }
    return NULL;
}

static void enter(struct thread *thread, struct scope *scope, uint32_t stay)
{
    thread->scope = scope;
    thread->stay = stay;
}

void scope_tagged(struct thread *thread, struct scope *scope, uint64_t trace)
{
    if (thread->scope_depth || (thread->tagged && thread->scope == scope && thread->trace == trace))
        return;
    unit_end(thread);
    thread->tagged = true;
    thread->trace = trace;
    enter(thread, scope, ++thread->last_stay);
}

void scope_forget_tags(struct thread *thread)
{
    if (!thread->tagged)
        return;
    thread->tagged = false;
    enter(thread, NULL, 0);
}

static void begin(struct thread *thread, const char *name)
{
    if (thread->scope_depth == 0) {
        scope_forget_tags(thread);
        unit_end(thread);
    } else {
        unit_pause(thread);
    }
    if (thread->scope_depth < SCOPE_DEPTH) {
        thread->outer[thread->scope_depth].scope = thread->scope;
        thread->outer[thread->scope_depth].stay = thread->stay;
        enter(thread, scope_intern(name, strlen(name)), ++thread->last_stay);
    }
    thread->scope_depth++;
}

static void end(struct thread *thread)
{
    if (thread->scope_depth == 0)
        return;
    thread->scope_depth--;
    if (thread->scope_depth < SCOPE_DEPTH)
        enter(thread, thread->outer[thread->scope_depth].scope, thread->outer[thread->scope_depth].stay);
    if (thread->scope_depth == 0)
        unit_end(thread);
    else
        unit_pause(thread);
}

void scope_leave_all(struct thread *thread)
{
    thread->scope_depth = 0;
    thread->tagged = false;
    enter(thread, NULL, 0);
}

/* The API for programs; the header that they include is agent/api/nplus1.h. */
EXPORT void nplus1_scope_begin(const char *name);
EXPORT void nplus1_scope_end(void);

void nplus1_scope_begin(const char *name)
{
    struct thread *thread = thread_current();
    int saved_errno = errno;

    if (thread)
        begin(thread, name ? name : "");
    errno = saved_errno;
}

void nplus1_scope_end(void)
{
    struct thread *thread = thread_current();

    if (thread)
        end(thread);
}

uint32_t scope_record(struct scope *scope)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Scope message = NPLUS1__SCOPE__INIT;

    if (scope->generation == recording_generation)
        return scope->id;
    message.has_id = true;
    message.id = last_scope + 1;
    message.name = scope->name;
    record.scope = &message;
    if (!recording_append(&record))
        return 0;
    scope->id = ++last_scope;
    scope->generation = recording_generation;
    return scope->id;
}

void scope_reset_after_fork(void)
{
    last_scope = 0;
}
