#include "collectors/languages/v8/search.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/readable.h"
#include "collectors/languages/v8/clients.h"
#include "collectors/languages/v8/objects.h"

#define NAME_MAX     512
#define DISTANCE_MAX 5  /* steps from a function of the client to a promise */
#define PLACES_MAX   40 /* contexts, objects and arrays that are looked into */
#define SMALL_OBJECT 8  /* properties: a larger one is no part of the statement, but what it is sent by */
#define LARGE_OBJECT 64
#define ARRAY_MAX    128
#define SLOTS_MAX    256
#define PARAMETERS   6

#define ISOLATE_ROOM ((size_t)32 << 10) /* its roots are in there */
#define TRIES_MAX    32
#define PAGES        64

/* Of a frame, in words (src/execution/frame-constants.h). */
#define FRAME_CONTEXT  (-1)
#define FRAME_FUNCTION (-2)
#define FRAME_COUNT    (-3) /* of parameters, the receiver among them */
#define FRAME_RECEIVER 2

#define BOUND_FUNCTION 24

struct place {
    uintptr_t object;
    int distance; /* of itself; what it holds is one further */
};

struct search {
    struct place places[PLACES_MAX];
    size_t count, done;
    struct v8_chain *chain;
    bool ambiguous;
    uintptr_t context; /* of the last function: most functions have their neighbour's */
};

/* Bytes from an isolate's beginning; 0: not found yet. */
static _Atomic uint32_t job_offset;
static _Atomic uint32_t tries;

/* Whether a word that may be anything is an object that can be read. pages: those that could be. */
static bool is_mapped(uintptr_t word, uintptr_t *pages)
{
    for (unsigned i = 0; i < 2; i++) {
        uintptr_t at = word - 1, *page = &pages[(at >> 12) % PAGES];
        if (!v8_is_object(word) || at % sizeof at != 0 || (*page != at >> 12 && !readable_word((const void *)at)))
            return false;
        *page = at >> 12;
        word = *(const uintptr_t *)at; /* its map */
    }
    return true;
}

static bool is_at_object(uintptr_t word)
{
    return v8_is_object(word) && word % sizeof word == 1 && readable_word((const void *)(word - 1));
}

static bool is_readable(uintptr_t word)
{
    return is_at_object(word) && is_at_object(v8_field(word, 0)) && v8_is(v8_field(word, 0), v8_types.map);
}

/* A function of JavaScript on the stack; 0: a frame of another kind. */
static uintptr_t function_of(const uintptr_t *frame)
{
    uintptr_t context = frame[FRAME_CONTEXT], function = frame[FRAME_FUNCTION];
    int type = v8_type(context);

    return type >= v8_types.context && type < v8_types.context + V8_CONTEXTS && v8_is(function, v8_types.function) ? function : 0;
}

bool v8_search_is_function(const uintptr_t *frame)
{
    return function_of(frame) != 0;
}

bool v8_search_frame(struct v8_client_frames *client, const uintptr_t *frame)
{
    uintptr_t function = function_of(frame), script = function ? v8_script(function) : 0;
    char name[NAME_MAX];

    if (!script)
        return true;
    if (client->count == V8_CLIENT_FRAMES || !v8_script_name(script, name, sizeof name))
        return false;
    if (v8_sends_for_others(name))
        client->frames[client->count++] = frame;
    return v8_is_of_client(name);
}

static void add(struct search *s, uintptr_t object, int distance)
{
    if (distance >= DISTANCE_MAX)
        return;
    for (size_t i = 0; i < s->count; i++) {
        if (s->places[i].object == object)
            return;
    }
    if (s->count == PLACES_MAX)
        s->ambiguous = true;
    else
        s->places[s->count++] = (struct place){object, distance};
}

/* Variables of a module are everybody's: they are not looked at. */
static bool is_of_function(uintptr_t context)
{
    uintptr_t previous;

    if (!v8_is_context(context, V8_BLOCK_CONTEXT) && !v8_is_context(context, V8_CATCH_CONTEXT) &&
        !v8_is_context(context, V8_FUNCTION_CONTEXT))
        return false;
    previous = v8_field(context, V8_CONTEXT_PREVIOUS);
    return v8_is_context(previous, V8_BLOCK_CONTEXT) || v8_is_context(previous, V8_CATCH_CONTEXT) ||
           v8_is_context(previous, V8_FUNCTION_CONTEXT) || v8_is_context(previous, V8_MODULE_CONTEXT);
}

