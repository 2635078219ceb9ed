#include "agent/unit/scope.h"

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
    bool allows;
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

static struct scope *intern(const char *name, size_t length, bool allows)
{
    struct scope *scope;
    uint64_t key;

    if (length > SCOPE_NAME)
        length = SCOPE_NAME;
    key = table_key(hash_bytes(name, length, allows ? HASH_K1 : HASH_K2));
    scope = table_get(&scopes, key);
    if (likely(scope != NULL))
        return scope;
    lock_take(&recording_lock);
    scope = table_get(&scopes, key);
    if (!scope && scope_count < SCOPE_MAX) {
        scope = table_reserve(&scopes) ? scope_create(name, length) : NULL;
        if (scope) {
            scope->allows = allows;
            table_put(&scopes, key, scope);
        }
    } else if (!scope) {
        if (!other)
            other = scope_create("(other scopes)", strlen("(other scopes)"));
        scope = other;
    }
    lock_release(&recording_lock);
    return scope;
}

struct scope *scope_intern(const char *name, size_t length)
{
    return intern(name, length, false);
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

static void set_stay(struct thread *thread, uint32_t stay)
{
    atomic_store_explicit(&thread->stay, stay, memory_order_relaxed);
}

static void enter(struct thread *thread, struct scope *scope, uint32_t stay)
{
    thread->scope = scope;
    set_stay(thread, stay);
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

_Atomic bool scope_is_wanted;

static _Atomic uint32_t threads_in_scopes, helping; /* helping: the stay of threads that work for another's scope; 0: none do */
static struct thread *_Atomic helped;               /* the one that they work for */
static _Atomic uint32_t last_helping;

static void help(struct thread *thread, void *stay)
{
    if (thread != atomic_load(&helped) && !thread->scope_depth && !thread->tagged)
        set_stay(thread, (uint32_t)(uintptr_t)stay);
}

static void help_no_more(struct thread *thread, void *stay)
{
    if (thread_stay(thread) == (uint32_t)(uintptr_t)stay)
        set_stay(thread, 0);
}

static void begin_outermost(struct thread *thread)
{
    uint32_t stay;

    if (atomic_fetch_add(&threads_in_scopes, 1) != 0 || !atomic_load(&scope_is_wanted) || atomic_load(&helped))
        return;
    stay = SCOPE_OF_ANOTHER | (atomic_fetch_add(&last_helping, 1) + 1);
    atomic_store(&helped, thread);
    atomic_store(&helping, stay);
    thread_each(help, (void *)(uintptr_t)stay);
}

static void end_outermost(struct thread *thread)
{
    uint32_t stay = scope_stay_of_others(thread);

    atomic_fetch_sub(&threads_in_scopes, 1);
    if (!stay)
        return;
    atomic_store(&helping, 0);
    thread_each(help_no_more, (void *)(uintptr_t)stay);
    atomic_store(&helped, NULL);
}

void scope_begin(struct thread *thread, const char *name, bool allows)
{
    if (thread->scope_depth == 0) {
        scope_forget_tags(thread);
        unit_end(thread);
        begin_outermost(thread);
    } else {
        unit_pause(thread);
    }
    if (thread->scope_depth < SCOPE_DEPTH) {
        thread->outer[thread->scope_depth].scope = thread->scope;
        thread->outer[thread->scope_depth].stay = thread_stay(thread);
        thread->last_stay = (thread->last_stay + 1) % SCOPE_OF_ANOTHER;
        enter(thread, intern(name, strlen(name), allows), thread->last_stay);
    }
    thread->scope_depth++;
}

void scope_end(struct thread *thread)
{
    if (thread->scope_depth == 0)
        return;
    thread->scope_depth--;
    if (thread->scope_depth < SCOPE_DEPTH)
        enter(thread, thread->outer[thread->scope_depth].scope, thread->outer[thread->scope_depth].stay);
    if (thread->scope_depth == 0) {
        unit_end(thread);
        end_outermost(thread);
        scope_enter_thread(thread);
    } else {
        unit_pause(thread);
    }
}

uint32_t scope_stay_at(const struct thread *thread, uint32_t level)
{
    return level + 1 < thread->scope_depth && level + 1 < SCOPE_DEPTH ? thread->outer[level + 1].stay : thread_stay(thread);
}

uint32_t scope_stay_of_others(const struct thread *thread)
{
    return atomic_load(&helped) == thread ? atomic_load(&helping) : 0;
}

void scope_enter_thread(struct thread *thread)
{
    set_stay(thread, thread->scope_depth || thread->tagged ? thread_stay(thread) : atomic_load(&helping));
}

void scope_leave_all(struct thread *thread)
{
    if (thread->scope_depth)
        end_outermost(thread);
    thread->scope_depth = 0;
    thread->tagged = false;
    enter(thread, NULL, 0);
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
    message.has_allows = scope->allows;
    message.allows = scope->allows;
    message.judged = message.has_judged = atomic_load(&scope_is_wanted);
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
    threads_in_scopes = helping = 0;
    helped = NULL;
}
