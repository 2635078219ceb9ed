#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "viewer/terminal.h"
#include "viewer/top/target.h"
#include "viewer/top/view.h"
#include "viewer/verbs.h"
#ifdef HAVE_CURSES
#include "viewer/top/screen.h"
#endif

#define INTERVAL_S 1.0

enum { ONCE = VERB_OPTION_OWN, INTERVAL };

static const struct verb_option options[] = {
    {0, NULL, "PID | PATH", "a process, a recording or a directory of them; none: the working directory", false},
    {ONCE, "once", NULL, "write one frame of text, with the rates of one interval, and end", false},
    {INTERVAL, "interval", "SECONDS", "between two looks; 1 without it, and more when a look takes long", false},
    {0},
};

static void sleep_for(double seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

static int write_frame(struct target *target, double interval_s)
{
    struct top top = {.model = NULL};
    struct view view = {.lines = NULL};
    for (int looks = 0; looks < 2; looks++) {
        struct model *model = target_load(target);
        if (model)
            top_update(&top, model, interval_s);
        if (looks == 0)
            sleep_for(interval_s);
    }
    if (!top.model)
        return complain(target->path, "there is no recording here so far");
    view_table(&view, &top, terminal_width(), 0, 0, false);
    for (size_t i = 0; i < view.count; i++)
        puts(view.lines[i].text);
    view_finish(&view);
    top_finish(&top);
    return verb_finish(EXIT_FINE);
}

static int show(struct target *target, double interval_s)
{
    const char *term = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return complain("top", "needs a terminal; --once writes text");
    if (!term || !term[0] || strcmp(term, "dumb") == 0)
        return complain("top", "TERM names no terminal that can show it; --once writes text");
#ifdef HAVE_CURSES
    return screen_run(target, interval_s, terminal_color());
#else
    (void)target;
    (void)interval_s;
    return complain("top", "nplus1 was built without ncurses; --once writes text");
#endif
}

static int run(const struct verb *verb, int argc, char **argv)
{
    bool once = false;
    double interval_s = INTERVAL_S;
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1) {
        char *end;
        if (option == VERB_OPTION_DONE)
            return status;
        once = once || option == ONCE;
        if (option != INTERVAL)
            continue;
        interval_s = strtod(optarg, &end);
        if (end == optarg || *end || !(interval_s >= 0.1 && interval_s <= 3600))
            return verb_misused(verb, "--interval=%s: is no number of seconds from 0.1 to 3600", optarg);
    }
    if (argc - optind > 1)
        return verb_misused(verb, "one process, recording or directory");
    struct target target;
    if (!target_find(optind < argc ? argv[optind] : NULL, &target))
        return EXIT_TROUBLE;
    status = once ? write_frame(&target, interval_s) : show(&target, interval_s);
    target_finish(&target);
    return status;
}

const struct verb verb_top = {
    .name = "top",
    .synopsis = "[--once] [--interval SECONDS] [PID | PATH]",
    .summary = "Shows live what programs do to their databases: executions and time a second, findings as they appear.",
    .options = options,
    .run = run,
};
