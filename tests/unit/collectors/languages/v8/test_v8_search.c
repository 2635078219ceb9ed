/* Long because: all cases share one heap of V8 objects that is made here by hand. */
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/languages/v8/promises/deferred.h"
#include "collectors/languages/v8/here.h"
#include "collectors/languages/v8/objects.h"
#include "collectors/languages/v8/promises/search.h"

/* Objects as V8 lays them out, with types of our own: a map's type is 12 bytes behind its beginning, its size in words 8. */
enum {
    FUNCTION = 300,
    BOUND,
    PROMISE,
    ASYNC,
    ASYNC_GENERATOR,
    REQUEST,
    REACTION,
    CAPABILITY,
    FULFIL,
    REJECT,
    THENABLE,
    ARRAY,
    OBJECT,
    WORDS,
    MORE,
    SCRIPT,
    SHARED,
    INFO,
    MAP,
    TEXT = 8,
    CONTEXT = 400
};

enum { AWAIT = CONTEXT + V8_AWAIT_CONTEXT, CALL = CONTEXT + V8_FUNCTION_CONTEXT, NATIVE = CONTEXT + 7 };

#define NUMBER(n) ((uintptr_t)(n) << 32)
#define HEAP      4096

static uintptr_t heap[HEAP];
static size_t used;

static uintptr_t make(int type, size_t words)
{
    uintptr_t *map = &heap[used], *object = map + 4;

    used += 4 + (words + 1) / 2 * 2;
    assert_true(used <= HEAP);
    memset(map, 0, (4 + words) * sizeof *map);
    map[0] = (uintptr_t)map + 1;
    ((uint8_t *)map)[8] = (uint8_t)words;
    ((uint8_t *)map)[9] = 3;
    ((uint16_t *)map)[6] = (uint16_t)type;
    object[0] = (uintptr_t)map + 1;
    return (uintptr_t)object + 1;
}

static void set(uintptr_t object, int field, uintptr_t value)
{
    *(uintptr_t *)(object - 1 + (uintptr_t)field) = value;
}

static uintptr_t context(int type, uintptr_t previous, size_t slots)
{
    uintptr_t made = make(type, 4 + slots);

    set(made, V8_CONTEXT_LENGTH, NUMBER(2 + slots));
    set(made, V8_CONTEXT_PREVIOUS, previous);
    return made;
}

static void slot(uintptr_t context, int i, uintptr_t value)
{
    set(context, V8_CONTEXT_SLOTS + 8 * i, value);
}

static uintptr_t script(const char *name)
{
    uintptr_t text = make(TEXT, 2 + strlen(name) / 8 + 1), made = make(SCRIPT, 4);

    *(uint32_t *)(text - 1 + 12) = (uint32_t)strlen(name);
    memcpy((char *)(text - 1 + 16), name, strlen(name));
    set(made, v8_types.script_name, text);
    return made;
}

static uintptr_t function(uintptr_t script, uintptr_t context)
{
    uintptr_t made = make(FUNCTION, 8), shared = make(SHARED, 6);

    set(shared, v8_types.shared_script, script);
    set(made, v8_types.function_shared, shared);
    set(made, v8_types.function_context, context);
    return made;
}

static uintptr_t program, native;
static int layout; /* where a reaction begins, which differs (chain.c) */

static int begin(void **state)
{
    v8_here_forget(0); /* where the objects were, others will be */
    used = 0;
    layout = 8;
    v8_types = (struct v8_types){.function = FUNCTION,
                                 .bound_function = BOUND,
                                 .promise = PROMISE,
                                 .async_function = ASYNC,
                                 .async_generator = ASYNC_GENERATOR,
                                 .request = REQUEST,
                                 .reaction = REACTION,
                                 .capability = CAPABILITY,
                                 .fulfil_job = FULFIL,
                                 .reject_job = REJECT,
                                 .thenable_job = THENABLE,
                                 .array = ARRAY,
                                 .object = OBJECT,
                                 .fixed_array = WORDS,
                                 .property_array = MORE,
                                 .script = SCRIPT,
                                 .shared = SHARED,
                                 .frame_info = INFO,
                                 .map = MAP,
                                 .context = CONTEXT,
                                 .function_shared = 24,
                                 .function_context = 32,
                                 .shared_script = 32,
                                 .script_name = 16,
                                 .bytecode_header = 56};
    program = script("/srv/shop.js");
    native = context(NATIVE, 0, 0);
    return 0;
}

