#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "viewer/run/agent_library.h"
#include "viewer/run/environment.h"
#include "exporter/base/alloc.h"
#include "exporter/formats/line.h"
#include "viewer/check/rules.h"
#include "viewer/check/suppressions.h"
#include "viewer/config/config.h"
#include "viewer/load.h"
#include "viewer/page.h"
#include "viewer/run/output.h"
#include "viewer/terminal.h"
#include "viewer/verbs.h"

static volatile sig_atomic_t child;

static void forward(int signal_number)
{
    if (child > 0)
        kill((pid_t)child, signal_number);
}

struct dispositions {
    struct sigaction interrupt, quit, hangup, terminate;
    sigset_t mask;
};

/* The terminal sends ^C and ^\ to both of us: the program decides, we wait for it. What is sent to us alone is passed on, and
 * held back until it is known to whom. */
static void guard_signals(struct dispositions *old)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction pass_on = {.sa_handler = forward, .sa_flags = SA_RESTART};
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGHUP);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_BLOCK, &held, &old->mask);
    sigaction(SIGINT, &ignore, &old->interrupt);
    sigaction(SIGQUIT, &ignore, &old->quit);
    sigaction(SIGHUP, &pass_on, &old->hangup);
    sigaction(SIGTERM, &pass_on, &old->terminate);
}

static void restore_signals(const struct dispositions *old)
{
    sigaction(SIGINT, &old->interrupt, NULL);
    sigaction(SIGQUIT, &old->quit, NULL);
    sigaction(SIGHUP, &old->hangup, NULL);
    sigaction(SIGTERM, &old->terminate, NULL);
    sigprocmask(SIG_SETMASK, &old->mask, NULL);
}

/* Runs the command and waits for it. Returns its wait status, or -1 with *error when it could not be started. */
static int run_command(char **command, const char *library, const char *output, int *error)
{
    int ends[2];
    struct dispositions old;
    int status = -1;
    *error = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        *error = errno;
        return -1;
    }
    fflush(NULL);
    guard_signals(&old);
    pid_t pid = fork();
    if (pid == 0) {
        restore_signals(&old);
        run_set_environment(library, output);
        execvp(command[0], command);
        int why = errno;
        ssize_t written = write(ends[1], &why, sizeof why);
        _exit(written == sizeof why ? 127 : 126);
    }
    close(ends[1]);
    if (pid < 0) {
        *error = errno;
    } else {
        child = pid;
        sigprocmask(SIG_SETMASK, &old.mask, NULL);
        ssize_t got;
        while ((got = read(ends[0], error, sizeof *error)) < 0 && errno == EINTR)
            continue;
        if (got != (ssize_t)sizeof *error)
            *error = 0;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
        child = 0;
    }
    close(ends[0]);
    restore_signals(&old);
    return *error ? -1 : status;
}

/* As check does it without options: a line for each finding that counts. */
static bool write_findings(const struct model *model, struct check_rules *rules)
{
    char *directory = getcwd(NULL, 0);
    struct text_options options = {.width = 200, .directory = directory};
    bool found = false;
    for (uint32_t i = 0; rules && i < model->finding_count; i++) {
        if (check_rules_ask(rules, model, &model->findings[i]) != CHECK_FAILS)
            continue;
        if (!found)
            putchar('\n');
        text_write_line(model, &model->findings[i], &options, stdout);
        found = true;
    }
    free(directory);
    return found;
}

/* What of the suppressions the tests made no use of, or could not. They had the file of the environment or the configured one. */
static void tell_suite(const struct model *model)
{
    const char *given = getenv("NPLUS1_SUPPRESSIONS");
    struct suppressions suppressions = {0};
    bool wrong = false;
    if (!model->is_suite)
        return;
    char *path = given && given[0] ? alloc_format("%s", given) : config_path(CONFIG_SUPPRESSIONS, &wrong);
    bool is_readable = !given || !given[0] || access(given, R_OK) == 0; /* else the agent has told so */
    if (path && is_readable && suppressions_load(&suppressions, path))
        suppressions_tell_suite(&suppressions, model);
    suppressions_finish(&suppressions);
    free(path);
}

/* The report of what was recorded. Returns whether there were findings that count by the rules. */
static bool report(struct run_output *output, struct check_rules *rules, int *trouble)
{
    struct load_paths paths = {0};
    bool found = false;
    run_output_collect(output, &paths);
    if (paths.count == 0) {
        const char *disabled = getenv("NPLUS1_DISABLE");
        if (disabled && strcmp(disabled, "1") == 0)
            complain("nothing recorded", "NPLUS1_DISABLE is 1, so that the agent did nothing");
        else
            complain("nothing recorded", "the command ran no statement that the agent could see, or its recording could not be "
                                         "written; `nplus1 doctor` tells why");
    } else {
        struct model *model = load_model_from(&paths, trouble);
        run_output_end(output); /* before anything is written: whoever reads it may leave, or end us */
        if (model) {
            struct text_options page = page_options(NULL);
            page_write(model, &page);
            found = write_findings(model, rules);
            fflush(stdout);
            tell_suite(model);
        }
        model_destroy(model);
    }
    load_paths_finish(&paths);
    return found;
}

static int run_and_report(char **command, const char *path, struct check_rules *rules)
{
    char *library = agent_library_find();
    if (!library)
        return complain("libnplus1.so", "not found beside nplus1 nor in " NPLUS1_LIBDIR "; install it there");
    struct run_output output;
    int status = EXIT_TROUBLE;
    int error;
    if (!run_output_begin(&output, path)) {
        free(library);
        return status;
    }
    int waited = run_command(command, library, output.pattern, &error);
    terminal_allow_to_leave(); /* the status is the command's, whoever reads how much of the report */
    if (waited < 0) {
        complain(command[0], "%s", error == ENOENT ? "not found" : strerror(error));
    } else {
        int trouble = EXIT_FINE;
        bool found = report(&output, rules, &trouble);
        status = WIFSIGNALED(waited) ? 128 + WTERMSIG(waited) : WEXITSTATUS(waited);
        if (rules && status == EXIT_FINE)
            status = found ? EXIT_FOUND : trouble;
        status = verb_finish(status);
    }
    run_output_end(&output);
    free(library);
    return status;
}

static const struct verb_option options[] = {
    {'o', "output", "PATH", "keep the recordings: a directory (trailing /) or a file, %e program, %p pid, %t start", false},
    {VERB_OPTION_OWN, "check", NULL,
     "as check does: a line for each finding that is at least likely, and exit with 1 when the command succeeded", false},
    {0},
};

static int run(const struct verb *verb, int argc, char **argv)
{
    const char *path = NULL;
    bool check = false;
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1) {
        if (option == VERB_OPTION_DONE)
            return status;
        if (option == 'o')
            path = optarg;
        else
            check = true;
    }
    if (optind == argc)
        return verb_misused(verb, "give a command");
    if (path && !path[0])
        return verb_misused(verb, "option -o needs a path");
    struct check_rules *rules = check ? check_rules_create() : NULL;
    status = rules && !check_rules_configured(rules, true) ? EXIT_TROUBLE : run_and_report(argv + optind, path, rules);
    check_rules_destroy(rules);
    return status;
}

const struct verb verb_run = {
    .name = "run",
    .synopsis = "[-o PATH] [--check] [--] COMMAND ...",
    .summary = "Runs a command under the agent, then reports on stdout; the command's exit status is passed on.",
    .options = options,
    .ends_at_argument = true,
    .run = run,
};
