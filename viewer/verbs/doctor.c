#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/run/agent_library.h"
#include "viewer/doctor/doctor.h"
#include "viewer/doctor/elf/version.h"
#include "viewer/page.h"
#include "viewer/verbs.h"

/* Reads the abilities of the agent from its exports: it may be of another version than this viewer. */
static void look_at_agent(struct doctor *doctor)
{
    char byte;

    doctor->agent = agent_library_find();
    if (!doctor->agent) {
        if (!doctor->agent_loaded)
            doctor_add_obstacle(doctor, "agent", "install it there",
                                "libnplus1.so was found neither beside nplus1 nor in " NPLUS1_LIBDIR);
        return;
    }
    doctor->agent_opens = doctor_version_bytes(doctor->agent, "dlopen", &byte, 1);
    doctor->agent_looks_up = doctor_version_bytes(doctor->agent, "dlsym", &byte, 1);
    if (doctor->agent_loaded && doctor->agent_disabled)
        doctor_add_obstacle(doctor, "disabled", "start it without NPLUS1_DISABLE",
                            "the agent is loaded, and does nothing: NPLUS1_DISABLE is 1");
    const char *disabled = doctor->pid ? NULL : getenv("NPLUS1_DISABLE");
    if (disabled && strcmp(disabled, "1") == 0)
        doctor_add_obstacle(doctor, "disabled", "start it without NPLUS1_DISABLE",
                            "the agent will do nothing: NPLUS1_DISABLE is 1 here, and the command would have it, too");
}

/* A process by its number, unless a -- says that what follows is a command. */
static int read_pid(int argc, char **argv)
{
    char *end;

    if (argc - optind != 1 || strcmp(argv[optind - 1], "--") == 0 || strspn(argv[optind], "0123456789") != strlen(argv[optind]))
        return 0;
    errno = 0;
    long pid = strtol(argv[optind], &end, 10);
    return errno == 0 && pid > 0 && pid <= INT_MAX ? (int)pid : -1;
}

static const struct verb_option options[] = {
    {VERB_OPTION_OWN, "json", NULL, "for programs; described by doctor.schema.json", false},
    {0},
};

static int run(const struct verb *verb, int argc, char **argv)
{
    struct doctor doctor = {0};
    bool json = false;
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1) {
        if (option == VERB_OPTION_DONE)
            return status;
        json = true;
    }
    if (optind == argc || !argv[optind][0])
        return verb_misused(verb, "give a command or the PID of a process");
    doctor.pid = read_pid(argc, argv);
    if (doctor.pid < 0)
        return complain(argv[optind], "is not a process id");
    doctor.command = argv + optind;
    doctor.word_count = argc - optind;
    struct text_options page = page_options(NULL);
    if (doctor.pid ? doctor_process(&doctor) : doctor_command(&doctor)) {
        look_at_agent(&doctor);
        doctor_judge(&doctor);
        if (json)
            doctor_write_json(&doctor);
        else
            doctor_write_text(&doctor, &page);
    } else {
        status = EXIT_TROUBLE;
    }
    doctor_finish(&doctor);
    return verb_finish(status);
}

const struct verb verb_doctor = {
    .name = "doctor",
    .synopsis = "[--json] [--] COMMAND ... | PID",
    .summary = "Shows which database clients of a program can be seen, and why others cannot; runs nothing.",
    .options = options,
    .ends_at_argument = true,
    .run = run,
};
