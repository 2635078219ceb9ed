#include "viewer/top/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exporter/base/alloc.h"
#include "viewer/complain.h"
#include "viewer/load.h"

/* The recording that a process has mapped; NULL: none. It is a shared, writable file whose name may have been given back to the
 * file system since. */
static char *recording_of(const char *pid)
{
    char *name = alloc_format("/proc/%s/maps", pid);
    FILE *maps = fopen(name, "re");
    char *line = NULL;
    char *found = NULL;
    size_t size = 0;
    ssize_t length;
    free(name);
    while (maps && !found && (length = getline(&line, &size, maps)) > 0) {
        char *path = strchr(line, '/');
        line[length - 1] = '\0';
        if (!path || !strstr(line, " rw-s ") || strstr(path, " (deleted)"))
            continue;
        size_t end = strlen(path);
        FILE *file = end > 3 ? fopen(path, "re") : NULL;
        unsigned char head[8];
        if (file && fread(head, 1, sizeof head, file) == sizeof head && (head[0] & 0x80) &&
            head[4] == 0x0a) /* a record with a Header */
            found = alloc_format("%s", path);
        if (file)
            fclose(file);
    }
    free(line);
    if (maps)
        fclose(maps);
    return found;
}

static bool find_process(const char *what, struct target *ret)
{
    char *folder = alloc_format("/proc/%s", what);
    bool is_there = access(folder, F_OK) == 0;
    free(folder);
    if (!is_there) {
        complain(what, "no such process");
        return false;
    }
    ret->path = recording_of(what);
    if (!ret->path)
        complain(what,
                 "this process has no recording: it runs without the agent, ran no statement so far, or may not be looked at");
    return ret->path != NULL;
}

bool target_find(const char *what, struct target *ret)
{
    *ret = (struct target){.path = NULL};
    if (what && what[0] && strspn(what, "0123456789") == strlen(what) && access(what, F_OK) != 0)
        return find_process(what, ret);
    if (what && access(what, R_OK) != 0) {
        complain(what, "%s; give a process, a recording or a directory", strerror(errno));
        return false;
    }
    ret->path = alloc_format("%s", what ? what : ".");
    return true;
}

struct model *target_load(struct target *target)
{
    struct load_paths found = {0};
    int status = EXIT_FINE;
    found.is_quiet = target->has_looked;
    if (!load_is_empty(target->path))
        load_add(&found, target->path);
    target->recordings = found.count;
    target->has_looked = true;
    struct model *model = found.count > 0 ? load_model_from(&found, &status) : NULL;
    load_paths_finish(&found);
    return model;
}

void target_finish(struct target *target)
{
    free(target->path);
    target->path = NULL;
}
