#include "collectors/languages/v8/promises/search.h"

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "agent/base/readable.h"
#include "collectors/languages/v8/clients.h"
#include "collectors/languages/v8/promises/deferred.h"
#include "collectors/languages/v8/here.h"
#include "collectors/languages/v8/promises/job.h"
#include "collectors/languages/v8/objects.h"

#define NAME_MAX     512
#define DISTANCE_MAX 5  /* steps from a function of the client to a promise */
#define PLACES_MAX   40 /* contexts, objects and arrays that are looked into */
#define SMALL_OBJECT 8  /* properties: a larger one is no part of the statement, but what it is sent by */
#define LARGE_OBJECT 64
#define ARRAY_MAX    128
#define SLOTS_MAX    256
#define PARAMETERS   6
#define SEARCH_EVERY 64 /* executions on one stack */

/* Of a frame, in words (src/execution/frame-constants.h). */
#define FRAME_CONTEXT  (-1)
#define FRAME_FUNCTION (-2)
#define FRAME_COUNT    (-3) /* of parameters, the receiver among them */
#define FRAME_RECEIVER 2

#define BOUND_FUNCTION 24

/* How a word is entered, up: as it is (0), or as that many contexts of a function; and what of it is read. */
enum { SLOT, PROPERTY, FURTHER, ELEMENT };

#define ROOT_FUNCTION PARAMETERS /* else the number of a parameter */
#define OUTERMOST     (-1)       /* nothing holds it but the frame */

struct place {
    uintptr_t object;
    int8_t distance; /* of itself; what it holds is one further */
    int8_t from;     /* the place that holds it */
    uint8_t frame, root;
    struct v8_step step; /* up: of itself; the others: where it was in what holds it */
};

struct search {
    struct place places[PLACES_MAX];
    size_t count, done;
    struct place at;                 /* where the word that is looked at was found */
    struct v8_client_frames *client; /* gets the paths; NULL: they are followed */
    struct v8_chain *chain;
    uintptr_t callback; /* the program's; 0: none was met */
    int8_t callback_distance;
    uint8_t callback_frame;
    bool callbacks_differ;
    bool ambiguous;
    bool is_deep;      /* what the objects at hand have is looked into, too */
    bool is_called;    /* the client: then callbacks say nothing that the stack does not */
    bool is_met;       /* a promise that waits for the answer, whether or not somebody awaits it */
    uintptr_t context; /* of the last function: most functions have their neighbour's */
};

static bool is_at_object(uintptr_t word)
{
    return v8_may_be_object(word) && word % sizeof word == 1 && readable_word((const void *)(word - 1));
}

static bool is_readable(uintptr_t word)
{
    return is_at_object(word) && is_at_object(v8_field(word, 0)) && v8_is(v8_field(word, 0), v8_types.map);
}

/* A function of JavaScript on the stack; 0: a frame of another kind. */
static uintptr_t function_of(const uintptr_t *frame)
{
    uintptr_t context = frame[FRAME_CONTEXT], function = frame[FRAME_FUNCTION];
    int type = v8_may_be_object(context) && v8_may_be_object(function) ? v8_type(context) : -1;

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
    if (!v8_script_name(script, name, sizeof name))
        return false;
    client->is_asked |= v8_sends_when_asked(name);
    if (client->count < V8_CLIENT_FRAMES && (v8_sends_for_others(name) || v8_sends_when_asked(name)))
        client->frames[client->count++] = frame;
    return v8_is_of_client(name);
}

bool v8_search_asks(struct v8_client_frames *client, const uintptr_t *frame)
{
    uintptr_t function = function_of(frame);

    if (!function || !v8_script(function) || !v8_chain_is_of_program(function))
        return false;
    client->is_called = true;
    if (client->is_asked)
        client->count = 0;
    return true;
}

/* The way to the word that is looked at is kept. */
static void keep_path(struct search *s)
{
    struct v8_client_frames *client = s->client;
    struct v8_path *path = &client->paths[client->path_count];
    uint8_t kind = s->at.step.kind;
    uint16_t index = s->at.step.index;
    struct v8_step steps[V8_STEPS];
    size_t count = 0;

    if (client->path_count == V8_PATHS || kind == ELEMENT) {
        client->has_paths &= kind == ELEMENT; /* an array is kept as a whole */
        return;
    }
    for (int from = s->at.from; from != OUTERMOST; from = s->places[from].from) {
        const struct place *place = &s->places[from];
        if (count == V8_STEPS) {
            client->has_paths = false;
            return;
        }
        steps[count++] = (struct v8_step){place->step.up, kind, index};
        kind = place->step.kind;
        index = place->step.index;
    }
    path->frame = s->at.frame;
    path->root = s->at.root;
    path->count = (uint8_t)count;
    for (size_t i = 0; i < count; i++)
        path->steps[i] = steps[count - 1 - i];
    client->path_count++;
}

