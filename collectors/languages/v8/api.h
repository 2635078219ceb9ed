/* The functions of V8 that are called, which node exports for its addons (v8-isolate.h, v8-debug.h, v8-unwinder.h).
 *
 * v8_sample is what profilers call from signal handlers: it reads, and neither allocates nor waits. v8_trace makes objects of the
 * machine's, as every function of an addon does; it may only be called where v8_sample says that the thread is in an addon's or
 * node's function, which JavaScript called: not while the machine collects garbage, compiles, or runs without regard to it.
 *
 * Where a suspended function stands in its source, no exported function tells. But a frame of a trace is an object that has a
 * function's code and a position in it, until it is asked for the line; so a frame of a trace of ours is told another function's.
 *
 * Of the thread that runs the isolate.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_API_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"

#define V8_TEXT 512

struct v8_frame {
    char function[V8_TEXT], script[V8_TEXT]; /* terminated; may be cut */
    uint32_t line, column;                   /* from 1 */
    uint32_t map_length;                     /* of the address of its script's source map, where that is in it; 0: it is not */
    void *isolate, *map;                     /* for v8_frame_map */
};

/* Copies the address of the source map, map_length bytes; false: it is not plain text. While the frame is described. */
bool v8_frame_map(const struct v8_frame *frame, char *ret);

/* Finds the functions; false: this is no V8, or one that lacks some. */
bool v8_api_find(void);

/* The isolate that the calling thread is in; NULL: none. */
void *v8_isolate(void);

enum v8_test { V8_NOTHING_TO_TEST, V8_KNOWN, V8_UNKNOWN };

/* Finds out where V8 tells the state of the thread, from a function that JavaScript called; nothing to test: it is called from
 * elsewhere. */
enum v8_test v8_api_test(void *isolate);

/* Positions in code and bytecode of the frames, innermost first; their number. 0: there is no JavaScript on the stack, or the
 * thread is not where it may ask for more. Code moves when garbage is collected. */
size_t v8_sample(void *isolate, uintptr_t *positions, size_t max);

#define V8_BEGINNING (-1)

/* A function that is suspended, and how far its bytecode has run. */
struct v8_suspended {
    uintptr_t function, shared;
    int32_t offset; /* V8_BEGINNING: it has not begun, and is told where it begins; shared is not read then */
};

/* Whom to call for every frame from the innermost on, until it says false; and, when not NULL, who tells of functions that stand
 * outside of the stack, until there is none: objects move from one call to the next. */
struct v8_tracing {
    bool (*each)(const struct v8_frame *, void *context);
    bool (*further)(size_t index, struct v8_suspended *ret, void *context);
    void *context;
};

/* Whether suspended functions can be told, and objects read (objects.h). */
bool v8_api_tells_suspended(void);

COLD void v8_trace(void *isolate, size_t max, const struct v8_tracing *tracing);

/* *count grows whenever code may have moved or gone, for as long as the isolate lives. */
void v8_count_collections(void *isolate, uint64_t *count);

#endif
