#include "collectors/languages/python/interpreters.h"

#include "agent/base/compiler.h"
#include "agent/base/readable.h"
#include "collectors/languages/python/object.h"

/* Enough for what anybody does, and the walk ends, whatever it reads. */
#define INTERPRETERS_MAX 64
#define STATES_MAX       1024

/* Other threads may take what is read here away: it is asked for first. */
static const char *pointer_or_null(const char *object, uint32_t offset)
{
    return readable_word(object + offset) ? python_pointer(object, offset) : NULL;
}

/* While a state is in use, its cframe is in the frame of _PyEval_EvalFrameDefault that runs its code (3.10: Python/ceval.c), so
 * on the stack of the thread that does; else it is the one in the state itself. The innermost on this thread's stack is the one
 * that is in use: it keeps its state and its interpreter alive, and stands still. */
static COLD const char *innermost(const struct python_layout *layout, const char *first, const char *own)
{
    const char *low = __builtin_frame_address(0), *high = python_pointer(first, layout->thread_cframe), *found = first;
    const char *interpreter = layout->interpreters();
    int states = 0;

    if (high < low || (high >= first && high < first + PYTHON_THREAD_STATE_SIZE))
        return first; /* not in use, so nothing says where this thread's stack ends */
    for (int i = 0; interpreter && i < INTERPRETERS_MAX; i++) {
        const char *state = interpreter == own ? NULL : pointer_or_null(interpreter, layout->interpreter_threads);

        for (; state && states < STATES_MAX; states++) {
            const char *cframe = pointer_or_null(state, layout->thread_cframe);

            if (cframe > low && cframe < high && pointer_or_null(state, PYTHON_THREAD_INTERPRETER) == interpreter) {
                high = cframe;
                found = state;
            }
            state = pointer_or_null(state, PYTHON_THREAD_NEXT);
        }
        interpreter = pointer_or_null(interpreter, PYTHON_INTERPRETER_NEXT);
    }
    return found;
}

HOT const char *python_thread_state(const struct python_layout *layout)
{
    const char *first = layout->thread_state(), *own;

    if (!first || !layout->thread_cframe)
        return first;
    /* New interpreters come to the front of the list. */
    own = python_pointer(first, PYTHON_THREAD_INTERPRETER);
    if (likely(layout->interpreters() == own && !python_pointer(own, PYTHON_INTERPRETER_NEXT)))
        return first;
    return innermost(layout, first, own);
}
