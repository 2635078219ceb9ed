#include "collectors/languages/v8/addons/works.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/lock.h"
#include "agent/base/memory.h"
#include "agent/base/readable.h"
#include "agent/base/table.h"
#include "agent/loading/exports.h"
#include "agent/process/thread.h"
#include "agent/unit/descriptors.h"
#include "collectors/languages/v8/addons/handed.h"
#include "collectors/languages/v8/here.h"
#include "collectors/languages/v8/v8.h"

#define NAPI_OK       0
#define NAPI_FUNCTION 7 /* js_native_api_types.h */
#define DATA_WORDS    8 /* of a work's data, in which its reference is looked for: what is behind may be somebody else's */

typedef void (*execute_function)(void *env, void *data);
typedef void (*complete_function)(void *env, int status, void *data);

/* What is asked for, when it is. */
struct asked {
    const struct v8_handed *stack; /* NULL: nobody is known to have asked */
    uint64_t unit;                 /* of work, see descriptors_work_for; 0: it is not known */
};

/* What node gets for data. */
struct work {
    execute_function execute;
    complete_function complete;
    void *data;
    struct asked asked;
    bool is_queued;
};

/* node's (node_api.h). */
static struct {
    int (*create_work)(void *env, void *resource, void *name, execute_function, complete_function, void *data, void **ret);
    int (*delete_work)(void *env, void *handle);
    int (*queue_work)(void *env, void *handle);
    int (*create_reference)(void *env, void *value, uint32_t count, void **ret);
    int (*delete_reference)(void *env, void *reference);
    int (*type_of)(void *env, void *value, int *ret);
} node;

/* Written under the lock. */
static struct lock lock;
static struct slab work_slab = {.size = sizeof(struct work)}, asked_slab = {.size = sizeof(struct asked)};
static struct table works = TABLE_INIT;      /* node's handle -> struct work */
static struct table references = TABLE_INIT; /* to a function -> struct asked, as it was when that was made */

static bool put(struct table *table, const void *key, const void *value)
{
    bool is_put;

    if (!lock_take_briefly(&lock))
        return false;
    is_put = table_put(table, (uintptr_t)key, (void *)(uintptr_t)value);
    lock_release_brief(&lock);
    return is_put;
}

static void *take_out(struct table *table, const void *key)
{
    void *value = table_get(table, (uintptr_t)key);

    if (!value || !lock_take_briefly(&lock))
        return NULL;
    value = table_remove(table, (uintptr_t)key);
    lock_release_brief(&lock);
    return value;
}

static void *take(struct slab *slab)
{
    void *taken;

    if (!lock_take_briefly(&lock))
        return NULL;
    taken = slab_take(slab);
    lock_release_brief(&lock);
    return taken;
}

static void give(struct slab *slab, void *taken)
{
    if (!taken || !lock_take_briefly(&lock))
        return;
    slab_give(slab, taken);
    lock_release_brief(&lock);
}

/* Now, by the calling thread, which runs JavaScript. */
static struct asked ask(void)
{
    struct asked asked = {.stack = v8_capture()};
    struct thread *thread = thread_self;

    if (thread->alive)
        asked.unit = (uint64_t)thread->shard << 32 | thread->waits;
    return asked;
}

static int create_reference(void *env, void *value, uint32_t count, void **ret)
{
    int status = node.create_reference(env, value, count, ret), type = -1;
    struct asked *asked;

    if (status != NAPI_OK || !ret || node.type_of(env, value, &type) != NAPI_OK || type != NAPI_FUNCTION ||
        !(asked = take(&asked_slab)))
        return status;
    *asked = ask();
    if (!asked->stack || !put(&references, *ret, asked))
        give(&asked_slab, asked);
    return status;
}

static int delete_reference(void *env, void *reference)
{
    give(&asked_slab, take_out(&references, reference));
    return node.delete_reference(env, reference);
}

