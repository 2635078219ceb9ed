/* Stacks of V8 that were sampled, verified instead of sampled again: what tells one stack from another are a few words of it.
 *
 * V8 links its frames by the frame pointer, from the exit by which the innermost JavaScript function left for native code to the
 * entry by which the outermost was called; the isolate has the addresses of both (ThreadLocalTop: c_entry_fp and js_entry_sp, at
 * places that differ from release to release and are found by what they hold). A memo notes every link and return address between
 * the two and, of functions that are interpreted, the words of bytecode and offset. It is only made when these explain each
 * position of the sample, so that a sample now would give the same.
 *
 * Of the thread that runs the isolate, on its own stack. Plain loads; learning asks first whether memory is there.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_MEMO_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/languages/v8/promises/search.h"

struct v8_handed;
struct v8_memos;

/* Zeroed; NULL: there is no memory. Of the calling thread, once: addresses of one thread's stack say nothing of another's. When
 * it ends, the next new thread gets it with the rest of its state. */
struct v8_memos *v8_memos_create(void);

/* Whether the stack is one that was learned since the isolate's code moved last (collections); *ret: what was learned of it. */
bool v8_memos_hold(struct v8_memos *memos, const void *isolate, uint64_t collections, uint64_t *ret);

/* Looks where the frames of a stack are that was just sampled; false: they could not be followed. */
bool v8_memos_follow(struct v8_memos *memos, const void *isolate, const uintptr_t *positions, size_t count);

/* The stack was just sampled and followed. It is learned when it comes a second time. */
void v8_memos_learn(struct v8_memos *memos, const void *isolate, uint64_t collections, uint64_t hash);

/* The stack that was handed on lately by a thread whose stack had this number. */
struct v8_memos_handed {
    uint64_t hash;
    const struct v8_handed *stack;
};

/* Where it stands, or may. */
struct v8_memos_handed *v8_memos_handed(struct v8_memos *memos, uint64_t hash);

/* Of the stack that was found to be known last, or that was followed last. */
struct v8_client_frames *v8_memos_client(const struct v8_memos *memos);

#endif
