#include "viewer/export/follow.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exporter/base/alloc.h"
#include "viewer/complain.h"
#include "viewer/export/output.h"
#include "viewer/export/send.h"
#include "viewer/load.h"

#define WAIT_FIRST_S 1 /* after a failure; then twice as long each time */
#define WAIT_MOST_S  60

struct follower {
    const struct follow *follow;
    struct endpoint endpoint;
    struct state *state;
    size_t known;    /* recordings of the last look */
    char *failure;   /* the last one, told once; NULL: the last try worked */
    unsigned wait_s; /* until the next try */
    bool has_looked;
};

/* Until a signal asks for the end. */
static bool sleep_unless_asked(const sigset_t *ends, unsigned seconds)
{
    struct timespec left = {.tv_sec = seconds};
    return sigtimedwait(ends, NULL, &left) > 0;
}

static struct model *load(struct follower *w)
{
    struct load_paths paths = {0};
    int status = EXIT_FINE;
    for (int i = 0; i < w->follow->path_count; i++) {
        if (!load_is_empty(w->follow->paths[i]))
            load_add(&paths, w->follow->paths[i]);
    }
    paths.is_quiet = w->has_looked && paths.count == w->known; /* what is wrong with a recording is told once */
    w->known = paths.count;
    w->has_looked = true;
    struct model *model = paths.count > 0 ? load_model_from(&paths, &status) : NULL;
    load_paths_finish(&paths);
    return model;
}

static bool is_running(const struct model *model)
{
    for (uint32_t i = 0; i < model->process_count; i++) {
        if (model->processes[i].ended == MODEL_ENDED_RUNNING)
            return true;
    }
    return false;
}

/* NULL when everything is where it belongs, else why not. */
static char *export_new(struct follower *w, const struct model *model, bool is_last)
{
    const struct follow *f = w->follow;
    if (f->output)
        return output_update(f->output, model, f->format, f->options);
    return send_findings(&w->endpoint, model, f->options, w->state, is_last || !is_running(model));
}

static void look(struct follower *w, bool is_last)
{
    struct model *model = load(w);
    char *failure = model ? export_new(w, model, is_last) : NULL;
    model_destroy(model);
    if (failure && (is_last || !w->failure || strcmp(failure, w->failure) != 0))
        complain(w->follow->output ? w->follow->output : w->endpoint.url, "%s%s", failure, is_last ? "" : "; trying again");
    if (!failure)
        w->wait_s = w->follow->interval_s;
    else if (!w->failure)
        w->wait_s = WAIT_FIRST_S;
    else
        w->wait_s = w->wait_s * 2 < WAIT_MOST_S ? w->wait_s * 2 : WAIT_MOST_S;
    free(w->failure);
    w->failure = failure;
}

static bool begin(struct follower *w)
{
    if (w->follow->output)
        return true;
    if (!endpoint_begin(&w->endpoint))
        return false;
    w->state = state_open(w->follow->state);
    return w->state != NULL;
}

int follow_run(const struct follow *follow)
{
    struct follower w = {.follow = follow};
    int status = EXIT_TROUBLE;
    sigset_t ends;
    sigset_t before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, &before);
    if (begin(&w)) {
        do
            look(&w, false);
        while (!sleep_unless_asked(&ends, w.wait_s));
        look(&w, true);
        status = w.failure ? EXIT_TROUBLE : EXIT_FINE;
    }
    free(w.failure);
    state_close(w.state);
    endpoint_finish(&w.endpoint);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}