static uintptr_t promise(void)
{
    uintptr_t made = make(PROMISE, 6);

    set(made, V8_PROMISE_FLAGS, NUMBER(4));
    return made;
}

static uintptr_t react(uintptr_t to, uintptr_t handler, uintptr_t settles)
{
    uintptr_t made = make(REACTION, 6);

    set(made, 8, native); /* what a continuation keeps for its embedder, unless it is the next reaction's place */
    set(made, layout, v8_field(to, V8_PROMISE_REACTIONS));
    set(made, layout + 16, handler);
    set(made, layout + 24, settles);
    set(to, V8_PROMISE_REACTIONS, made);
    return made;
}

/* An asynchronous function that awaits the promise. */
static uintptr_t await(uintptr_t promise_awaited)
{
    uintptr_t made = make(ASYNC, 13), closure = context(AWAIT, native, 1);

    set(made, V8_GENERATOR_FUNCTION, function(program, native));
    set(made, V8_GENERATOR_POSITION, NUMBER(85));
    set(made, V8_GENERATOR_PROMISE, promise());
    slot(closure, 0, made);
    react(promise_awaited, function(0, closure), 0);
    return made;
}

static uintptr_t promise_of(uintptr_t generator)
{
    return v8_field(generator, V8_GENERATOR_PROMISE);
}

/* One of the two functions that an executor is given. */
static uintptr_t resolve(uintptr_t promise_settled)
{
    uintptr_t made = context(CALL, 0, 3);

    slot(made, 0, promise_settled);
    return function(0, made);
}

static size_t follow(uintptr_t promise_awaited, struct v8_chain *ret)
{
    ret->count = 0;
    ret->hash = ret->handler_count = 0;
    v8_chain_follow(ret, promise_awaited, V8_CHAIN_MAX);
    return ret->count;
}

static void who_awaits_who_awaits_is_told(void **state)
{
    struct v8_chain chain;

    for (layout = 8; layout <= 16; layout += 8) {
        uintptr_t p = promise(), inner = await(p), outer = await(promise_of(inner));
        assert_int_equal(follow(p, &chain), 2);
        assert_int_equal(chain.generators[0], inner);
        assert_int_equal(chain.generators[1], outer);
    }
}

static void what_is_between_two_functions_is_passed(void **state)
{
    uintptr_t p = promise(), then = promise(), given = promise(), all = promise(), capability = make(CAPABILITY, 4);
    uintptr_t element = context(CALL, native, 3);
    struct v8_chain chain;

    react(p, function(program, native), then); /* .then of the program's */
    react(then, resolve(given), 0);            /* returned by an asynchronous function */
    set(capability, V8_CAPABILITY_PROMISE, all);
    slot(element, 0, NUMBER(3));
    slot(element, 1, capability);
    react(given, function(0, element), 0); /* an element of Promise.all */
    uintptr_t waits = await(all);
    assert_int_equal(follow(p, &chain), 1);
    assert_int_equal(chain.generators[0], waits);
}

/* TypeORM's lazy relation: it keeps what was loaded, and gives the same promise to the program. */
static void of_several_reactions_those_that_lead_to_nobody_are_passed_over(void **state)
{
    struct v8_chain chain;

    for (layout = 8; layout <= 16; layout += 8) {
        uintptr_t p = promise(), inner = await(p), q = promise_of(inner), kept = promise();
        react(q, function(program, native), kept);
        react(kept, function(program, native), promise()); /* its .catch */
        uintptr_t outer = await(q), last = await(promise_of(outer));
        react(promise_of(outer), function(program, native), promise());
        assert_int_equal(follow(p, &chain), 3);
        assert_int_equal(chain.generators[0], inner);
        assert_int_equal(chain.generators[1], outer);
        assert_int_equal(chain.generators[2], last);
        for (int i = 0; i < 3; i++)
            react(q, function(program, native), promise());
        assert_int_equal(follow(p, &chain), 1); /* too many to be looked through */
    }
}

