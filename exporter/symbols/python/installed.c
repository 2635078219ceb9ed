#include "exporter/symbols/python/installed.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/file.h"

#define RECORD_MOST (UINT32_C(16) << 20) /* bytes */
#define LEVELS      12                   /* of folders above a file that are looked into */

static bool is_of_package(const char *name)
{
    static const char suffix[] = ".dist-info";
    size_t length = strlen(name);

    return length >= sizeof suffix && strcmp(name + length - (sizeof suffix - 1), suffix) == 0;
}

/* Adds a record with a line break before it: each line of it stands behind one. */
static void add(char **records, size_t *length, const char *folder, const char *name)
{
    char *path = alloc_format("%s/%s/RECORD", folder, name);
    size_t own;
    char *record = file_read(path, RECORD_MOST, &own);

    free(path);
    if (!record)
        return;
    *records = alloc_resize(*records, *length + own + 2, 1);
    (*records)[(*length)++] = '\n';
    memcpy(*records + *length, record, own);
    *length += own;
    (*records)[*length] = '\0';
    free(record);
}

static char *read_records(const char *folder)
{
    DIR *dir = opendir(folder);
    char *records = NULL;
    size_t length = 0;

    for (const struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        if (is_of_package(entry->d_name))
            add(&records, &length, folder, entry->d_name);
    }
    if (dir)
        closedir(dir);
    return records;
}

static const char *records_of(struct installed *installed, const char *folder)
{
    bool added;
    uint32_t index = map_intern(&installed->folders, (uintptr_t)folder, installed->count, &added);

    if (added) {
        ALLOC_GROW(installed->records, installed->count, installed->capacity);
        installed->records[installed->count++] = read_records(folder);
    }
    return installed->records[index];
}

/* Whether the folder's records have the file or folder of that name: "name,sha256=..." or "name/...". */
static bool is_recorded(const char *records, const char *name, size_t length)
{
    char *wanted = alloc_format("\n%.*s", (int)length, name);
    bool found = false;

    for (const char *at = records; !found && (at = strstr(at, wanted)) != NULL; at += length + 1)
        found = at[length + 1] == '/' || at[length + 1] == ',';
    free(wanted);
    return found;
}

bool installed_has(struct installed *installed, struct text_pool *pool, const char *file)
{
    const char *end = strrchr(file, '/');

    for (int level = 0; level < LEVELS && end && end > file; level++) {
        char *path = alloc_format("%.*s", (int)(end - file), file);
        const char *folder = text_intern_string(pool, path), *records = records_of(installed, folder);
        size_t length = strcspn(end + 1, "/");

        free(path);
        if (records) {
            bool added;
            path = alloc_format("%.*s", (int)((size_t)(end - file) + 1 + length), file);
            const char *package = text_intern_string(pool, path);
            free(path);
            uint32_t is = 0;
            if (!map_find(&installed->packages, (uintptr_t)package, NULL, NULL, &is))
                is = map_intern(&installed->packages, (uintptr_t)package, is_recorded(records, end + 1, length), &added);
            return is != 0;
        }
        end = memrchr(file, '/', (size_t)(end - file));
    }
    return false;
}

void installed_finish(struct installed *installed)
{
    for (uint32_t i = 0; i < installed->count; i++)
        free(installed->records[i]);
    free(installed->records);
    map_finish(&installed->folders);
    map_finish(&installed->packages);
}
