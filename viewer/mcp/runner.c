#include "viewer/mcp/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exporter/base/alloc.h"
#include "exporter/base/utf8.h"
#include "viewer/run/agent_library.h"
#include "viewer/run/environment.h"
#include "viewer/run/output.h"

#define OUTPUT_MAX 32768
#define GRACE_MS   2000 /* between SIGTERM and SIGKILL */

static struct {
    struct run_output *at;
    size_t count, capacity;
} runs;

static volatile sig_atomic_t stopped;
static int nothing = -1; /* to read from when it is */

struct tail {
    char text[OUTPUT_MAX + 1];
    size_t length;
};

static void add(struct tail *tail, const char *data, size_t length)
{
    size_t over = tail->length + length > OUTPUT_MAX ? tail->length + length - OUTPUT_MAX : 0;
    if (over >= tail->length) {
        data += over - tail->length;
        length -= over - tail->length;
        over = tail->length;
    }
    memmove(tail->text, tail->text + over, tail->length - over);
    tail->length -= over;
    memcpy(tail->text + tail->length, data, length);
    tail->length += length;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static pid_t start(char **command, const char *library, const char *output, int pipe_end)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    setpgid(0, 0);
    int empty = open("/dev/null", O_RDONLY);
    dup2(empty, STDIN_FILENO);
    dup2(pipe_end, STDOUT_FILENO);
    dup2(pipe_end, STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL); /* the server's own matter */
    run_set_environment(library, output);
    execvp(command[0], command);
    dprintf(STDERR_FILENO, "nplus1: %s: %s\n", command[0], strerror(errno));
    _exit(127);
}

/* Reads until all that write have ended, or the time is over, or it may be `stopped`; true: one of these. */
static bool read_until(int fd, struct tail *tail, int64_t until, bool may_be_stopped)
{
    char data[4096];
    for (;;) {
        if (may_be_stopped && stopped)
            return true;
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int64_t left = until - now_ms();
        int found = left > 0 ? poll(&ready, 1, left > 1000 ? 1000 : (int)left) : 0;
        ssize_t length = found > 0 ? read(fd, data, sizeof data) : -1;
        if (found > 0 && length == 0)
            return false;
        if (length > 0)
            add(tail, data, (size_t)length);
        if (left <= 0)
            return true;
    }
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Texts of a program may be in any encoding. */
static char *as_text(struct tail *tail)
{
    for (size_t i = 0; i < tail->length;) {
        size_t bytes = tail->text[i] ? utf8_read(tail->text + i, tail->length - i, NULL) : 0;
        if (bytes == 0)
            tail->text[i] = '?';
        i += bytes ? bytes : 1;
    }
    tail->text[tail->length] = '\0';
    return alloc_format("%s", tail->text);
}

char *runner_run(char **command, unsigned timeout_s, struct runner_result *ret)
{
    struct tail *tail = NULL;
    struct run_output output;
    int ends[2];
    char *why = NULL;
    char *library = agent_library_find();
    if (!library)
        return alloc_format("libnplus1.so is not found beside nplus1 nor where it is installed");
    if (!run_output_begin(&output, NULL)) {
        free(library);
        return alloc_format("no directory for recordings could be made");
    }
    ALLOC_GROW(runs.at, runs.count, runs.capacity);
    runs.at[runs.count++] = output;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        why = alloc_format("%s", strerror(errno));
        goto out;
    }
    tail = alloc_zeroed(1, sizeof *tail);
    pid_t pid = start(command, library, output.pattern, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        why = alloc_format("%s", strerror(errno));
    } else {
        setpgid(pid, pid);
        ret->timed_out = read_until(ends[0], tail, now_ms() + (int64_t)timeout_s * 1000, true);
        if (ret->timed_out) {
            kill(-pid, SIGTERM);
            if (read_until(ends[0], tail, now_ms() + GRACE_MS, false))
                kill(-pid, SIGKILL);
        }
        ret->status = wait_for(pid);
        ret->output = as_text(tail);
        ret->paths = output.directory;
    }
    close(ends[0]);
out:
    free(tail);
    free(library);
    return why;
}

static void stop(int signal_number)
{
    int error = errno;
    stopped = true;
    dup2(nothing, STDIN_FILENO); /* whether it is being read or about to be */
    errno = error;
}

void runner_end_by_signals(void)
{
    const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    const struct sigaction action = {.sa_handler = stop}; /* no SA_RESTART: a read ends */
    nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; nothing >= 0 && i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void runner_end(void)
{
    for (size_t i = 0; i < runs.count; i++)
        run_output_end(&runs.at[i]);
    free(runs.at);
    runs.at = NULL;
    runs.count = runs.capacity = 0;
}
