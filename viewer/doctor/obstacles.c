/* Obstacles to preloading: ld.so(8), "Secure-execution mode"; the loaders' names are those of the ABI. */
#include "viewer/doctor/doctor.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "viewer/doctor/elf/version.h"

#define LOADER    "ld-linux-x86-64.so.2"
#define GLIBC_MIN 35 /* 2.35: _dl_find_object */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

/* Set-user-id counts for everybody but the owner, and not at all where the mount says so. */
static void look_at_rights(struct doctor *doctor, const char *file)
{
    struct stat stat_;
    struct statvfs mount;

    if (stat(file, &stat_) != 0 || (statvfs(file, &mount) == 0 && mount.f_flag & ST_NOSUID))
        return;
    bool user = stat_.st_mode & S_ISUID, group = stat_.st_mode & S_ISGID && stat_.st_mode & S_IXGRP;
    if ((user && stat_.st_uid != getuid()) || (group && stat_.st_gid != getgid()))
        doctor_add_obstacle(doctor, "setuid", "run a copy without that bit, as the user that it acts as",
                            "set-%s-id: it runs with other rights than yours, so the loader ignores LD_PRELOAD",
                            user ? "user" : "group");
    else if (user || group)
        doctor_add_note(doctor, "set-%s-id: seen when you run it, who own it, and for nobody else", user ? "user" : "group");
    if (getxattr(file, "security.capability", NULL, 0) > 0) {
        if (getuid() != 0)
            doctor_add_obstacle(doctor, "capabilities", "run a copy without capabilities (setcap -r)",
                                "file capabilities: it runs with other rights than yours, so the loader ignores LD_PRELOAD");
        else
            doctor_add_note(doctor, "file capabilities: seen when root runs it, and for nobody else");
    }
}

/* The agent needs a glibc that may be newer than the one in a container. */
static void look_at_glibc(struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->modules.count; i++) {
        const struct doctor_module *module = &doctor->modules.items[i];
        char version[16];
        int minor = 0;
        if (!ends_with(module->path, "/libc.so.6") ||
            !doctor_version_after(module->elf->path, " release version ", false, version, sizeof version))
            continue;
        if (sscanf(version, "2.%d", &minor) == 1 && minor < GLIBC_MIN)
            doctor_add_obstacle(doctor, "glibc", "run it on a system with a newer glibc",
                                "glibc %s: the agent needs 2.%d or newer", version, GLIBC_MIN);
    }
}

static const char *machine_name(int machine)
{
    switch (machine) {
    case EM_386:
        return "32-bit x86";
    case EM_AARCH64:
        return "64-bit ARM";
    case EM_ARM:
        return "32-bit ARM";
    case EM_RISCV:
        return "RISC-V";
    case EM_PPC64:
        return "64-bit POWER";
    case EM_S390:
        return "s390";
    default:
        return "another processor";
    }
}

/* Programs that give others more rights hand them a clean environment, whoever calls. */
static bool cleans_environment(const char *path)
{
    static const char *const names[] = {"/sudo", "/su", "/doas", "/pkexec"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (ends_with(path, names[i]))
            return true;
    }
    return false;
}

void doctor_obstacles(struct doctor *doctor, const char *file)
{
    const struct doctor_elf *elf = doctor->modules.items[0].elf;
    const char *loader = elf->interpreter;

    if (elf->machine != EM_X86_64 || !elf->is_64)
        doctor_add_obstacle(doctor, "machine", "run the x86-64 build of the program",
                            "a program for %s: the agent is built for x86-64 and 64 bits",
                            elf->machine == EM_X86_64 ? "x86-64 with 32-bit pointers" : machine_name(elf->machine));
    else if (elf->is_static)
        doctor_add_obstacle(doctor, "static", "link it dynamically, with the shared libraries of its database clients",
                            "a static program%s: it has no loader that could preload anything",
                            elf->is_go ? ", written in Go" : "");
    else if (loader && strstr(loader, "ld-musl"))
        doctor_add_obstacle(doctor, "musl", "run it on a system with glibc, such as Debian instead of Alpine",
                            "its loader is musl's (%s): the agent needs glibc", loader);
    else if (loader && !ends_with(loader, LOADER))
        doctor_add_obstacle(doctor, "loader", "run it on a system with glibc 2.35 or newer",
                            "its loader is %s: the agent needs glibc's, " LOADER, loader);
    if (file && cleans_environment(elf->real_path))
        doctor_add_obstacle(doctor, "environment", "put `nplus1 run --` behind it", "%s starts programs without LD_PRELOAD",
                            strrchr(elf->real_path, '/') + 1);
    else if (file)
        look_at_rights(doctor, file);
    look_at_glibc(doctor);
    if (elf->is_library && !loader)
        doctor_add_note(doctor, "a shared object, not a program");
}
