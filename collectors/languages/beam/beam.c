#include "collectors/languages/beam/beam.h"

#include "agent/loading/exports.h"

/* task: the machine's processes run on whichever of its scheduler threads is free, and what a socket got is read by any of these:
 * a loop's parent and its children are asked for in several threads, its rows read in others, and which ones differs from run to
 * run. Which process runs nobody outside knows. So all that they do is one task's, as if one thread did it; whose statement is
 * whose is told by the connections, as in an event loop. */
static uint64_t task(void)
{
    return WALKER_MACHINE;
}

/* What modules in C are given, by the machine alone. */
static bool present(void)
{
    return exports_find("enif_get_local_pid") && exports_find("driver_output_term");
}

static bool start(const char **why)
{
    (void)why;
    return true;
}

const struct language_walker beam_walker = {
    .name = "beam",
    .language = WALKER_NATIVE, /* it gives no frames */
    .present = present,
    .start = start,
    .walk = walker_no_frames,
    .task = task,
    .describe = walker_no_description,
};