static void of_two_that_await_the_program_is_told_and_no_package(void **state)
{
    uintptr_t package = script("/srv/node_modules/p-limit/index.js");
    struct v8_chain chain;

    for (int first = 0; first < 2; first++) {
        uintptr_t p = promise(), given = promise(), waits, limits;
        if (first)
            react(p, resolve(given), 0);
        limits = await(p); /* to go on to the next one */
        set(v8_field(v8_field(limits, V8_GENERATOR_FUNCTION), v8_types.function_shared), v8_types.shared_script, package);
        if (!first)
            react(p, resolve(given), 0);
        waits = await(given);
        assert_int_equal(follow(p, &chain), 1);
        assert_int_equal(chain.generators[0], waits);
        await(p); /* two of the program's */
        assert_int_equal(follow(p, &chain), 0);
    }
}

static void a_promise_that_is_settled_or_that_two_await_has_nobody(void **state)
{
    uintptr_t p = promise(), q = promise(), kept = promise(), r = promise(), inner = await(r);
    struct v8_chain chain;

    await(p);
    await(p);
    assert_int_equal(follow(p, &chain), 0);
    react(promise_of(inner), function(program, native), kept);
    await(promise_of(inner));
    assert_int_equal(follow(r, &chain), 2);
    await(kept);
    assert_int_equal(follow(r, &chain), 1);
    await(kept); /* two, and so nobody: nor is it the other way's */
    assert_int_equal(follow(r, &chain), 1);
    await(q);
    set(q, V8_PROMISE_FLAGS, NUMBER(5)); /* fulfilled */
    assert_int_equal(follow(q, &chain), 0);
    assert_int_equal(follow(promise(), &chain), 0);
}

static void a_function_that_runs_is_not_awaiting(void **state)
{
    uintptr_t p = promise(), generator = await(p);
    struct v8_chain chain;

    set(generator, V8_GENERATOR_CONTINUATION, NUMBER(-2));
    assert_int_equal(follow(p, &chain), 0);
}

static void a_circle_ends(void **state)
{
    uintptr_t p = promise(), q = promise();
    struct v8_chain chain;

    react(p, resolve(q), 0);
    react(q, resolve(p), 0);
    assert_int_equal(follow(p, &chain), 0);
    uintptr_t r = promise(), generator = await(r);
    set(generator, V8_GENERATOR_PROMISE, r);
    assert_int_equal(follow(r, &chain), V8_CHAIN_MAX);
}

static void an_asynchronous_generator_is_awaited_by_who_asked(void **state)
{
    uintptr_t p = promise(), asked = promise(), generator = await(p), request = make(REQUEST, 5);
    struct v8_chain chain;

    ((uint16_t *)(v8_field(generator, 0) - 1))[6] = ASYNC_GENERATOR;
    set(request, V8_REQUEST_PROMISE, asked);
    set(generator, V8_GENERATOR_PROMISE, request);
    uintptr_t waits = await(asked);
    assert_int_equal(follow(p, &chain), 2);
    assert_int_equal(chain.generators[1], waits);
}

static void a_known_map_is_no_longer_known_after_a_collection(void **state)
{
    uintptr_t p = promise(), generator = await(p);
    const uintptr_t kinds[] = {p, v8_field(p, V8_PROMISE_REACTIONS), v8_field(v8_field(p, V8_PROMISE_REACTIONS), layout + 16),
                               generator, v8_field(generator, V8_GENERATOR_FUNCTION)};
    uint64_t collections = 0;
    struct v8_chain chain;

    for (size_t i = 1; i < ARRAY_LENGTH(kinds); i++) {
        uint16_t *type = &((uint16_t *)(v8_field(kinds[i], 0) - 1))[6], was = *type;
        v8_here_look(++collections);
        assert_int_equal(follow(p, &chain), 1);
        *type = OBJECT; /* the place of the map is another one's */
        v8_here_look(++collections);
        assert_int_equal(follow(p, &chain), 0);
        *type = was;
    }
}

static void objects_of_one_map_are_told_from_those_of_another(void **state)
{
    uintptr_t p = promise(), inner = await(p), outer = await(promise_of(inner)), last = await(promise_of(outer));
    struct v8_chain chain;

    *(uintptr_t *)(outer - 1) = v8_field(inner, 0); /* the same map */
    assert_int_equal(follow(p, &chain), 3);
    assert_int_equal(follow(p, &chain), 3);
    assert_int_equal(chain.generators[2], last);
    *(uintptr_t *)(outer - 1) = v8_field(v8_field(p, V8_PROMISE_REACTIONS), 0);
    assert_int_equal(follow(p, &chain), 1);
}

