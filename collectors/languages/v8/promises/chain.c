#include "collectors/languages/v8/promises/chain.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "collectors/languages/v8/clients.h"
#include "collectors/languages/v8/here.h"
#include "collectors/languages/v8/objects.h"

#define STEPS_MAX     64 /* promises between two functions count, too */
#define FORKS_MAX     2  /* promises to which several react */
#define REACTIONS_MAX 4
#define NAME_MAX      512
#define PENDING       0
#define STATUS        3

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

__thread _Alignas(64) struct v8_here v8_here;

void v8_here_forget(uint64_t collections)
{
    memset(&v8_here.known_since, 0, sizeof v8_here - offsetof(struct v8_here, known_since));
    v8_here.known_since = collections;
}

static inline bool is_promise(uintptr_t word)
{
    return v8_is_like(word, v8_types.promise, &v8_here.promise);
}

static NOINLINE uintptr_t promise_of_capability(uintptr_t capability)
{
    uintptr_t promise = v8_is(capability, v8_types.capability) ? v8_field(capability, V8_CAPABILITY_PROMISE) : 0;

    return is_promise(promise) ? promise : 0;
}

static inline uintptr_t promise_of(uintptr_t promise_or_capability)
{
    return likely(is_promise(promise_or_capability)) ? promise_or_capability : promise_of_capability(promise_or_capability);
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
static NOINLINE uintptr_t settled_by_element(uintptr_t function)
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
static inline uintptr_t awaiting(uintptr_t function)
{
    uintptr_t context = v8_field(function, v8_types.function_context), generator;

    if (!v8_is_like(context, v8_types.context + V8_AWAIT_CONTEXT, &v8_here.await))
        return 0;
    generator = v8_field(context, V8_CONTEXT_SLOTS);
    return likely(v8_is_like(generator, v8_types.async_function, &v8_here.async_function)) ||
                   v8_is(generator, v8_types.async_generator)
               ? generator
               : 0;
}

/* What the generator will settle when it returns. */
static inline uintptr_t promise_of_generator(uintptr_t generator)
{
    uintptr_t promise = v8_field(generator, V8_GENERATOR_PROMISE);

    if (unlikely(!v8_is_like(generator, v8_types.async_function, &v8_here.async_function)))
        promise = v8_is(promise, v8_types.request) ? v8_field(promise, V8_REQUEST_PROMISE) : 0;
    return promise_of(promise);
}

static inline bool take(struct v8_chain *chain, uintptr_t generator)
{
    uintptr_t function = v8_field(generator, V8_GENERATOR_FUNCTION);
    uintptr_t position = v8_field(generator, V8_GENERATOR_POSITION), at = v8_field(generator, V8_GENERATOR_CONTINUATION);

    if (!v8_is_like(function, v8_types.function, &v8_here.called) || !v8_is_number(position) || !v8_is_number(at) ||
        v8_number(at) < 0)
        return false;
    chain->hash = hash_mix(chain->hash ^ v8_field(function, v8_types.function_shared), (uint32_t)v8_number(at));
    chain->generators[chain->count++] = generator;
    chain->handler_count = 0;
    return true;
}

/* The promise that is settled by a function of the machine's, or by what stands beside the handler. */
static NOINLINE uintptr_t react_otherwise(struct v8_chain *chain, uintptr_t handler, uintptr_t promise_or_capability)
{
    uintptr_t settled;

    if (v8_is(handler, v8_types.function)) {
        if ((settled = v8_chain_settled_by(handler)) || (settled = settled_by_element(handler)))
            return settled;
        if (v8_script(handler)) {
            chain->handler_count += chain->handler_count < V8_HANDLERS_MAX;
            chain->handlers[chain->handler_count - 1] = handler;
        }
    }
    return promise_of(promise_or_capability);
}

/* The function that goes on behind an await by this handler of a reaction; 0: none does. */
static inline uintptr_t awaiting_by(uintptr_t handler)
{
    return v8_is_like(handler, v8_types.function, &v8_here.closure) ? awaiting(handler) : 0;
}

bool v8_chain_is_pending(uintptr_t promise)
{
    uintptr_t flags = v8_field(promise, V8_PROMISE_FLAGS);

    return v8_is_number(flags) && (v8_number(flags) & STATUS) == PENDING;
}

static inline bool is_reaction(uintptr_t word)
{
    return v8_is_like(word, v8_types.reaction, &v8_here.reaction);
}

/* The promise that is settled next, when the reaction has run; 0: nobody is known to wait. */
static inline uintptr_t react(struct v8_chain *chain, uintptr_t reaction, int first)
{
    uintptr_t handler = v8_field(reaction, first + REACTION_FULFIL), generator = awaiting_by(handler);

    if (likely(generator))
        return take(chain, generator) ? promise_of_generator(generator) : 0;
    return react_otherwise(chain, handler, v8_field(reaction, first + REACTION_PROMISE));
}

/* False: it ends where several wait. */
static bool follow(struct v8_chain *chain, uintptr_t promise, size_t max, int forks);

bool v8_chain_is_of_program(uintptr_t function)
{
    uintptr_t script = v8_is(function, v8_types.function) ? v8_script(function) : 0;
    char name[NAME_MAX];
    bool is_program;

    if (!script || script == v8_here.script || script == v8_here.other_script)
        return script != v8_here.other_script;
    is_program = !v8_script_name(script, name, sizeof name) || v8_is_of_program(name);
    *(is_program ? &v8_here.script : &v8_here.other_script) = script;
    return is_program;
}

bool v8_chain_has_program(const struct v8_chain *chain, size_t from)
{
    for (size_t i = from; i < chain->count; i++) {
        if (v8_chain_is_of_program(v8_field(chain->generators[i], V8_GENERATOR_FUNCTION)))
            return true;
    }
    return false;
}

/* Where mappers keep what was loaded, or write it down, besides handing it on, nobody awaits that: who is found must be found by
 * one reaction alone, or be at the same place, or be the program's where the others are not. Those that limit how much is done at
 * once await it to go on to the next. */
static NOINLINE bool follow_each(struct v8_chain *chain, uintptr_t reaction, int first, size_t max, int forks)
{
    struct v8_chain found, way;
    size_t before = chain->count;

    found.count = found.hash = 0;
    for (int i = 0; reaction; i++, reaction = v8_field(reaction, first)) {
        if (v8_is_number(reaction)) /* the end of the list */
            break;
        if (i == REACTIONS_MAX || !is_reaction(reaction))
            return false;
        way = *chain;
        bool is_plain = follow(&way, react(&way, reaction, first), max, forks - 1);
        if (way.count == before && is_plain)
            continue;
        if (way.count == before)
            return false;
        if (found.count > 0 && found.hash != way.hash) {
            bool is_program = v8_chain_has_program(&way, before);
            if (is_program == v8_chain_has_program(&found, before))
                return false;
            if (!is_program)
                continue;
        }
        found = way;
    }
    if (found.count > 0)
        *chain = found;
    return true;
}

static HOT bool follow(struct v8_chain *chain, uintptr_t promise, size_t max, int forks)
{
    for (int steps = 0; promise && chain->count < max && steps < STEPS_MAX; steps++) {
        uintptr_t reaction = v8_field(promise, V8_PROMISE_REACTIONS);
        int first = REACTION_NEXT;
        if (!v8_chain_is_pending(promise) || !is_reaction(reaction))
            return true;
        if (!v8_is_number(v8_field(reaction, first)) && !is_reaction(v8_field(reaction, first)))
            first += WORD;
        if (unlikely(v8_field(reaction, first) != 0))
            return forks > 0 && follow_each(chain, reaction, first, max, forks);
        promise = react(chain, reaction, first);
    }
    return true;
}

HOT void v8_chain_follow(struct v8_chain *chain, uintptr_t promise, size_t max)
{
    follow(chain, promise, max, FORKS_MAX);
}

bool v8_chain_is_job(uintptr_t word)
{
    int type = v8_type(word);

    return type >= 0 && (type == v8_types.fulfil_job || type == v8_types.reject_job || type == v8_types.thenable_job);
}

HOT uintptr_t v8_chain_job(uintptr_t word)
{
    return likely(v8_is_like(word, v8_types.fulfil_job, &v8_here.job)) || v8_chain_is_job(word) ? word : 0;
}

static NOINLINE bool is_any_context(uintptr_t word)
{
    int type = v8_type(word);

    return type >= v8_types.context && type < v8_types.context + V8_CONTEXTS;
}

/* Of an await it is the closure's own. */
static inline bool is_context(uintptr_t word)
{
    return likely(v8_is_like(word, v8_types.context + V8_AWAIT_CONTEXT, &v8_here.await)) || is_any_context(word);
}

HOT void v8_chain_follow_job(struct v8_chain *chain, uintptr_t job)
{
    bool is_thenable = unlikely(v8_field(job, 0) != v8_here.job) && v8_is(job, v8_types.thenable_job);
    int context = is_thenable ? JOB_CONTEXT - WORD : JOB_CONTEXT;
    uintptr_t generator, promise;

    if (!is_context(v8_field(job, context)))
        context += WORD;
    if (!is_context(v8_field(job, context)))
        return;
    if (is_thenable) {
        v8_chain_follow(chain, promise_of(v8_field(job, context + THENABLE_PROMISE)), V8_CHAIN_MAX);
        return;
    }
    generator = awaiting_by(v8_field(job, context + JOB_HANDLER));
    if (likely(generator))
        promise = promise_of_generator(generator); /* it runs, and stands on the stack */
    else
        promise = promise_of(v8_field(job, context + JOB_PROMISE));
    v8_chain_follow(chain, promise, V8_CHAIN_MAX);
}
