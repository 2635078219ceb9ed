/* A running process, read from its folder: proc(5). */
#include "viewer/doctor/doctor.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"
#include "viewer/complain.h"

#define ENVIRONMENT_MAX (4 << 20)

static FILE *open_proc(int pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return fopen(path, "re");
}

/* AT_SECURE: the kernel's word that the loader must distrust the environment. */
static bool is_secure(int pid)
{
    FILE *file = open_proc(pid, "auxv");
    unsigned long entry[2];
    bool secure = false;

    while (file && fread(entry, sizeof entry, 1, file) == 1 && entry[0] != AT_NULL) {
        if (entry[0] == AT_SECURE)
            secure = entry[1] != 0;
    }
    if (file)
        fclose(file);
    return secure;
}

static void read_environment(struct doctor *doctor)
{
    FILE *file = open_proc(doctor->pid, "environ");
    char *entry = NULL;
    size_t room = 0, total = 0;
    ssize_t length;

    while (file && total < ENVIRONMENT_MAX && (length = getdelim(&entry, &room, '\0', file)) > 0) {
        total += (size_t)length;
        if (strcmp(entry, "NPLUS1_DISABLE=1") == 0)
            doctor->agent_disabled = true;
        if (strcmp(entry, "NPLUS1_HIDDEN=1") == 0)
            doctor->hidden_asked = true;
    }
    free(entry);
    if (file)
        fclose(file);
}

static bool is_agent(const char *path)
{
    return strncmp(path_basename(path), "libnplus1.so", strlen("libnplus1.so")) == 0;
}

/* A path in maps is that of the reader where the reader can reach it, else that of the process, whose root is behind
 * /proc/PID/root; it may lead to another file by now. The file itself is behind map_files, for those who may look there. */
static char *find_mapped(int pid, const char *range, const char *path, unsigned long inode)
{
    struct stat stat_;

    for (size_t i = 0; i < 3; i++) {
        char *file = i == 0   ? alloc_format("%s", path)
                     : i == 1 ? alloc_format("/proc/%d/root%s", pid, path)
                              : alloc_format("/proc/%d/map_files/%.*s", pid, (int)strcspn(range, " "), range);
        if (stat(file, &stat_) == 0 && stat_.st_ino == inode)
            return file;
        free(file);
    }
    return NULL;
}

static void add_mapped(struct doctor *doctor, const char *range, char *path, unsigned long inode)
{
    static const char deleted[] = " (deleted)";
    size_t length = strlen(path);
    bool gone = length > strlen(deleted) && strcmp(path + length - strlen(deleted), deleted) == 0;
    const char *why;

    if (strcmp(path, doctor->program) == 0)
        return; /* it is known by its own link */
    if (strncmp(path, "/memfd:", 7) == 0 || strncmp(path, "/dev/", 5) == 0)
        return; /* code that a machine generated */
    if (gone)
        path[length - strlen(deleted)] = '\0';
    if (is_agent(path)) {
        doctor->agent_loaded = true;
        return;
    }
    char *file = find_mapped(doctor->pid, range, path, inode);
    if (file)
        doctor_modules_add(&doctor->modules, file, path, DOCTOR_MAPPED, DOCTOR_NONE, false, &why);
    if (gone || !file)
        doctor_add_note(doctor, "%s was %s%s", path, gone ? "replaced or deleted since the process loaded it" : "loaded",
                        file ? "" : ", and cannot be read");
    free(file);
}

/* Who needs whom, by the names that the loader matches. */
static void connect_modules(struct doctor_modules *modules)
{
    for (size_t i = 0; i < modules->count; i++) {
        struct doctor_module *user = &modules->items[i];
        for (size_t n = 0; n < user->elf->needed_count; n++) {
            for (size_t k = 0; k < modules->count; k++) {
                const struct doctor_elf *elf = modules->items[k].elf;
                if (k == i || !elf->soname || strcmp(elf->soname, user->elf->needed[n]) != 0)
                    continue;
                user->uses = alloc_resize(user->uses, user->use_count + 1, sizeof *user->uses);
                user->uses[user->use_count++] = k;
                if (modules->items[k].how == DOCTOR_MAPPED)
                    modules->items[k].by = i;
            }
        }
    }
}

static bool read_maps(struct doctor *doctor)
{
    FILE *file = open_proc(doctor->pid, "maps");
    char *line = NULL;
    size_t room = 0;
    bool any = false;

    if (!file)
        return false;
    while (getline(&line, &room, file) > 0) {
        char *path = strchr(line, '/'), permissions[5] = "";
        unsigned long inode = 0;
        any = true;
        line[strcspn(line, "\n")] = '\0';
        if (path && sscanf(line, "%*s %4s %*s %*s %lu", permissions, &inode) == 2 && permissions[2] == 'x')
            add_mapped(doctor, line, path, inode);
    }
    free(line);
    fclose(file);
    return any;
}

bool doctor_process(struct doctor *doctor)
{
    char name[32], link[64], exe[PATH_MAX];
    const char *why;
    struct stat stat_;

    snprintf(name, sizeof name, "%d", doctor->pid);
    snprintf(link, sizeof link, "/proc/%d", doctor->pid);
    if (stat(link, &stat_) != 0)
        return complain(name, "there is no such process"), false;
    snprintf(link, sizeof link, "/proc/%d/exe", doctor->pid);
    ssize_t length = readlink(link, exe, sizeof exe - 1);
    if (length < 0) {
        if (errno == ENOENT)
            complain(name, "has no program: a thread of the kernel, or a process that ended");
        else
            complain(name, "%s; ask as its owner or as root", strerror(errno));
        return false;
    }
    exe[length] = '\0';
    snprintf(link, sizeof link, "/proc/%d/cwd", doctor->pid);
    doctor->directory = alloc_format("%s", link);
    doctor->program = alloc_format("%s", exe);
    doctor->in_valgrind = strstr(exe, "/valgrind/") != NULL; /* its tools are programs of their own */
    snprintf(link, sizeof link, "/proc/%d/exe", doctor->pid);
    if (doctor_modules_add(&doctor->modules, link, exe, DOCTOR_PROGRAM, DOCTOR_NONE, false, &why) == DOCTOR_NONE)
        return complain(name, "%s: %s", exe, why), false;
    if (!read_maps(doctor))
        return complain(name, "its maps cannot be read; ask as its owner or as root"), false;
    connect_modules(&doctor->modules);
    read_environment(doctor);
    doctor_obstacles(doctor, NULL);
    if (is_secure(doctor->pid))
        doctor_add_obstacle(doctor, "secure", "run a copy without these rights, as the user that it acts as",
                            "the process got rights that its user has not, so the loader ignored LD_PRELOAD");
    doctor_languages(doctor, false);
    return true;
}
