#include "exporter/recording/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool ok = fgets(line, (int)size, file) != NULL;
    fclose(file);
    line[ok ? strcspn(line, "\n") : 0] = '\0';
    return ok;
}

/* Field 22 of /proc/pid/stat; the second one, the program's name, may hold blanks and parentheses. */
static bool start_ticks(uint32_t pid, uint64_t *ret)
{
    char path[64];
    char line[4096];
    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    if (!read_line(path, line, sizeof line))
        return false;
    char *at = strrchr(line, ')');
    if (at && at[1] == ' ' && (at[2] == 'Z' || at[2] == 'X'))
        return false; /* dead, its parent has not looked yet */
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return false;
    *ret = strtoull(at + 1, NULL, 10);
    return true;
}

/* After an exec the process goes on as another program, whose recording is another one. */
static bool runs_something_else(const struct recording *r)
{
    char path[64];
    char exe[4096];
    snprintf(path, sizeof path, "/proc/%u/exe", r->pid);
    ssize_t length = readlink(path, exe, sizeof exe - 1);
    if (length <= 0 || !r->exe)
        return false;
    exe[length] = '\0';
    char *deleted = strstr(exe, " (deleted)");
    if (deleted)
        *deleted = '\0';
    return strcmp(exe, r->exe) != 0;
}

const char *recording_other_host(const struct recording *r)
{
    char host[256] = "";
    if (!r->host || !r->host[0] || gethostname(host, sizeof host - 1) != 0)
        return NULL;
    return strcmp(r->host, host) != 0 ? r->host : NULL;
}

bool recording_is_running(const struct recording *r)
{
    char boot_id[64];
    uint64_t ticks;
    return r->boot_id && read_line("/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id) &&
           strncmp(boot_id, r->boot_id, strlen(boot_id)) == 0 && start_ticks(r->pid, &ticks) && ticks == r->start_ticks &&
           !runs_something_else(r);
}