/* Napi::Reference has its environment and, behind it, the reference. */
static READS_ANYTHING const struct asked *asked_in(const void *env, const void *data)
{
    const uintptr_t *words = data;

    if (!data || (uintptr_t)data % sizeof *words != 0 || !readable_bytes(data, DATA_WORDS * sizeof *words))
        return NULL;
    for (int i = 1; i < DATA_WORDS; i++) {
        const struct asked *asked = words[i - 1] == (uintptr_t)env ? table_get(&references, words[i]) : NULL;
        if (asked)
            return asked;
    }
    return NULL;
}

/* Apart from run: where nobody is known to have asked, the work stands at another place of the stack, so that what is remembered
 * of a statement's native stack there does not hold here. */
static NOINLINE void run_for(const struct work work, void *env)
{
    const struct v8_handed *before = v8_here.handed;

    v8_here.handed = work.asked.stack;
    work.execute(env, work.data);
    v8_here.handed = before;
}

static void run(void *env, void *data)
{
    const struct work *work = data;

    if (work->asked.unit)
        descriptors_work_for(work->asked.unit);
    if (work->asked.stack)
        run_for(*work, env);
    else
        work->execute(env, work->data);
}

/* In the thread that has queued it, which is not waited for any more. The addon may give the work back in there. */
static void complete(void *env, int status, void *data)
{
    const struct work work = *(const struct work *)data;

    if (work.is_queued && thread_self->at_work > 0)
        thread_self->at_work--;
    if (work.complete)
        work.complete(env, status, work.data);
}

static int create_work(void *env, void *resource, void *name, execute_function execute, complete_function completes, void *data,
                       void **ret)
{
    struct work *work = execute && ret ? take(&work_slab) : NULL;
    const struct asked *asked;
    int status;

    if (!work)
        return node.create_work(env, resource, name, execute, completes, data, ret);
    work->execute = execute;
    work->complete = completes;
    work->data = data;
    asked = asked_in(env, data);
    work->asked = asked ? *asked : ask();
    status = node.create_work(env, resource, name, run, complete, work, ret);
    if (status != NAPI_OK)
        give(&work_slab, work);
    else
        put(&works, *ret, work); /* else it stays for ever */
    return status;
}

/* From now on the thread waits for an answer, and not for other work. */
static int queue_work(void *env, void *handle)
{
    struct work *work = handle ? table_get(&works, (uintptr_t)handle) : NULL;
    int status;

    if (work && !work->is_queued && thread_self->alive) {
        work->is_queued = true;
        thread_self->at_work++;
    }
    status = node.queue_work(env, handle);
    if (work && work->is_queued && status != NAPI_OK) {
        work->is_queued = false;
        thread_self->at_work--;
    }
    return status;
}

static int delete_work(void *env, void *handle)
{
    struct work *work = take_out(&works, handle);
    int status = node.delete_work(env, handle);

    give(&work_slab, work);
    return status;
}

static bool find(const char *name, void *ret)
{
    void *symbol = exports_find(name);

    memcpy(ret, &symbol, sizeof symbol);
    return symbol != NULL;
}

bool v8_works_are_known(void)
{
    static bool found;

    if (!found)
        found = v8_is_found() && find("napi_create_async_work", &node.create_work) &&
                find("napi_delete_async_work", &node.delete_work) && find("napi_queue_async_work", &node.queue_work) &&
                find("napi_create_reference", &node.create_reference) && find("napi_delete_reference", &node.delete_reference) &&
                find("napi_typeof", &node.type_of);
    return found;
}

const char *const v8_works_names[] = {"napi_create_async_work", "napi_delete_async_work", "napi_queue_async_work",
                                      "napi_create_reference",  "napi_delete_reference",  NULL};

void (*const v8_works_functions[])(void) = {(void (*)(void))create_work, (void (*)(void))delete_work, (void (*)(void))queue_work,
                                            (void (*)(void))create_reference, (void (*)(void))delete_reference};

void v8_works_reset_after_fork(void)
{
    lock = (struct lock){0};
    v8_handed_reset_after_fork();
}
