#include "viewer/follow/follow_findings.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "exporter/base/map.h"
#include "exporter/formats/line.h"
#include "exporter/formats/text/parts.h"
#include "viewer/complain.h"
#include "viewer/load.h"
#include "viewer/terminal.h"

#define INTERVAL_NS INT64_C(1000000000)
#define PART        50 /* of the time is spent with looking, at the most */

struct follower {
    struct map known; /* by signature and confidence */
    size_t recordings;
    bool has_looked, has_run;
    bool may_grow; /* a directory is among the paths: programs may begin later */
};

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct model *load(struct follower *w, char **paths, int count)
{
    struct load_paths found = {0};
    int status = EXIT_FINE;
    for (int i = 0; i < count; i++) {
        if (!load_is_empty(paths[i]))
            load_add(&found, paths[i]);
    }
    found.is_quiet = w->has_looked && found.count == w->recordings; /* what is wrong with a recording is told once */
    w->recordings = found.count;
    w->has_looked = true;
    struct model *model = found.count > 0 ? load_model_from(&found, &status) : NULL;
    load_paths_finish(&found);
    return model;
}

static bool is_news(struct follower *w, const struct model_finding *f)
{
    bool added;
    map_intern(&w->known, f->signature ^ (uint64_t)f->confidence, 0, &added);
    return added;
}

static void write_news(struct follower *w, const struct model *model)
{
    char *directory = getcwd(NULL, 0);
    struct text_options options = {.width = terminal_width(), .color = terminal_color(), .directory = directory};
    struct text text = {model, &options, stdout};
    for (uint32_t i = 0; i < model->finding_count; i++) {
        const struct model_finding *f = &model->findings[i];
        if (f->confidence < VERDICT_LIKELY || f->allowed || !is_news(w, f))
            continue;
        text_write_line(model, f, &options, stdout);
        text_field(&text, "fix", 3, 8, f->advice.text, 4);
    }
    fflush(stdout);
    free(directory);
}

static bool is_running(const struct model *model)
{
    for (uint32_t i = 0; i < model->process_count; i++) {
        if (model->processes[i].ended == MODEL_ENDED_RUNNING)
            return true;
    }
    return false;
}

/* Whether there is something left to wait for. */
static bool look(struct follower *w, char **paths, int count, const struct model_filter *filter)
{
    struct model *model = load(w, paths, count);
    bool runs = model && is_running(model);
    if (model) {
        model_filter_findings(model, filter);
        write_news(w, model);
    }
    bool goes_on = runs || !model || (w->may_grow && !w->has_run);
    w->has_run = w->has_run || runs;
    model_destroy(model);
    return goes_on && !ferror(stdout);
}

static bool sleep_unless_asked(const sigset_t *ends, int64_t ns)
{
    struct timespec left = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    return sigtimedwait(ends, NULL, &left) > 0;
}

int follow_findings(char **paths, int count, const struct model_filter *filter)
{
    struct follower w = {.recordings = 0};
    char here[] = ".";
    char *only[] = {here};
    sigset_t ends;
    sigset_t before;
    int64_t took;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, &before);
    if (count == 0) {
        paths = only;
        count = 1;
    }
    for (int i = 0; i < count; i++)
        w.may_grow = w.may_grow || is_directory(paths[i]);
    do {
        int64_t since = now_ns();
        if (!look(&w, paths, count, filter))
            break;
        took = now_ns() - since;
    } while (!sleep_unless_asked(&ends, took * PART > INTERVAL_NS ? took * PART : INTERVAL_NS));
    look(&w, paths, count, filter);
    map_finish(&w.known);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return EXIT_FINE;
}
