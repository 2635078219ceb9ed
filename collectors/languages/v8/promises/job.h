/* The job of the queue of microtasks that runs: the isolate's roots have it, at a place that differs from release to release and
 * is found by what it holds.
 *
 * Of the thread that runs the isolate.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_PROMISES_JOB_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_PROMISES_JOB_H

#include <stdint.h>

#include "agent/base/compiler.h"

/* 0: none runs, so the stack's outermost function was called by another; or it is not known where it would stand. After
 * v8_here_look. */
uintptr_t v8_job(const void *isolate);

/* Looks for the place while one runs; some microseconds, a few times at the most. */
COLD void v8_job_learn(const void *isolate);

#endif
