/* Who awaits what is being sent, when a client of a database sends it for a function that is suspended: a pool's next tick, a
 * socket that is connected, a queue of statements.
 *
 * Two ways lead to it. The innermost functions of the client have the statement at hand, and what it will call or settle when
 * the answer is there: closures and promises among their receivers, parameters and variables lead to a promise that somebody
 * awaits. It has to be the only one that is near; else nobody is told. Where there is no promise, but a function of the
 * program's, that one is called with the answer: a callback, which stands where the statement was asked for. And the job of the
 * queue of microtasks that runs at the bottom of the stack is a function's that goes on behind an await: who awaits that one, the
 * machine knows.
 *
 * Of the thread that runs the isolate, while it is in native code. Reads; allocates nothing.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_PROMISES_SEARCH_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_PROMISES_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "collectors/languages/v8/promises/chain.h"

#define V8_CLIENT_FRAMES 8
#define V8_PATHS         12
#define V8_STEPS         6

/* From a function's frame to a promise, or to an array of them: what was looked into, one in the other, and where in each. */
struct v8_path {
    uint8_t frame, root, count;
    struct v8_step {
        uint8_t up, kind;
        uint16_t index;
    } steps[V8_STEPS];
};

/* Frame pointers of the functions of clients that a stack begins with, innermost first; functions of node's own are left out. */
struct v8_client_frames {
    size_t count;
    bool is_asked;  /* one of them sends when it is asked: where the program's own function asks, nobody else is looked for */
    bool is_called; /* a function of the program's stands outside of them: it asks, unless another one awaits */

    /* Where all functions of the client are a part of optimised code of node's that called them (processImmediate): a variable of
     * the outermost function that has what is called, or a property of it has. NULL: there is none. */
    const uintptr_t *variable;
    uintptr_t script; /* of what is called */

    /* What the last search found. The same stack has it at the same places, so these are looked at, and now and then everything.
     */
    uint32_t searches;
    uint8_t path_count;
    bool has_paths, is_in_vain;

    const uintptr_t *frames[V8_CLIENT_FRAMES];
    struct v8_path paths[V8_PATHS];
};

/* Where they are among these frames, innermost first. False: no more, the next one is another's. */
bool v8_search_frame(struct v8_client_frames *client, const uintptr_t *frame);

/* The same of one further out: whether it is the program's, and may have asked. */
bool v8_search_asks(struct v8_client_frames *client, const uintptr_t *frame);

bool v8_search_is_function(const uintptr_t *frame);

/* Behind all frames, when no client has one: where the variables of the outermost function are. */
COLD void v8_search_variables(struct v8_client_frames *client, const uintptr_t *low, const uintptr_t *high);

enum v8_way { V8_NOBODY, V8_BY_STATEMENT, V8_BY_CALLBACK, V8_BY_JOB };

/* Who awaits what is being sent, or is called with it, in *ret; where it is V8_NOBODY, that says nothing. After v8_here_look. */
enum v8_way v8_search(const void *isolate, struct v8_client_frames *client, struct v8_chain *ret);

#endif
