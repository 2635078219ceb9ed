/* From a call that a thread executes for a coroutine, or from a task, to the task that waits for it. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_AWAITING_WAITERS_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_AWAITING_WAITERS_H

#include "collectors/languages/python/others.h"

/* The task that goes on when a future of asyncio is done, or one that is passed on to; a task is one, too. NULL: there is none.
 */
const char *waiters_task(struct others_pages *pages, const struct python_layout *layout, const char *future);

/* The task that goes on when a task is done which it, or what it called, has begun and watches from then on: by gather, wait_for,
 * shield, wait or in a TaskGroup. Who awaits a task otherwise may have other things to do first. NULL: there is none. */
const char *waiters_task_of_task(struct others_pages *pages, const struct python_layout *layout, const char *task);

/* The task that a handle of the loop goes on with, which is at it in the calling thread (`pages` are its own then), or in another
 * one; NULL: it calls something else. */
const char *waiters_task_of_handle(struct others_pages *pages, const char *handle);

/* Whether waiters_task_of_task gives nothing for that task, as far as a glance tells: of most tasks, in a few instructions. */
bool waiters_none_of_handle(const struct python_layout *layout, const char *handle);

/* The pool's future for a call; NULL: it is none. */
const char *waiters_pools_future(struct others_pages *pages, const struct python_layout *layout, const char *work);

/* Asyncio's future for a pool's call, as run_in_executor makes it; NULL: nobody awaits it. */
const char *waiters_future_of_work(struct others_pages *pages, const struct python_layout *layout, const char *work);

#endif
