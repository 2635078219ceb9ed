/* The objects that a program consists of: those that the loader maps at its start, found as ld.so finds them, and those that are
 * opened later as far as they are known. Reads files, runs nothing. One thread at a time.
 */
#ifndef NPLUS1_VIEWER_DOCTOR_MODULES_H
#define NPLUS1_VIEWER_DOCTOR_MODULES_H

#include "viewer/doctor/elf/elf.h"

#define DOCTOR_NONE SIZE_MAX

/* The way in which an object comes into the process. */
enum doctor_how {
    DOCTOR_PROGRAM,   /* it is the program */
    DOCTOR_LINKED,    /* something in the process needs it */
    DOCTOR_OPENED,    /* dlopen, which the preload does not mind */
    DOCTOR_OPENED_IN, /* dlopen with RTLD_DEEPBIND, which looks past a preload */
    DOCTOR_BY_NAME,   /* dlopen by its name, its functions by dlsym */
    DOCTOR_MAPPED,    /* it is there, who knows how */
};

struct doctor_module {
    struct doctor_elf *elf;
    char *path; /* as the program sees it, which may have another root */
    enum doctor_how how;
    const char *label; /* what people call it; NULL: its path */
    size_t by;         /* the module that needs or opens it; DOCTOR_NONE: not known */
    size_t *uses;      /* the modules that it needs */
    size_t use_count;
};

struct doctor_modules {
    struct doctor_module *items;
    size_t count, capacity;
    char **missing; /* names that the loader does not find */
    size_t missing_count, missing_capacity;
    const char *library_path; /* LD_LIBRARY_PATH; NULL: none */
};

/* Opens an object; with `follow`, what it needs as well. The index of the module, DOCTOR_NONE with *why when it cannot be read.
 */
size_t doctor_modules_add(struct doctor_modules *modules, const char *file, const char *path, enum doctor_how how, size_t by,
                          bool follow, const char **why);

/* Finds, as the loader does, the file that `module` asks for under this name; the caller frees it; NULL: there is none. */
char *doctor_modules_find(const struct doctor_modules *modules, const char *name, size_t module);

void doctor_modules_finish(struct doctor_modules *modules);

#endif
