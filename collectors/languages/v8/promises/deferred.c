#include "collectors/languages/v8/promises/deferred.h"

#include "agent/base/compiler.h"
#include "collectors/languages/v8/here.h"
#include "collectors/languages/v8/objects.h"

#define CONTEXTS_MAX 3  /* of the handler, one in the other */
#define SLOTS_MAX    16 /* of each: what has more is no closure of a few lines */
#define DEPTH_MAX    3  /* a batch, its list, one of the list */
#define WORDS_MAX    8  /* properties of an object */
#define LIST_MAX     128
#define LISTS_MAX    3 /* one behind the other */

struct deferred {
    const struct v8_chain *chain;
    struct v8_chain found;
    uintptr_t promise; /* the last one that was looked at: its other function is beside it */
    bool differs;
};

static void take(struct deferred *d, uintptr_t promise)
{
    struct v8_chain way;

    if (promise == d->promise)
        return;
    d->promise = promise;
    way = *d->chain;
    way.handler_count = 0;
    v8_chain_follow(&way, promise, V8_CHAIN_MAX);
    if (way.count == d->chain->count)
        return;
    d->differs |= d->found.count > 0 && d->found.hash != way.hash;
    d->found = way;
}

/* Functions that settle a promise, and what has some. */
static void look_into(struct deferred *d, uintptr_t word, int depth)
{
    int type = v8_type(word);
    const uintptr_t *words;
    uintptr_t settled;
    size_t count;

    if (type == v8_types.function && (settled = v8_chain_settled_by(word))) {
        take(d, settled);
    } else if (depth > 0 && (type == v8_types.array || type == v8_types.object)) {
        words = type == v8_types.array ? v8_elements(word, &count) : v8_properties(word, &count);
        if (count > (type == v8_types.array ? LIST_MAX : WORDS_MAX))
            return;
        for (size_t i = 0; i < count && !d->differs; i++)
            look_into(d, words[i], depth - 1);
    }
}

static void look_at_hand(struct deferred *d, uintptr_t handler)
{
    uintptr_t context = v8_field(handler, v8_types.function_context);

    for (int i = 0; i < CONTEXTS_MAX && v8_is_of_function(context); i++, context = v8_field(context, V8_CONTEXT_PREVIOUS)) {
        int32_t slots = v8_number(v8_field(context, V8_CONTEXT_LENGTH)) - 2;
        for (int32_t slot = 0; slot < slots && slot < SLOTS_MAX; slot++)
            look_into(d, v8_field(context, V8_CONTEXT_SLOTS + slot * (int)sizeof context), DEPTH_MAX);
    }
}

/* False: nobody is found who waits further out. */
static bool follow(struct v8_chain *chain)
{
    struct deferred d;

    if (v8_chain_has_program(chain, 0))
        return false;
    for (size_t i = 0; i < chain->handler_count && chain->count < V8_CHAIN_MAX; i++) {
        if (v8_chain_is_of_program(chain->handlers[i]))
            return false;
        d.chain = chain;
        d.found.count = d.found.hash = d.promise = 0;
        d.differs = false;
        look_at_hand(&d, chain->handlers[i]);
        if (d.differs)
            return false;
        if (d.found.count > 0) {
            *chain = d.found;
            return true;
        }
    }
    return false;
}

void v8_deferred_follow(struct v8_chain *chain)
{
    for (int i = 0; i < LISTS_MAX && follow(chain); i++)
        ;
}
