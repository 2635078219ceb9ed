#include "viewer/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "viewer/config/config.h"

#define WIDTH_OTHERWISE 100
#define WIDTH_MIN       60
#define WIDTH_MAX       200

static enum { COLOR_UNSAID, COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color_when;
static pid_t pager = -1;
static bool may_be_left;

bool terminal_set_color(const char *when)
{
    if (strcmp(when, "auto") == 0)
        color_when = COLOR_AUTO;
    else if (strcmp(when, "always") == 0)
        color_when = COLOR_ALWAYS;
    else if (strcmp(when, "never") == 0)
        color_when = COLOR_NEVER;
    else
        return false;
    return true;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && value[0];
}

static bool is_dumb(void)
{
    const char *term = getenv("TERM");
    return !term || strcmp(term, "dumb") == 0;
}

bool terminal_color(void)
{
    if (color_when == COLOR_ALWAYS || color_when == COLOR_NEVER)
        return color_when == COLOR_ALWAYS;
    if (is_set("NO_COLOR"))
        return false;
    const char *force = getenv("CLICOLOR_FORCE");
    if (force && force[0] && strcmp(force, "0") != 0)
        return true;
    const char *configured = color_when == COLOR_UNSAID ? config_text(CONFIG_COLOR) : NULL;
    if (configured && strcmp(configured, "auto") != 0)
        return strcmp(configured, "always") == 0;
    return isatty(STDOUT_FILENO) && !is_dumb();
}

size_t terminal_width(void)
{
    struct winsize size;
    uint64_t configured = config_number(CONFIG_WIDTH);
    if (configured)
        return configured;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return WIDTH_OTHERWISE;
    return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col > WIDTH_MAX ? WIDTH_MAX : size.ws_col;
}

void terminal_begin_pager(void)
{
    /* A pager that is not there has read nothing yet. */
    static const char run[] = "eval \"$1\"; status=$?; [ $status != 127 ] && [ $status != 126 ] || exec cat; exit $status";
    const char *command = getenv("PAGER");
    int ends[2];
    if (!isatty(STDOUT_FILENO) || pager > 0)
        return;
    if (!command) /* what is asked for a key cannot be answered on every terminal */
        command = is_dumb() ? "cat" : "command -v less >/dev/null 2>&1 && exec less -FRX || exec cat";
    if (!command[0] || strcmp(command, "cat") == 0 || pipe(ends) != 0)
        return;
    fflush(stdout);
    pager = fork();
    if (pager < 0) {
        close(ends[0]);
        close(ends[1]);
        return;
    }
    if (pager == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        setenv("LESS", "FRX", 0); /* PAGER=less would show the colours' own characters */
        execl("/bin/sh", "sh", "-c", run, "nplus1", command, (char *)NULL);
        _exit(127);
    }
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    terminal_allow_to_leave(); /* a pager that is left early is no error */
}

void terminal_end_pager(void)
{
    if (pager <= 0)
        return;
    fflush(stdout);
    fclose(stdout);
    while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
        continue;
    pager = -1;
}

void terminal_allow_to_leave(void)
{
    may_be_left = true;
    signal(SIGPIPE, SIG_IGN);
}

/* A pipe without a reader is in error at once, and nothing else is. */
bool terminal_was_left(void)
{
    struct pollfd pipe_end = {.fd = STDOUT_FILENO};
    return may_be_left && poll(&pipe_end, 1, 0) == 1 && pipe_end.revents & (POLLERR | POLLHUP);
}
