/* V8 in the process (Node.js, Deno, Electron), asked for the stack of the JavaScript that called into native code, through
 * functions of its public interface that the executable exports.
 *
 * Names are those of the C++ ABI; what they pass and return is a pointer or eight bytes, in registers (include/v8-debug.h,
 * v8-local-handle.h: a Local is a pointer). The engine may make objects for an answer, as it may in each call that native code
 * makes from there: so it is asked only while JavaScript has called native code (Isolate::InContext), and for each stack once.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_ENGINE_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENGINE_TEXT 512 /* bytes of a name that are kept, with the terminator */

struct engine_frame {
    char function[ENGINE_TEXT]; /* "": it has none */
    char script[ENGINE_TEXT];   /* a path or a URL */
    uint32_t line;
};

/* Whether the process has the engine, as far as its exports say. */
bool engine_is_there(void);

/* Finds its functions; false: one is missing. Once. */
bool engine_open(void);

/* The engine's state of the calling thread, inside of a call from JavaScript; NULL: there is none. */
void *engine_here(void);

/* Frames of JavaScript, innermost first: calls `add` for each, until it returns false. */
void engine_stack(void *here, size_t max, bool (*add)(void *context, const struct engine_frame *frame), void *context);

#endif
