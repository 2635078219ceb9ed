/* An executable or a shared object: the loader and libraries that it needs, the names of client libraries that it takes and
 * gives, and whether it hides a copy of them.
 *
 * Nothing that a file says is trusted: libelf refuses what lies outside of the file, and loops have limits. Reads files, runs
 * nothing. One thread at a time.
 */
#ifndef NPLUS1_VIEWER_DOCTOR_ELF_ELF_H
#define NPLUS1_VIEWER_DOCTOR_ELF_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/doctor/clients.h"
#include "viewer/doctor/machines.h"

/* The relation of a file to one client library. */
struct doctor_elf_client {
    bool gives;    /* exports the library's functions */
    bool takes;    /* wants them from elsewhere */
    bool by_plt;   /* gives them, and calls them in a way that a preload can get between */
    bool hidden;   /* has the library's code, and exports nothing of it */
    bool by_name;  /* has the library's file name among its texts: for dlopen */
    char date[24]; /* SQLite: when its source was checked in, "" when not found */
};

struct doctor_elf {
    char *path;      /* as it was opened */
    char *real_path; /* without symbolic links; the same when there is no such */
    int machine;     /* e_machine */
    bool is_64;
    bool is_library; /* ET_DYN without a loader of its own */
    bool is_static;  /* the loader takes no part */
    char *interpreter;
    char **needed;
    size_t needed_count;
    char *rpath, *runpath, *soname; /* NULL: none */
    char build_id[65];              /* hexadecimal, "" when there is none */
    bool is_go;
    unsigned vm;          /* bits of enum doctor_vm: whose functions it exports */
    uint32_t own_drivers; /* bits: those of doctor_own_drivers[] that are there */
    struct doctor_elf_client client[DOCTOR_CLIENTS];
};

/* NULL: *why says so in static words. */
struct doctor_elf *doctor_elf_open(const char *path, const char **why);
void doctor_elf_destroy(struct doctor_elf *elf); /* takes NULL */

#endif
