/* Work that addons give to node's pool of threads: what is executed there stands on the stack of whoever asked for it.
 *
 * An addon makes work by napi_create_async_work, from data of its own. Often not when it is asked: what a connection is to do
 * waits until it has done the rest, and nobody stands on the stack then. But an addon in C++ keeps the function that it is to
 * call when all is done (napi.h: Napi::FunctionReference in the data), and refers to it when it is asked. So the stack of then is
 * noted with each reference to a function, and the work's data looked through for one.
 *
 * The pool's thread is told whose unit of work it does, and a thread that waits for such work waits for no other.
 *
 * Modules that have or call SQLite call our functions; others call node's. Of the threads that run JavaScript, but for the work
 * itself. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_ADDONS_WORKS_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_ADDONS_WORKS_H

#include <stdbool.h>

/* See loader.h. */
extern const char *const v8_works_names[];
extern void (*const v8_works_functions[])(void);
bool v8_works_are_known(void);

void v8_works_reset_after_fork(void);

#endif