static void add(struct search *s, uintptr_t object, int distance, uint8_t up)
{
    if (distance >= DISTANCE_MAX)
        return;
    for (size_t i = 0; i < s->count; i++) {
        if (s->places[i].object == object)
            return;
    }
    if (s->count == PLACES_MAX) {
        s->ambiguous = true;
        return;
    }
    s->places[s->count] = s->at;
    s->places[s->count].object = object;
    s->places[s->count].distance = (int8_t)distance;
    s->places[s->count++].step.up = up;
}

static void add_contexts(struct search *s, uintptr_t context, int distance)
{
    for (uint8_t up = 1; v8_is_of_function(context); context = v8_field(context, V8_CONTEXT_PREVIOUS))
        add(s, context, distance, up++);
}

/* What an inner frame has is nearer to the statement, and a callback has others at hand, of its own. False: it is none, or one
 * that says no more. */
static bool meet_callback(struct search *s, uintptr_t function, int distance)
{
    if (s->is_called || !v8_script(function) || !v8_chain_is_of_program(function))
        return false;
    if (!s->callback) {
        s->callback = function;
        s->callback_frame = s->at.frame;
        s->callback_distance = (int8_t)distance;
    } else if (s->callback_frame == s->at.frame && s->callback_distance == distance) {
        s->callbacks_differ |= v8_field(function, v8_types.function_shared) != v8_field(s->callback, v8_types.function_shared);
    } else {
        return false;
    }
    return true;
}

/* The first of the program's that a promise calls which nobody awaits. */
static void meet_handlers(struct search *s)
{
    for (size_t i = 0; i < s->chain->handler_count; i++) {
        if (meet_callback(s, s->chain->handlers[i], s->at.distance + 1))
            break;
    }
    s->chain->handler_count = 0;
}

static void take(struct search *s, uintptr_t promise)
{
    struct v8_chain chain;

    chain.count = chain.hash = chain.handler_count = 0;
    s->is_met |= v8_chain_is_pending(promise);
    if (s->client)
        keep_path(s); /* whoever awaits it now: another one may be awaited the next time */
    if (s->chain->count == 0) {
        v8_chain_follow(s->chain, promise, V8_CHAIN_MAX);
        if (s->chain->count == 0)
            meet_handlers(s);
        return;
    }
    v8_chain_follow(&chain, promise, 1);
    if (chain.count == 0 || chain.generators[0] == s->chain->generators[0])
        return;
    chain.count = chain.hash = chain.handler_count = 0;
    v8_chain_follow(&chain, promise, V8_CHAIN_MAX);
    s->ambiguous |= s->chain->hash != chain.hash;
}

static void visit_function(struct search *s, uintptr_t function, int distance)
{
    uintptr_t settled, context = v8_field(function, v8_types.function_context);

    if (meet_callback(s, function, distance) && s->client)
        keep_path(s);
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
    if (type == v8_types.function) {
        visit_function(s, word, distance);
    } else if (type == v8_types.promise) {
        take(s, word);
    } else if (type == v8_types.bound_function && v8_is(v8_field(word, BOUND_FUNCTION), v8_types.function)) {
        if (s->client)
            s->client->has_paths = false; /* no step of a path goes through one */
        visit_function(s, v8_field(word, BOUND_FUNCTION), distance);
    }
}

static void visit_slot(struct search *s, uintptr_t word, int distance)
{
    int type = v8_type(word);
    size_t count;

    if (type == v8_types.array) {
        if (s->client && distance < DISTANCE_MAX)
            keep_path(s);
        add(s, word, distance, 0);
    } else if (type == v8_types.object && (v8_properties(word, &count), count <= SMALL_OBJECT)) {
        add(s, word, distance, 0);
    } else {
        visit(s, word, type, distance);
    }
}