static void add_contexts(struct search *s, uintptr_t context, int distance)
{
    for (; is_of_function(context); context = v8_field(context, V8_CONTEXT_PREVIOUS))
        add(s, context, distance);
}

static void take(struct search *s, uintptr_t promise)
{
    struct v8_chain chain;

    chain.count = chain.hash = 0;
    if (s->chain->count == 0) {
        v8_chain_follow(s->chain, promise, V8_CHAIN_MAX);
        return;
    }
    v8_chain_follow(&chain, promise, 1);
    if (chain.count == 0 || chain.generators[0] == s->chain->generators[0])
        return;
    chain.count = chain.hash = 0;
    v8_chain_follow(&chain, promise, V8_CHAIN_MAX);
    s->ambiguous |= s->chain->hash != chain.hash;
}

static void visit_function(struct search *s, uintptr_t function, int distance)
{
    uintptr_t settled, context = v8_field(function, v8_types.function_context);

    if (context == s->context)
        return;
    if (v8_script(function)) {
        s->context = context;
        add_contexts(s, context, distance + 1);
    } else if ((settled = v8_chain_settled_by(function))) {
        take(s, settled);
    }
}

/* What can call or settle something. type: of the word. */
static inline void visit(struct search *s, uintptr_t word, int type, int distance)
{
    if (type == v8_types.function)
        visit_function(s, word, distance);
    else if (type == v8_types.promise)
        take(s, word);
    else if (type == v8_types.bound_function && v8_is(v8_field(word, BOUND_FUNCTION), v8_types.function))
        visit_function(s, v8_field(word, BOUND_FUNCTION), distance);
}

static void visit_slot(struct search *s, uintptr_t word, int distance)
{
    int type = v8_type(word);
    size_t count;

    if (type == v8_types.array)
        add(s, word, distance);
    else if (type == v8_types.object && (v8_properties(word, &count), count <= SMALL_OBJECT))
        add(s, word, distance);
    else
        visit(s, word, type, distance);
}

static void visit_words(struct search *s, const uintptr_t *words, size_t count, int distance)
{
    for (size_t i = 0; i < count; i++)
        visit(s, words[i], v8_type(words[i]), distance);
}

static void visit_object(struct search *s, uintptr_t object, int distance)
{
    size_t count;
    const uintptr_t *words = v8_properties(object, &count);

    visit_words(s, words, count < LARGE_OBJECT ? count : LARGE_OBJECT, distance);
    words = v8_further_properties(object, &count);
    visit_words(s, words, count < LARGE_OBJECT ? count : LARGE_OBJECT, distance);
}

static void visit_array(struct search *s, uintptr_t array, int distance)
{
    size_t count;
    const uintptr_t *words = v8_elements(array, &count);

    if (count > ARRAY_MAX)
        s->ambiguous = true;
    else
        visit_words(s, words, count, distance);
}

static void visit_context(struct search *s, uintptr_t context, int distance)
{
    int32_t count = v8_number(v8_field(context, V8_CONTEXT_LENGTH)) - 2;
    const uintptr_t *words = (const uintptr_t *)(context - 1 + V8_CONTEXT_SLOTS);

    for (int32_t i = 0; i < count && i < SLOTS_MAX; i++)
        visit_slot(s, words[i], distance);
}

static void visit_place(struct search *s, struct place place)
{
    int type = v8_type(place.object);

    if (type == v8_types.object)
        visit_object(s, place.object, place.distance + 1);
    else if (type == v8_types.array)
        visit_array(s, place.object, place.distance + 1);
    else
        visit_context(s, place.object, place.distance + 1);
}

static void visit_frame(struct search *s, const uintptr_t *frame)
{
    size_t count = frame[FRAME_COUNT] <= PARAMETERS ? frame[FRAME_COUNT] : PARAMETERS;

    for (size_t i = 0; i < count; i++) {
        uintptr_t word = frame[FRAME_RECEIVER + i];
        int type = v8_type(word);
        if (type == v8_types.object)
            add(s, word, 0);
        else
            visit(s, word, type, 0);
    }
}