/* A list of two that a loader settles, at which the closure's variable points. */
static uintptr_t loaded(uintptr_t of, uintptr_t first, uintptr_t second)
{
    uintptr_t module = context(CALL, native, 1), scope = context(CALL, module, 1), array = make(ARRAY, 4), words = make(WORDS, 4);
    const uintptr_t settled[] = {first, second};

    slot(scope, 0, array);
    set(array, 16, words);
    set(array, 24, NUMBER(2));
    set(words, 8, NUMBER(2));
    for (int i = 0; i < 2; i++) {
        uintptr_t caller = make(OBJECT, 6);
        set(caller, 24, NUMBER(7));
        set(caller, 32, resolve(settled[i]));
        set(caller, 40, resolve(settled[i]));
        set(words, 16 + 8 * i, caller);
    }
    return function(of, scope);
}

static void who_awaits_what_a_package_settles_is_told(void **state)
{
    uintptr_t package = script("/srv/node_modules/loader/index.js"), p = promise(), sent = await(p), first = promise(),
              second = promise(), waits = await(first), then = promise(), before = promise_of(sent);
    struct v8_chain chain;

    set(v8_field(v8_field(sent, V8_GENERATOR_FUNCTION), v8_types.function_shared), v8_types.shared_script, package);
    for (int i = 0; i < 5; i++) { /* steps of the package's, which settle nothing else */
        uintptr_t next = promise();
        react(before, function(package, native), next);
        before = next;
    }
    react(before, loaded(package, first, second), then);
    react(then, NUMBER(0), promise()); /* its .catch */
    assert_int_equal(follow(p, &chain), 1);
    v8_deferred_follow(&chain);
    assert_int_equal(chain.count, 2);
    assert_int_equal(chain.generators[1], waits);
    /* Behind it another list: a package's function awaits the first one. */
    uintptr_t third = promise(), last = await(third);
    set(v8_field(v8_field(waits, V8_GENERATOR_FUNCTION), v8_types.function_shared), v8_types.shared_script, package);
    react(promise_of(waits), loaded(package, third, promise()), promise());
    assert_int_equal(follow(p, &chain), 1);
    v8_deferred_follow(&chain);
    assert_int_equal(chain.count, 3);
    assert_int_equal(chain.generators[2], last);
    await(second); /* another one: whose it is, nobody knows */
    assert_int_equal(follow(p, &chain), 1);
    v8_deferred_follow(&chain);
    assert_int_equal(chain.count, 1);
}

static void what_the_program_s_own_closure_has_at_hand_is_its_business(void **state)
{
    uintptr_t package = script("/srv/node_modules/loader/index.js"), p = promise(), sent = await(p), q = promise(),
              other = await(q), first = promise();
    struct v8_chain chain;

    await(first);
    set(v8_field(v8_field(sent, V8_GENERATOR_FUNCTION), v8_types.function_shared), v8_types.shared_script, package);
    react(promise_of(sent), loaded(program, first, promise()), promise());
    assert_int_equal(follow(p, &chain), 1);
    v8_deferred_follow(&chain);
    assert_int_equal(chain.count, 1);
    react(promise_of(other), loaded(package, first, promise()), promise());
    assert_int_equal(follow(q, &chain), 1); /* the program's own function is on it already */
    v8_deferred_follow(&chain);
    assert_int_equal(chain.count, 1);
}

/* A frame of a function of the client, with a receiver. */
static uintptr_t stack[16];

static const uintptr_t *frame(uintptr_t called, uintptr_t receiver)
{
    uintptr_t *made = stack + 4;

    made[-1] = v8_field(called, v8_types.function_context);
    made[-2] = called;
    made[-3] = 1;
    made[2] = receiver;
    return made;
}

static enum v8_way search(uintptr_t called, uintptr_t receiver, struct v8_chain *ret)
{
    static const uintptr_t isolate[4096];
    struct v8_client_frames client = {.count = 0};

    assert_true(v8_search_frame(&client, frame(called, receiver)));
    return v8_search(isolate, &client, ret);
}

