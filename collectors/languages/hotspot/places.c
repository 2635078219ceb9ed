#include "collectors/languages/hotspot/places.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "agent/base/lock.h"
#include "agent/base/memory.h"
#include "agent/base/table.h"
#include "exporter/ownership/ownership.h"
#include "exporter/ownership/plumbing.h"

#define PLACES_MAX 65536

/* Written under the lock. */
static struct lock lock;
static struct table places = TABLE_INIT;
static struct pool pool;
static uint32_t count;

static uint64_t key_of(const struct hotspot_frame *frame)
{
    uint64_t key = hash_mix(frame->method, (uint64_t)frame->location);

    return key > TABLE_DELETED && key != TABLE_NOBODY ? key : 2;
}

static const char *keep(const char *text, size_t length)
{
    char *copy = pool_alloc(&pool, length + 1);

    if (copy)
        memcpy(copy, text, length);
    return copy;
}

/* Reflection and method handles reach one method by other frames once it was called some times (NativeMethodAccessorImpl,
 * GeneratedMethodAccessor17, LambdaForm$MH); hidden classes have an address in their names, behind a point; proxies that are made
 * at run time (java.lang.reflect, cglib, Byte Buddy) have numbers and no source. */
static bool is_hidden(const struct hotspot_frame *frame, const struct hotspot_method *method)
{
    static const char *const machinery[] = {"Ljava/lang/reflect/", "Ljdk/internal/reflect/", "Lsun/reflect/",
                                            "Ljava/lang/invoke/"};
    const char *class_name = method->class_name;

    if (frame->location < 0 || strchr(class_name, '.') ||
        (!method->source[0] && (strstr(class_name, "Proxy") || strstr(class_name, "$$"))))
        return true;
    for (size_t i = 0; i < ARRAY_LENGTH(machinery); i++) {
        if (strncmp(class_name, machinery[i], strlen(machinery[i])) == 0)
            return true;
    }
    return false;
}

/* Lcom/shop/Orders$Line; and Orders.java: com.shop.Orders$Line.load, com/shop/Orders.java */
static void name(struct hotspot_place *place, const struct hotspot_method *method)
{
    char text[sizeof method->class_name + sizeof method->source];
    const char *class_name = method->class_name + 1; /* behind the L */
    size_t length = strcspn(class_name, ";"), package = 0, written;

    for (size_t i = 0; i < length; i++) {
        text[i] = class_name[i] == '/' ? '.' : class_name[i];
        if (class_name[i] == '/')
            package = i + 1;
    }
    text[length] = '.';
    memcpy(text + length + 1, method->name, strlen(method->name));
    place->function = keep(text, length + 1 + strlen(method->name));

    memcpy(text, class_name, package);
    if (method->source[0]) {
        memcpy(text + package, method->source, strlen(method->source));
        written = package + strlen(method->source);
    } else { /* compiled without, or made at run time: its name tells that */
        written = length;
        memcpy(text, class_name, written);
        memcpy(text + written, ".class", strlen(".class"));
        written += strlen(".class");
    }
    place->file = keep(text, written);
}

/* A ForkJoinPool's tasks (parallel streams, CompletableFuture) are run by its threads, by the one that waits for them, and by
 * any that waits for another one meanwhile. */
static bool runs_task(const struct hotspot_method *method)
{
    return strcmp(method->class_name, "Ljava/util/concurrent/ForkJoinTask;") == 0 && strcmp(method->name, "doExec") == 0;
}

static struct hotspot_place *add(const struct hotspot_frame *frame, const struct hotspot_method *method)
{
    struct hotspot_place *place = count < PLACES_MAX ? pool_alloc(&pool, sizeof *place) : NULL;

    if (!place)
        return NULL;
    place->method = frame->method;
    place->location = frame->location;
    place->hidden = is_hidden(frame, method);
    place->line = method->line;
    if (!place->hidden) {
        name(place, method);
        if (!place->function || !place->file)
            return NULL;
        place->is_program = !ownership_is_made(place->file, method->line) &&
                            !ownership_is_foreign_script(NULL, place->file, NULL, 0) && !plumbing_holds(place->file);
        place->runs_task = runs_task(method);
    }
    place->key = hash_mix(frame->method, method->line);
    if (!table_put(&places, key_of(frame), place))
        return NULL;
    count++;
    return place;
}

/* The machine is asked outside of the lock: it may let the thread wait. */
static COLD const struct hotspot_place *learn(const struct hotspot_frame *frame)
{
    struct hotspot_method method;
    struct hotspot_place *place;

    if (!hotspot_describe(frame, &method))
        return NULL;
    lock_take(&lock);
    place = table_get(&places, key_of(frame));
    if (!place)
        place = add(frame, &method);
    lock_release(&lock);
    return place;
}

const struct hotspot_place *hotspot_place(const struct hotspot_frame *frame)
{
    const struct hotspot_place *place = table_get(&places, key_of(frame));

    if (unlikely(!place))
        return learn(frame);
    return likely(place->method == frame->method && place->location == frame->location) ? place : NULL;
}

void hotspot_places_reset_after_fork(void)
{
    lock = (struct lock){0};
}