static bool is_of_client(uintptr_t function, uintptr_t unused)
{
    uintptr_t script = v8_script(function);
    char name[NAME_MAX];

    (void)unused;
    return script && v8_script_name(script, name, sizeof name) && v8_sends_for_others(name);
}

/* A function of a script, or that a property has; 0: there is none. What is in the variable of a function is not known to be in
 * use: it may be anything. */
static uintptr_t function_in(uintptr_t word, bool (*is_wanted)(uintptr_t function, uintptr_t script), uintptr_t script)
{
    const uintptr_t *words = &word;
    size_t count = 1;

    if (!is_readable(word))
        return 0;
    if (v8_is(word, v8_types.object))
        words = v8_properties(word, &count);
    for (size_t i = 0; i < count && i < SMALL_OBJECT; i++) {
        if (v8_is(words[i], v8_types.function) && is_wanted(words[i], script))
            return words[i];
    }
    return 0;
}

static bool is_of_script(uintptr_t function, uintptr_t script)
{
    return v8_script(function) == script;
}

void v8_search_variables(struct v8_client_frames *client, const uintptr_t *low, const uintptr_t *high)
{
    uintptr_t function;

    for (const uintptr_t *at = low; client->count == 0 && at < high && !client->variable; at++) {
        if (!(function = function_in(*at, is_of_client, 0)))
            continue;
        client->variable = at;
        client->script = v8_script(function);
    }
}

static enum v8_way look(struct search *s)
{
    for (; s->done < s->count; s->done++)
        visit_place(s, s->places[s->done]);
    return s->chain->count > 0 && !s->ambiguous ? V8_BY_STATEMENT : V8_NOBODY;
}

/* One frame after the other: what an inner one has is nearer to the statement. */
static enum v8_way search_statement(const struct v8_client_frames *client, struct v8_chain *ret)
{
    enum v8_way way = V8_NOBODY;
    struct search s;
    uintptr_t function;

    s.count = s.done = 0;
    s.chain = ret;
    s.ambiguous = false;
    s.context = 0;
    for (size_t i = 0; i < client->count && ret->count == 0; i++) {
        if (!(function = function_of(client->frames[i])))
            break;
        visit_frame(&s, client->frames[i]);
        add_contexts(&s, v8_field(function, v8_types.function_context), 0);
        way = look(&s);
    }
    if (client->count == 0 && client->variable && (function = function_in(*client->variable, is_of_script, client->script))) {
        add_contexts(&s, v8_field(function, v8_types.function_context), 0);
        way = look(&s);
    }
    return way;
}

static uintptr_t word_at(const void *isolate, uint32_t offset)
{
    return *(const uintptr_t *)(const void *)((const char *)isolate + offset);
}

/* 0: none runs, or it is not known where it would stand. */
static uintptr_t running_job(const void *isolate)
{
    uint32_t offset = atomic_load_explicit(&job_offset, memory_order_relaxed);
    uintptr_t job = offset ? word_at(isolate, offset) : 0;

    return v8_chain_is_job(job) ? job : 0;
}

bool v8_search_runs_job(const void *isolate)
{
    return running_job(isolate) != 0;
}

enum v8_way v8_search(const void *isolate, const struct v8_client_frames *client, struct v8_chain *ret)
{
    enum v8_way way;
    uintptr_t job;

    ret->count = 0;
    ret->hash = 0;
    way = search_statement(client, ret);
    if (ret->count > 0)
        return way;
    if ((job = running_job(isolate)))
        v8_chain_follow_job(ret, job);
    return ret->count > 0 ? V8_BY_JOB : V8_NOBODY;
}

COLD void v8_search_learn(const void *isolate)
{
    uintptr_t pages[PAGES] = {0};
    uint32_t found = 0;

    if (atomic_load_explicit(&job_offset, memory_order_relaxed) ||
        atomic_load_explicit(&tries, memory_order_relaxed) >= TRIES_MAX ||
        atomic_fetch_add_explicit(&tries, 1, memory_order_relaxed) >= TRIES_MAX)
        return;
    for (uint32_t at = 8; at < ISOLATE_ROOM; at += sizeof(uintptr_t)) {
        uintptr_t word = word_at(isolate, at);
        if (!is_mapped(word, pages) || !v8_chain_is_job(word))
            continue;
        if (found)
            return;
        found = at;
    }
    if (found)
        atomic_store_explicit(&job_offset, found, memory_order_relaxed);
}
