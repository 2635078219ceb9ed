/* From a call that a thread executes for a coroutine to the task that waits for it. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_WAITERS_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_WAITERS_H

#include "collectors/languages/python/others.h"

/* The task that goes on when a future of asyncio is done, or one that is passed on to; a task is one, too. NULL: there is none.
 */
const char *waiters_task(struct others_pages *pages, const struct python_layout *layout, const char *future);

/* Asyncio's future for a pool's call, as run_in_executor makes it; NULL: nobody awaits it. */
const char *waiters_future_of_work(struct others_pages *pages, const struct python_layout *layout, const char *work);

#endif
