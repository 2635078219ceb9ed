/* The functions that await a promise, each suspended in its await, as V8 finds them for the stack of an error
 * (Isolate::CaptureAsyncStackTrace in src/execution/isolate.cc): a promise that is pending knows what reacts to it; an await's
 * reaction knows the function, and the function its own promise. Where several react to a promise, those that lead to nobody are
 * passed over, which V8 does not; two that lead to different functions are nobody, unless one alone leads to the program's.
 *
 * Of the thread that runs the isolate, while it is in native code, after v8_here_look. Reads; allocates nothing. What is found is
 * good until the machine allocates.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_PROMISES_CHAIN_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_PROMISES_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define V8_CHAIN_MAX    32
#define V8_HANDLERS_MAX 4

struct v8_chain {
    size_t count;
    uint64_t hash; /* of the functions' code and where in it they are, until it is moved */
    /* Closures behind the last one, one behind the other, which react while nobody awaits that: the first ones and the last. */
    size_t handler_count;
    uintptr_t handlers[V8_HANDLERS_MAX];
    uintptr_t generators[V8_CHAIN_MAX]; /* innermost first */
    uintptr_t callback; /* the program's function that is called with the answer, where nobody awaits it; 0: there is none */
};

/* Takes in who awaits the promise, until the chain has `max`. */
void v8_chain_follow(struct v8_chain *chain, uintptr_t promise, size_t max);

/* The same, of the job of the queue of microtasks that runs. */
void v8_chain_follow_job(struct v8_chain *chain, uintptr_t job);

/* Whether it is no package's, nor the machine's; and whether one of those from here on is. */
bool v8_chain_is_of_program(uintptr_t function);
bool v8_chain_has_program(const struct v8_chain *chain, size_t from);

bool v8_chain_is_pending(uintptr_t promise);

bool v8_chain_is_job(uintptr_t word);

/* The word, if it is a job; else 0. */
uintptr_t v8_chain_job(uintptr_t word);

/* The promise that a function of the machine's settles: one of the two that the executor of a promise is given. 0: it is none. */
uintptr_t v8_chain_settled_by(uintptr_t function);

#endif
