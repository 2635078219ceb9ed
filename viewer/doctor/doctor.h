/* The findings of `nplus1 doctor`, before they are written. Not for other verbs.
 *
 * A struct doctor is filled by one of the two ways to look (command.c, process.c) and judged by judge.c.
 * Texts named `why` and `fix` are sentences without a capital and a full stop. One thread at a time.
 */
#ifndef NPLUS1_VIEWER_DOCTOR_DOCTOR_H
#define NPLUS1_VIEWER_DOCTOR_DOCTOR_H

#include "exporter/formats/text/options.h"
#include "viewer/doctor/modules.h"

enum doctor_seen { DOCTOR_SEEN, DOCTOR_NOT_SEEN, DOCTOR_UNKNOWN };

/* The way in which a copy of a client library lies in the process. */
enum doctor_copy {
    DOCTOR_SHARED,   /* the library's own file */
    DOCTOR_PRIVATE,  /* the same under another name, as wheels carry it */
    DOCTOR_EMBEDDED, /* inside of something else, exported */
    DOCTOR_HIDDEN,   /* inside of something else, not exported */
    DOCTOR_OWN,      /* no client library: a driver that speaks to the server, or is the database, by itself */
};

struct doctor_library {
    enum doctor_client client;
    enum doctor_copy copy;
    char *name; /* "libsqlite3", "libpq", or that of a driver */
    char *path;
    char version[32], build_id[65]; /* "" when not known */
    char *bound;                    /* by whom and how */
    bool by_libc;                   /* DOCTOR_OWN: it speaks to the server through libc's sockets */
    enum doctor_seen seen;
    const char *why, *fix; /* NULL when it is seen */
    char *reason;          /* `why`, when it is owned */
};

struct doctor_language {
    enum doctor_vm vm;
    const char *id, *name; /* "python", "CPython" */
    const char *mark;      /* text of the agent that has a walker for it; NULL: there is none */
    char version[24];      /* "" when not known */
    char api[32];          /* PHP: what its modules are built for */
    bool opens_deep;       /* PHP: loads its extensions with RTLD_DEEPBIND */
    char *path;
    enum doctor_seen frames;
    const char *why;
};

struct doctor_obstacle {
    const char *kind; /* for --json */
    char *why;
    const char *fix;
};

struct doctor {
    char **command; /* of the target; borrowed from the command line */
    int word_count;
    int pid;           /* 0: a command */
    char *directory;   /* where scripts and packages are looked for */
    char *program;     /* as the program is called: NULL until it is found */
    char *script;      /* the script that it runs; NULL: none */
    char *steps[16];   /* how the command led to the program */
    size_t step_count; /* each of them owned */
    struct doctor_modules modules;

    char *agent; /* NULL: not found */
    bool agent_loaded, agent_disabled;
    bool in_valgrind;                 /* which runs a translation of the program */
    bool hidden_asked;                /* of a process: copies without names are looked for */
    bool agent_opens, agent_looks_up; /* it stands in for dlopen, dlsym */

    struct doctor_obstacle obstacles[16];
    size_t obstacle_count;
    struct doctor_library *libraries;
    size_t library_count, library_capacity;
    struct doctor_language languages[8];
    size_t language_count;
    char *notes[32];
    size_t note_count;
};

/* Finds the program that a command starts, and what it consists of. False: it complained. */
bool doctor_command(struct doctor *doctor);

/* Finds the objects that a process consists of. False: it complained. */
bool doctor_process(struct doctor *doctor);

/* Finds the language machines among the modules, and with `drivers` the database drivers that they could load. */
void doctor_languages(struct doctor *doctor, bool drivers);
void doctor_drivers(struct doctor *doctor, const struct doctor_language *language);

/* Adds the obstacles to a preload that the program's file shows; says whether it is set-user-id and the like for this user. */
void doctor_obstacles(struct doctor *doctor, const char *file);

/* Decides what of the libraries is seen. */
void doctor_judge(struct doctor *doctor);

/* why: printf-like; fix: static. */
void doctor_add_obstacle(struct doctor *doctor, const char *kind, const char *fix, const char *why, ...)
    __attribute__((format(printf, 4, 5)));
void doctor_add_note(struct doctor *doctor, const char *words, ...) __attribute__((format(printf, 2, 3)));
void doctor_add_step(struct doctor *doctor, const char *words, ...) __attribute__((format(printf, 2, 3)));
struct doctor_library *doctor_add_library(struct doctor *doctor, enum doctor_client client, enum doctor_copy copy);

void doctor_write_text(const struct doctor *doctor, const struct text_options *options);
void doctor_write_json(const struct doctor *doctor);

void doctor_finish(struct doctor *doctor);

#endif
