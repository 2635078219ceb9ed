#include "viewer/load.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "viewer/complain.h"
#include "viewer/config/config.h"
#include "exporter/base/alloc.h"
#include "exporter/build/build.h"
#include "exporter/stream/reader.h"

#define TOLD_MAX 100 /* names on a command line: who gives more has all */

#define HOW_TO_RECORD "make one with: nplus1 run -- COMMAND"

static void append(struct load_paths *paths, const char *path)
{
    ALLOC_GROW(paths->at, paths->count, paths->capacity);
    paths->at[paths->count++] = alloc_format("%s", path);
}

static int is_recording_name(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && dot != entry->d_name && strcmp(dot, ".pb") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

bool load_add(struct load_paths *paths, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        append(paths, path);
        return true;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, is_recording_name, by_name);
    if (count < 0) {
        complain(path, "%s", strerror(errno));
        return false;
    }
    size_t length = strlen(path);
    for (int i = 0; i < count; i++) {
        char *full = alloc_format("%s%s%s", path, length && path[length - 1] == '/' ? "" : "/", entries[i]->d_name);
        append(paths, full);
        free(full);
        free(entries[i]);
    }
    free(entries);
    if (count == 0)
        complain(path, "has no recording (*.pb); " HOW_TO_RECORD);
    return count > 0;
}

static bool is_recording(const char *path)
{
    const char *error = NULL;
    struct stat st;
    struct stream_reader *reader = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? stream_reader_open(path, &error) : NULL;
    stream_reader_destroy(reader);
    return reader != NULL;
}

void load_add_beside(struct load_paths *paths, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t length = strlen(base);
    char *folder = alloc_format("%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    struct dirent **entries;
    int count = length > 0 ? scandir(folder, &entries, NULL, by_name) : -1;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        bool adds_pid = strncmp(name, base, length) == 0 && name[length] == '.' && name[length + 1] &&
                        !name[length + 1 + strspn(name + length + 1, "0123456789")];
        char *full = adds_pid ? alloc_format("%.*s%s", (int)(base - path), path, name) : NULL;
        if (full && is_recording(full))
            append(paths, full);
        free(full);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    free(folder);
}

bool load_is_empty(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_recording_name, by_name);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    if (count >= 0)
        free(entries);
    return count == 0;
}

static bool is_newer(const struct stat *a, const struct stat *b)
{
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
        return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
    return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

bool load_add_newest(struct load_paths *paths)
{
    struct dirent **entries;
    int count = scandir(".", &entries, is_recording_name, by_name);
    struct stat newest = {0};
    const char *name = NULL;
    for (int i = 0; i < count; i++) {
        struct stat st;
        if (stat(entries[i]->d_name, &st) != 0 || !S_ISREG(st.st_mode) || (name && !is_newer(&st, &newest)))
            continue;
        newest = st;
        name = entries[i]->d_name;
    }
    if (name)
        append(paths, name);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    if (count >= 0)
        free(entries);
    if (!name)
        complain("no recording", "there is no *.pb in the working directory; " HOW_TO_RECORD ", or name a path");
    return name != NULL;
}

void load_paths_finish(struct load_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->at[i]);
    free(paths->at);
    *paths = (struct load_paths){0};
}

struct seen {
    dev_t device;
    ino_t inode;
};

/* One file under two names would be counted twice. */
static bool was_seen(struct seen **seen, size_t *count, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    for (size_t i = 0; i < *count; i++) {
        if ((*seen)[i].device == st.st_dev && (*seen)[i].inode == st.st_ino)
            return true;
    }
    *seen = alloc_resize(*seen, *count + 1, sizeof **seen);
    (*seen)[(*count)++] = (struct seen){st.st_dev, st.st_ino};
    return false;
}

static void warn_partial(const struct model *model)
{
    for (uint32_t i = 0; i < model->process_count; i++) {
        const struct model_process *p = &model->processes[i];
        if (p->end == STREAM_END_CUT)
            complain(p->recording, "is cut off; the report has what came before");
        else if (p->end == STREAM_END_DAMAGED || p->skipped > 0)
            complain(p->recording, "is damaged; the report has what could be read");
    }
}

/* Tells a person at a terminal, after a second and then ten times a second, how far it is. */
struct progress {
    struct timespec next;
    bool shown;
};

