#include "collectors/languages/go/go.h"

#include "agent/loading/exports.h"
#include "collectors/languages/go/runtime.h"

/* What a program exports that calls C from Go, for C that calls Go. */
static bool present(void)
{
    return exports_find("_cgo_topofstack") && exports_find("crosscall2") && go_runtime_is_here();
}

static bool start(const char **why)
{
    *why = "Go: this release's goroutines are not understood, what they do is told by threads";
    return go_runtime_start();
}

static uint64_t task(void)
{
    return go_runtime_goroutine().number;
}

static struct lane_task wanderer(void)
{
    struct go_goroutine goroutine = go_runtime_goroutine();

    return (struct lane_task){goroutine.number, goroutine.maker, goroutine.address, go_runtime_is_over};
}

const struct language_walker go_walker = {
    .name = "go",
    .language = WALKER_NATIVE, /* it gives no frames */
    .present = present,
    .start = start,
    .walk = walker_no_frames,
    .task = task,
    .wanderer = wanderer,
    .describe = walker_no_description,
};
