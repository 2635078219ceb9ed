/* Of threads that execute calls for others: whether one is still at the same call, and who waits for it, whose frames stand where
 * those of whoever asked for the call would. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_AWAITING_THREADS_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_AWAITING_THREADS_H

#include "collectors/languages/python/others.h"

#define THREADS_FRAME_HEAD 360

/* The frame of another thread that has called what has a future of a pool's, to hand it on or to wait for it. NULL: nobody has
 * it.
 */
COLD const char *threads_asking(struct others_pages *pages, const struct python_layout *layout, const char *future);

/* A call of the calling thread's. */
struct threads_call {
    uint64_t context; /* 0: none, so nothing tells it from the next call */
    uint64_t version; /* changes whenever the thread enters a context, or leaves one */
};

/* Of the context of its own that the thread has entered for a call: asyncio does so for each step of a task, asyncio.to_thread,
 * AnyIO and most frameworks for what they have a pool do. */
struct threads_call threads_call(const struct python_layout *layout);

/* A frame of another thread's. That one may go on at any time, so it is a copy. */
struct threads_frame {
    char head[THREADS_FRAME_HEAD]; /* what stands before its variables */
    const char *code;              /* NULL: it has none */
    const char *previous;
};

bool threads_frame(struct others_pages *pages, const struct python_layout *layout, const char *at, struct threads_frame *ret);

/* Of a frame of another thread's the first variable. */
const char *threads_variable(const struct python_layout *layout, const char *at);

#endif