static void visit_words(struct search *s, const uintptr_t *words, size_t count, uint8_t kind, int distance)
{
    bool is_deep = s->is_deep && distance == 1;

    s->at.step.kind = kind;
    for (size_t i = 0; i < count; i++) {
        int type = v8_type(words[i]);
        s->at.step.index = (uint16_t)i;
        if (is_deep && type == v8_types.object)
            add(s, words[i], distance, 0);
        else
            visit(s, words[i], type, distance);
    }
}

static void visit_object(struct search *s, uintptr_t object, int distance)
{
    size_t count;
    const uintptr_t *words = v8_properties(object, &count);

    visit_words(s, words, count < LARGE_OBJECT ? count : LARGE_OBJECT, PROPERTY, distance);
    words = v8_further_properties(object, &count);
    visit_words(s, words, count < LARGE_OBJECT ? count : LARGE_OBJECT, FURTHER, distance);
}

static void visit_array(struct search *s, uintptr_t array, int distance)
{
    size_t count;
    const uintptr_t *words = v8_elements(array, &count);

    if (count > ARRAY_MAX)
        s->ambiguous = true;
    else
        visit_words(s, words, count, ELEMENT, distance);
}

static void visit_context(struct search *s, uintptr_t context, int distance)
{
    int32_t count = v8_number(v8_field(context, V8_CONTEXT_LENGTH)) - 2;
    const uintptr_t *words = (const uintptr_t *)(context - 1 + V8_CONTEXT_SLOTS);

    s->at.step.kind = SLOT;
    for (int32_t i = 0; i < count && i < SLOTS_MAX; i++) {
        s->at.step.index = (uint16_t)i;
        visit_slot(s, words[i], distance);
    }
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
        s->at.root = (uint8_t)i;
        if (type == v8_types.object)
            add(s, word, 0, 0);
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

static void look(struct search *s)
{
    for (; s->done < s->count; s->done++) {
        s->at = s->places[s->done];
        s->at.from = (int8_t)s->done;
        visit_place(s, s->places[s->done]);
    }
}

static void begin_frame(struct search *s, size_t frame)
{
    s->at = (struct place){.from = OUTERMOST, .frame = (uint8_t)frame, .root = ROOT_FUNCTION};
}

/* The function that a frame is of, or that is a part of another one (search.h). */
static uintptr_t function_at(const struct v8_client_frames *client, size_t frame)
{
    if (client->count > 0)
        return function_of(client->frames[frame]);
    return client->variable ? function_in(*client->variable, is_of_script, client->script) : 0;
}

static inline bool is_found(const struct search *s)
{
    return s->chain->count > 0 || s->callback;
}

/* One frame after the other: what an inner one has is nearer to the statement. Behind the statement's own promise are others'. */
static void search_frames(struct search *s, struct v8_client_frames *client)
{
    size_t frames = client->count > 0 ? client->count : 1;
    uintptr_t function;

    client->path_count = 0;
    client->has_paths = true;
    s->count = s->done = 0;
    s->context = 0;
    s->ambiguous = s->is_met = false; /* what is known of the paths is no more than where to look */
    for (size_t i = 0; i < frames && !s->is_met && (function = function_at(client, i)); i++) {
        begin_frame(s, i);
        if (client->count > 0)
            visit_frame(s, client->frames[i]);
        begin_frame(s, i);
        add_contexts(s, v8_field(function, v8_types.function_context), 0);
        look(s);
    }
    client->has_paths &= !s->ambiguous;
}

/* A function that the machine has made a part of the one that called it has no frame, but what it was called for is still in the
 * hands of that one. */
static void search_everything(struct search *s, struct v8_client_frames *client)
{
    s->client = client;
    search_frames(s, client);
    if (is_found(s) || s->is_met)
        return;
    s->is_deep = true;
    search_frames(s, client);
}

/* 0: the step leads nowhere. */
static uintptr_t step_from(uintptr_t word, struct v8_step step)
{
    const uintptr_t *words = NULL;
    size_t count = 0;

    if (step.up > 0) {
        word = v8_is(word, v8_types.function) ? v8_field(word, v8_types.function_context) : 0;
        for (int i = 1; i < step.up && v8_is_of_function(word); i++)
            word = v8_field(word, V8_CONTEXT_PREVIOUS);
    }
    if (step.kind == SLOT && v8_is_of_function(word)) {
        count = (size_t)v8_number(v8_field(word, V8_CONTEXT_LENGTH)) - 2;
        words = (const uintptr_t *)(word - 1 + V8_CONTEXT_SLOTS);
    } else if (step.kind == PROPERTY && v8_is(word, v8_types.object)) {
        words = v8_properties(word, &count);
    } else if (step.kind == FURTHER && v8_is(word, v8_types.object)) {
        words = v8_further_properties(word, &count);
    }
    return step.index < count ? words[step.index] : 0;
}

static void follow_path(struct search *s, const struct v8_client_frames *client, const struct v8_path *path)
{
    uintptr_t word, settled;

    if (path->root == ROOT_FUNCTION)
        word = function_at(client, path->frame);
    else
        word = client->frames[path->frame][FRAME_RECEIVER + path->root];
    for (uint8_t i = 0; i < path->count; i++)
        word = step_from(word, path->steps[i]);
    if (v8_is_like(word, v8_types.promise, &v8_here.promise))
        take(s, word);
    else if (v8_is(word, v8_types.array))
        visit_array(s, word, DISTANCE_MAX);
    else if (v8_is(word, v8_types.function) && (settled = v8_chain_settled_by(word)))
        take(s, settled);
    else if (v8_is(word, v8_types.function))
        meet_callback(s, word, 0);
}

/* The paths of the last search lead to nobody: the job tells, or nobody. */
static inline bool is_in_vain(struct v8_client_frames *client)
{
    return client->is_in_vain && client->path_count == 0 && client->has_paths && client->searches % SEARCH_EVERY != 0;
}

static enum v8_way tell(struct search *s)
{
    if (s->chain->count > 0)
        return s->ambiguous ? V8_NOBODY : V8_BY_STATEMENT;
    if (!s->callback || s->callbacks_differ)
        return V8_NOBODY;
    s->chain->callback = s->callback;
    s->chain->hash = v8_field(s->callback, v8_types.function_shared);
    return V8_BY_CALLBACK;
}

/* by_job: where nobody is found, the job will tell; else one is looked for everywhere. */
static NOINLINE HOT enum v8_way search_statement(struct v8_client_frames *client, bool by_job, struct v8_chain *ret)
{
    struct search s;

    s.chain = ret;
    s.ambiguous = s.is_met = s.is_deep = s.callbacks_differ = false;
    s.is_called = client->is_called;
    s.callback = 0;
    s.client = NULL;
    s.at = (struct place){.from = OUTERMOST};
    if (client->searches++ % SEARCH_EVERY != 0 && client->has_paths) {
        for (uint8_t i = 0; i < client->path_count; i++)
            follow_path(&s, client, &client->paths[i]);
        if (is_found(&s) ? !client->is_in_vain : client->is_in_vain && by_job)
            return tell(&s);
        ret->count = ret->hash = ret->handler_count = 0;
        s.callback = 0;
        s.callbacks_differ = false;
    }
    search_everything(&s, client);
    client->is_in_vain = !is_found(&s);
    return tell(&s);
}

static HOT enum v8_way search(uintptr_t job, struct v8_client_frames *client, struct v8_chain *ret)
{
    enum v8_way way;

    if (job && likely(is_in_vain(client))) {
        client->searches++;
    } else if (client->count > 0 || client->variable) {
        way = search_statement(client, job != 0, ret);
        if (ret->count > 0 || way == V8_BY_CALLBACK)
            return way;
    }
    if (job)
        v8_chain_follow_job(ret, job);
    return ret->count > 0 ? V8_BY_JOB : V8_NOBODY;
}

/* Where packages' functions alone await, one of the program's may be called when the last of them has returned. */
static NOINLINE void add_callback(struct v8_chain *chain)
{
    if (chain->handler_count == 0 || v8_chain_has_program(chain, 0))
        return;
    for (size_t i = 0; i < chain->handler_count; i++) {
        uintptr_t function = chain->handlers[i];
        if (!v8_script(function) || !v8_chain_is_of_program(function))
            continue;
        chain->callback = function;
        chain->hash = hash_mix(chain->hash, v8_field(function, v8_types.function_shared));
        return;
    }
}

HOT enum v8_way v8_search(const void *isolate, struct v8_client_frames *client, struct v8_chain *ret)
{
    enum v8_way way;

    ret->count = 0;
    ret->hash = ret->handler_count = ret->callback = 0;
    way = search(v8_job(isolate), client, ret);
    if (unlikely(ret->handler_count > 0) && way != V8_NOBODY && way != V8_BY_CALLBACK) {
        v8_deferred_follow(ret);
        add_callback(ret);
    }
    return way;
}
