#include "viewer/run/output.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/complain.h"
#include "exporter/base/alloc.h"
#include "exporter/stream/reader.h"

/* A file name's pattern as a glob: %e, %p and %t stand for anything. With several processes the agent adds to a plain name. */
static char *glob_of(const char *pattern)
{
    size_t length = strlen(pattern);
    bool directory = length > 0 && pattern[length - 1] == '/';
    char *glob_text = alloc_zeroed(2 * length + 8, 1);
    char *out = glob_text;
    for (const char *p = pattern; *p; p++) {
        if (*p == '%' && p[1] && strchr("ept", p[1])) {
            *out++ = '*';
            p++;
        } else {
            if (strchr("*?[\\", *p))
                *out++ = '\\';
            *out++ = *p;
        }
    }
    strcpy(out, directory ? "*.pb" : "*");
    return glob_text;
}

static void list(const char *pattern, struct load_paths *ret)
{
    char *text = glob_of(pattern);
    glob_t found;
    if (glob(text, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            struct stat st;
            if (stat(found.gl_pathv[i], &st) == 0 && S_ISREG(st.st_mode))
                load_add(ret, found.gl_pathv[i]);
        }
        globfree(&found);
    }
    free(text);
}

/* Of an earlier run's other processes. */
static void remove_others(const char *path)
{
    struct load_paths others = {0};
    load_add_beside(&others, path);
    for (size_t i = 0; i < others.count; i++)
        unlink(others.at[i]);
    load_paths_finish(&others);
}

/* A plain name is written anew by every run, as other programs' -o does; but only over a recording. */
static bool make_room(const char *path)
{
    struct stat st;
    const char *error = NULL;
    if (lstat(path, &st) != 0)
        return true;
    struct stream_reader *reader = S_ISREG(st.st_mode) ? stream_reader_open(path, &error) : NULL;
    stream_reader_destroy(reader);
    if (!reader && !(S_ISREG(st.st_mode) && st.st_size == 0)) {
        complain(path, "exists and is not a recording; name another file or remove it");
        return false;
    }
    if (unlink(path) != 0) {
        complain(path, "%s; name another file", strerror(errno));
        return false;
    }
    remove_others(path);
    return true;
}

static bool begin_private(struct run_output *output)
{
    const char *base = getenv("TMPDIR");
    output->directory = alloc_format("%s/nplus1-XXXXXX", base && base[0] == '/' ? base : "/tmp");
    if (!mkdtemp(output->directory)) {
        complain(output->directory, "%s; set TMPDIR, or use -o PATH", strerror(errno));
        return false;
    }
    output->pattern = alloc_format("%s/", output->directory);
    return true;
}

/* What runs for an hour should not find out at its end. */
static bool has_folder(const char *path, const char *pattern)
{
    const char *slash = strrchr(pattern, '/');
    char *folder = alloc_format("%.*s/", slash ? (int)(slash - pattern) : 0, pattern);
    struct stat st;
    bool is_there = strchr(folder, '%') || stat(folder, &st) == 0;
    if (!is_there)
        complain(path, "%s; make the directory", strerror(errno));
    free(folder);
    return is_there;
}

bool run_output_begin(struct run_output *output, const char *path)
{
    *output = (struct run_output){0};
    if (!path) {
        if (begin_private(output))
            return true;
        free(output->directory);
        return false;
    }
    struct stat st;
    size_t length = strlen(path);
    bool directory = path[length - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
    char *cwd = path[0] == '/' ? NULL : getcwd(NULL, 0); /* the command may go elsewhere */
    output->pattern = alloc_format("%s%s%s%s", cwd ? cwd : "", cwd ? "/" : "", path,
                                   directory && path[length - 1] != '/' ? "/" : "");
    free(cwd);
    if (directory && mkdir(output->pattern, 0777) != 0 && errno != EEXIST) {
        complain(path, "%s; make the directory", strerror(errno));
        free(output->pattern);
        return false;
    }
    if (!directory && (!has_folder(path, output->pattern) || (!strchr(path, '%') && !make_room(output->pattern)))) {
        free(output->pattern);
        return false;
    }
    list(output->pattern, &output->before);
    return true;
}

void run_output_collect(struct run_output *output, struct load_paths *ret)
{
    struct load_paths now = {0};
    list(output->pattern, &now);
    size_t old = 0;
    for (size_t i = 0; i < now.count; i++) { /* both lists are sorted */
        while (old < output->before.count && strcmp(output->before.at[old], now.at[i]) < 0)
            old++;
        if (old == output->before.count || strcmp(output->before.at[old], now.at[i]) != 0)
            load_add(ret, now.at[i]);
    }
    load_paths_finish(&now);
}

void run_output_end(struct run_output *output)
{
    if (output->directory) {
        struct load_paths files = {0};
        list(output->pattern, &files);
        for (size_t i = 0; i < files.count; i++)
            unlink(files.at[i]);
        load_paths_finish(&files);
        rmdir(output->directory);
    }
    load_paths_finish(&output->before);
    free(output->directory);
    free(output->pattern);
    *output = (struct run_output){0};
}