/* A statement that calls back when its answer is there, which settles a promise: npm pg. */
static uintptr_t statement_that_settles(uintptr_t pg, uintptr_t module, uintptr_t settled)
{
    uintptr_t scope = context(CALL, module, 2), made = make(OBJECT, 5);

    slot(scope, 1, resolve(settled));
    set(made, 24, NUMBER(7));
    set(made, 32, function(pg, scope));
    return made;
}

static void who_awaits_what_a_statement_calls_is_told(void **state)
{
    uintptr_t pg = script("/srv/node_modules/pg/lib/query.js"), module = context(CALL, native, 3), p = promise(),
              waits = await(p);
    struct v8_chain chain;

    assert_int_equal(search(function(pg, module), statement_that_settles(pg, module, p), &chain), V8_BY_STATEMENT);
    assert_int_equal(chain.count, 1);
    assert_int_equal(chain.generators[0], waits);
    /* What a module has is everybody's. */
    slot(module, 0, resolve(p));
    assert_int_equal(search(function(pg, module), make(OBJECT, 5), &chain), V8_NOBODY);
}

static void of_two_that_are_as_near_nobody_is_told(void **state)
{
    uintptr_t postgres = script("file:///srv/node_modules/postgres/src/connection.js"), module = context(CALL, native, 1);
    uintptr_t scope = context(CALL, module, 2), array = make(ARRAY, 4), words = make(WORDS, 4), queue = context(CALL, module, 1),
              p = promise(), q = promise(), sent = make(OBJECT, 4);
    struct v8_chain chain;

    /* The statement that is answered first, and those behind it. */
    await(p);
    slot(scope, 0, p);
    slot(scope, 1, sent);
    set(sent, 24, function(postgres, queue));
    slot(queue, 0, array);
    set(array, 16, words);
    set(array, 24, NUMBER(1));
    set(words, 8, NUMBER(2));
    set(words, 16, q);
    assert_int_equal(search(function(postgres, scope), NUMBER(0), &chain), V8_BY_STATEMENT);
    await(q);
    assert_int_equal(search(function(postgres, scope), NUMBER(0), &chain), V8_NOBODY);
    /* Another call of the same function at the same place is the same line. */
    set(v8_field(chain.generators[0], V8_GENERATOR_FUNCTION), v8_types.function_shared, 0);
    uintptr_t second = v8_field(v8_field(v8_field(v8_field(q, V8_PROMISE_REACTIONS), 24), v8_types.function_context),
                                V8_CONTEXT_SLOTS);
    set(v8_field(second, V8_GENERATOR_FUNCTION), v8_types.function_shared, 0);
    assert_int_equal(search(function(postgres, scope), NUMBER(0), &chain), V8_BY_STATEMENT);
}

/* A program that executes again and again: the next statements are at the same places. */
static void the_same_places_are_looked_at_again(void **state)
{
    static const uintptr_t isolate[4096];
    uintptr_t postgres = script("/srv/node_modules/postgres/src/connection.js"), module = context(CALL, native, 1),
              scope = context(CALL, module, 2), array = make(ARRAY, 4), words = make(WORDS, 4);
    struct v8_client_frames client = {.count = 0};
    struct v8_chain chain;

    slot(scope, 1, array);
    set(array, 16, words);
    set(array, 24, NUMBER(1));
    set(words, 8, NUMBER(2));
    assert_true(v8_search_frame(&client, frame(function(postgres, scope), NUMBER(0))));
    for (size_t i = 0, mark = used; i < 200; i++) {
        uintptr_t p = promise(), waits = await(p);
        slot(scope, 0, p);
        assert_int_equal(v8_search(isolate, &client, &chain), V8_BY_STATEMENT);
        assert_int_equal(chain.generators[0], waits);
        assert_true(client.has_paths && client.path_count == 2);
        if (i % 50 == 1) { /* another statement was sent before, and is not answered yet */
            uintptr_t q = promise();
            await(q);
            set(words, 16, q);
            assert_int_equal(v8_search(isolate, &client, &chain), V8_NOBODY);
            set(words, 16, NUMBER(0));
        }
        slot(scope, 0, promise()); /* nobody awaits it */
        assert_int_equal(v8_search(isolate, &client, &chain), V8_NOBODY);
        used = mark;
    }
}

