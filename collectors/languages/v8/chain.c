#include "collectors/languages/v8/chain.h"

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "collectors/languages/v8/objects.h"

#define STEPS_MAX 64 /* promises between two functions count, too */
#define PENDING   0
#define STATUS    3

/* Fields behind the first: what a continuation keeps for its embedder came before them in V8 12, and comes behind them in others.
 */
#define REACTION_NEXT    8
#define REACTION_FULFIL  16 /* from the first on */
#define REACTION_PROMISE 24
#define JOB_CONTEXT      16
#define JOB_HANDLER      8 /* from the context on */
#define JOB_PROMISE      16
#define THENABLE_PROMISE 8

#define WORD ((int)sizeof(uintptr_t))

#define RESOLVE_SLOTS 3 /* of functions that Promise.all makes: how many are left, capability, values */

static HOT uintptr_t promise_of(uintptr_t promise_or_capability)
{
    uintptr_t promise = promise_or_capability;

    if (v8_is(promise, v8_types.capability))
        promise = v8_field(promise, V8_CAPABILITY_PROMISE);
    return v8_is(promise, v8_types.promise) ? promise : 0;
}

static uintptr_t context_of_builtin(uintptr_t function)
{
    uintptr_t context = v8_field(function, v8_types.function_context);

    return v8_script(function) || !v8_is_context(context, V8_FUNCTION_CONTEXT) ? 0 : context;
}

uintptr_t v8_chain_settled_by(uintptr_t function)
{
    uintptr_t context = context_of_builtin(function);

    return context && v8_number(v8_field(context, V8_CONTEXT_LENGTH)) > V8_CONTEXT_SLOTS / WORD - 2
               ? promise_of(v8_field(context, V8_CONTEXT_SLOTS))
               : 0;
}

/* That of Promise.all and its kin, of one of whose elements this is told. */
static uintptr_t settled_by_element(uintptr_t function)
{
    uintptr_t context = context_of_builtin(function);

    for (int i = 0; context && i < RESOLVE_SLOTS && i + 2 < v8_number(v8_field(context, V8_CONTEXT_LENGTH)); i++) {
        uintptr_t slot = v8_field(context, V8_CONTEXT_SLOTS + i * WORD);
        if (v8_is(slot, v8_types.capability))
            return promise_of(slot);
    }
    return 0;
}

/* The function that an await's closure goes on with; 0: it is another closure. */
static HOT uintptr_t awaiting(uintptr_t function)
{
    uintptr_t context = v8_field(function, v8_types.function_context);
    uintptr_t generator = v8_is_context(context, V8_AWAIT_CONTEXT) ? v8_field(context, V8_CONTEXT_SLOTS) : 0;

    return v8_is(generator, v8_types.async_function) || v8_is(generator, v8_types.async_generator) ? generator : 0;
}

/* What the generator will settle when it returns. */
static HOT uintptr_t promise_of_generator(uintptr_t generator)
{
    uintptr_t promise = v8_field(generator, V8_GENERATOR_PROMISE);

    if (v8_is(generator, v8_types.async_generator))
        promise = v8_is(promise, v8_types.request) ? v8_field(promise, V8_REQUEST_PROMISE) : 0;
    return promise_of(promise);
}

static bool take(struct v8_chain *chain, uintptr_t generator)
{
    uintptr_t function = v8_field(generator, V8_GENERATOR_FUNCTION);
    uintptr_t position = v8_field(generator, V8_GENERATOR_POSITION), at = v8_field(generator, V8_GENERATOR_CONTINUATION);

    if (!v8_is(function, v8_types.function) || !v8_is_number(position) || !v8_is_number(at) || v8_number(at) < 0)
        return false;
    chain->hash = hash_mix(chain->hash ^ v8_field(function, v8_types.function_shared), (uint32_t)v8_number(at));
    chain->generators[chain->count++] = generator;
    return true;
}

/* The promise that is settled next, when a reaction to another one has run; 0: nobody is known to wait for it. */
static uintptr_t react(struct v8_chain *chain, uintptr_t handler, uintptr_t promise_or_capability)
{
    if (v8_is(handler, v8_types.function)) {
        uintptr_t generator = awaiting(handler), settled;
        if (generator)
            return take(chain, generator) ? promise_of_generator(generator) : 0;
        if ((settled = v8_chain_settled_by(handler)) || (settled = settled_by_element(handler)))
            return settled;
    }
    return promise_of(promise_or_capability);
}

bool v8_chain_is_pending(uintptr_t promise)
{
    uintptr_t flags = v8_field(promise, V8_PROMISE_FLAGS);

    return v8_is_number(flags) && (v8_number(flags) & STATUS) == PENDING;
}

HOT void v8_chain_follow(struct v8_chain *chain, uintptr_t promise, size_t max)
{
    for (int steps = 0; promise && chain->count < max && steps < STEPS_MAX; steps++) {
        uintptr_t reaction = v8_field(promise, V8_PROMISE_REACTIONS);
        int first = REACTION_NEXT;
        if (!v8_chain_is_pending(promise) || !v8_is(reaction, v8_types.reaction))
            return;
        if (!v8_is_number(v8_field(reaction, first)) && !v8_is(v8_field(reaction, first), v8_types.reaction))
            first += WORD;
        if (v8_field(reaction, first) != 0)
            return;
        promise = react(chain, v8_field(reaction, first + REACTION_FULFIL), v8_field(reaction, first + REACTION_PROMISE));
    }
}

HOT bool v8_chain_is_job(uintptr_t word)
{
    int type = v8_type(word);

    return type >= 0 && (type == v8_types.fulfil_job || type == v8_types.reject_job || type == v8_types.thenable_job);
}

static bool is_any_context(uintptr_t word)
{
    int type = v8_type(word);

    return type >= v8_types.context && type < v8_types.context + V8_CONTEXTS;
}

HOT void v8_chain_follow_job(struct v8_chain *chain, uintptr_t job)
{
    int context = v8_is(job, v8_types.thenable_job) ? JOB_CONTEXT - WORD : JOB_CONTEXT;
    uintptr_t handler, promise;

    if (!is_any_context(v8_field(job, context)))
        context += WORD;
    if (!is_any_context(v8_field(job, context)))
        return;
    if (v8_is(job, v8_types.thenable_job)) {
        v8_chain_follow(chain, promise_of(v8_field(job, context + THENABLE_PROMISE)), V8_CHAIN_MAX);
        return;
    }
    handler = v8_field(job, context + JOB_HANDLER);
    promise = v8_field(job, context + JOB_PROMISE);
    if (v8_is(handler, v8_types.function) && awaiting(handler))
        promise = promise_of_generator(awaiting(handler)); /* it runs, and stands on the stack */
    else
        promise = promise_of(promise);
    v8_chain_follow(chain, promise, V8_CHAIN_MAX);
}
