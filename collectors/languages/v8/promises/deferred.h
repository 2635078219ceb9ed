/* Who awaits what a library settles with an answer: a loader that collects keys gives each caller a promise, keeps the functions
 * that settle them in a list, and calls these when the answer is there. A closure that waits for the answer has the list at hand.
 *
 * Of the thread that runs the isolate, while it is in native code, after v8_here_look. Reads; allocates nothing.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_PROMISES_DEFERRED_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_PROMISES_DEFERRED_H

#include "collectors/languages/v8/promises/chain.h"

/* Takes in who awaits what the chain's handlers will settle, if these are a package's and nobody on the chain is the
 * program's. Where callers at different places await what it settles, nobody is told. */
void v8_deferred_follow(struct v8_chain *chain);

#endif