/* A connection that is given back sends the next statement, while the functions of the last one are still on the stack. */
static void a_statement_that_nobody_awaits_is_not_another_ones(void **state)
{
    static const uintptr_t isolate[4096];
    uintptr_t pg = script("/srv/node_modules/pg/lib/query.js"), module = context(CALL, native, 1), other = promise(), outer[8];
    struct v8_client_frames client = {.count = 0};
    struct v8_chain chain;

    await(other);
    memcpy(outer, frame(function(pg, module), statement_that_settles(pg, module, other)) - 4, sizeof outer);
    assert_true(v8_search_frame(&client, frame(function(pg, module), statement_that_settles(pg, module, promise()))));
    assert_true(v8_search_frame(&client, outer + 4));
    assert_int_equal(client.count, 2);
    assert_int_equal(v8_search(isolate, &client, &chain), V8_NOBODY);
    stack[6] = make(OBJECT, 5); /* has nothing to do with a statement */
    assert_int_equal(v8_search(isolate, &client, &chain), V8_BY_STATEMENT);
}

static void what_another_calls_is_no_statement(void **state)
{
    uintptr_t module = context(CALL, native, 1), own = function(program, module);
    struct v8_client_frames client = {.count = 0};

    assert_false(v8_search_frame(&client, frame(own, NUMBER(0))));
    assert_int_equal(client.count, 0);
    assert_true(v8_search_frame(&client, frame(function(script("node:net"), module), NUMBER(0))));
    assert_int_equal(client.count, 0);
}

static void a_variable_that_has_what_is_called_stands_for_its_frame(void **state)
{
    static const uintptr_t isolate[4096];
    uintptr_t postgres = script("/srv/node_modules/postgres/src/connection.js"), module = context(CALL, native, 1),
              scope = context(CALL, module, 1);
    uintptr_t p = promise(), waits = await(p), immediate = make(OBJECT, 5),
              variables[] = {NUMBER(1), 5, (uintptr_t)-7, immediate};
    struct v8_client_frames client = {.count = 0};
    struct v8_chain chain;

    slot(scope, 0, p);
    set(immediate, 32, function(postgres, scope));
    /* What is a map, too, is asked. */
    uintptr_t map = v8_field(immediate, 0), meta = make(MAP, 4);
    set(map, 0, v8_field(meta, 0));
    v8_search_variables(&client, variables, variables + 4);
    assert_ptr_equal(client.variable, &variables[3]);
    assert_int_equal(v8_search(isolate, &client, &chain), V8_BY_STATEMENT);
    assert_int_equal(chain.generators[0], waits);
    variables[3] = (uintptr_t)-7; /* no address at all */
    assert_int_equal(v8_search(isolate, &client, &chain), V8_NOBODY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_awaits_who_awaits_is_told, begin),
        cmocka_unit_test_setup(what_is_between_two_functions_is_passed, begin),
        cmocka_unit_test_setup(of_several_reactions_those_that_lead_to_nobody_are_passed_over, begin),
        cmocka_unit_test_setup(of_two_that_await_the_program_is_told_and_no_package, begin),
        cmocka_unit_test_setup(a_promise_that_is_settled_or_that_two_await_has_nobody, begin),
        cmocka_unit_test_setup(a_function_that_runs_is_not_awaiting, begin),
        cmocka_unit_test_setup(a_circle_ends, begin),
        cmocka_unit_test_setup(an_asynchronous_generator_is_awaited_by_who_asked, begin),
        cmocka_unit_test_setup(a_known_map_is_no_longer_known_after_a_collection, begin),
        cmocka_unit_test_setup(objects_of_one_map_are_told_from_those_of_another, begin),
        cmocka_unit_test_setup(who_awaits_what_a_package_settles_is_told, begin),
        cmocka_unit_test_setup(what_the_program_s_own_closure_has_at_hand_is_its_business, begin),
        cmocka_unit_test_setup(who_awaits_what_a_statement_calls_is_told, begin),
        cmocka_unit_test_setup(of_two_that_are_as_near_nobody_is_told, begin),
        cmocka_unit_test_setup(the_same_places_are_looked_at_again, begin),
        cmocka_unit_test_setup(a_statement_that_nobody_awaits_is_not_another_ones, begin),
        cmocka_unit_test_setup(what_another_calls_is_no_statement, begin),
        cmocka_unit_test_setup(a_variable_that_has_what_is_called_stands_for_its_frame, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