static bool is_due(struct progress *progress)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    bool first = progress->next.tv_sec == 0;
    bool due = !first && (now.tv_sec > progress->next.tv_sec ||
                          (now.tv_sec == progress->next.tv_sec && now.tv_nsec >= progress->next.tv_nsec));
    if (first || due) {
        progress->next = now;
        progress->next.tv_sec += first;
        progress->next.tv_nsec += first ? 0 : 100000000;
        if (progress->next.tv_nsec >= 1000000000) {
            progress->next.tv_nsec -= 1000000000;
            progress->next.tv_sec++;
        }
    }
    return due;
}

static void show_progress(struct progress *progress, size_t done, size_t of)
{
    if (!is_due(progress) || !isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\rreading recording %zu of %zu", done + 1, of);
    progress->shown = true;
}

static void end_progress(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}

/* Processes to which one fixed name was given have files of their own, which one may not know of. To be freed; NULL: there are
 * none. */
static char *describe_others(const struct load_paths *paths, const char *path)
{
    struct load_paths beside = {0};
    size_t others = 0;
    load_add_beside(&beside, path);
    for (size_t i = 0; i < beside.count; i++) {
        bool named = false;
        for (size_t k = 0; k < paths->count && !named; k++)
            named = strcmp(paths->at[k], beside.at[i]) == 0;
        others += !named;
    }
    load_paths_finish(&beside);
    return others == 0 ? NULL
                       : alloc_format("%zu other %s beside it, of processes that were given the same name: %s.* has %s", others,
                                      others == 1 ? "recording is" : "recordings are", path, others == 1 ? "it" : "them");
}

struct model *load_model_from(const struct load_paths *paths, int *status)
{
    struct model_builder *builder = model_builder_create();
    struct seen *seen = NULL;
    size_t seen_count = 0;
    size_t loaded = 0;
    struct progress progress = {0};
    model_builder_set_owners(builder, config_text(CONFIG_APP), config_text(CONFIG_LIBRARY));
    for (size_t i = 0; i < paths->count; i++) {
        const char *error = NULL;
        if (was_seen(&seen, &seen_count, paths->at[i]))
            continue;
        show_progress(&progress, i, paths->count);
        if (model_builder_add(builder, paths->at[i], &error)) {
            loaded++;
            continue;
        }
        end_progress(&progress);
        *status = paths->is_quiet ? EXIT_TROUBLE : complain(paths->at[i], "%s; give a recording, or a directory of them", error);
    }
    end_progress(&progress);
    free(seen);
    if (loaded == 0) {
        model_builder_destroy(builder);
        *status = EXIT_TROUBLE;
        return NULL;
    }
    struct model *model = model_builder_finish(builder);
    if (!paths->is_quiet)
        warn_partial(model);
    return model;
}

void load_find(struct load_paths *paths, char **names, int count, int *status)
{
    if (count == 0 && !load_add_newest(paths))
        *status = EXIT_TROUBLE;
    for (int i = 0; i < count; i++) {
        if (!load_add(paths, names[i]))
            *status = EXIT_TROUBLE;
    }
}

static void note_others(struct model *model, const struct load_paths *paths, const char *path)
{
    char *others = describe_others(paths, path);
    char *note = others ? alloc_format("%s: %s", path, others) : NULL;
    if (note)
        model_add_note(model, note);
    free(note);
    free(others);
}

struct model *load_model(char **names, int count, int *status)
{
    struct load_paths paths = {0};
    struct model *model = NULL;
    load_find(&paths, names, count, status);
    if (paths.count > 0)
        model = load_model_from(&paths, status);
    for (int i = 0; i < count && count < TOLD_MAX && model; i++)
        note_others(model, &paths, names[i]);
    load_paths_finish(&paths);
    return model;
}

void load_warn_of_others(char **names, int count)
{
    struct load_paths paths = {0};
    int status = 0;
    if (count == 0 || count >= TOLD_MAX)
        return;
    load_find(&paths, names, count, &status);
    for (int i = 0; i < count; i++) {
        char *others = describe_others(&paths, names[i]);
        if (others)
            complain(names[i], "%s", others);
        free(others);
    }
    load_paths_finish(&paths);
}
