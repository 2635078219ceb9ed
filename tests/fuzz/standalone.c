/* Runs a fuzz target over the files that are given, without libFuzzer: for compilers that lack it, and as a regression test
 * over the corpus. Directories are read one level deep. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (16u << 20)

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_MAX);
    int failed = 1;

    if (file && data) {
        size_t size = fread(data, 1, INPUT_MAX, file);
        if (!ferror(file)) {
            LLVMFuzzerTestOneInput(data, size);
            failed = 0;
        }
    }
    if (failed)
        perror(path);
    if (file)
        fclose(file);
    free(data);
    return failed;
}

static int run_path(const char *path, unsigned *files)
{
    struct stat st;
    int failed = 0;

    if (stat(path, &st) != 0) {
        perror(path);
        return 1;
    }
    if (!S_ISDIR(st.st_mode)) {
        ++*files;
        return run_file(path);
    }

    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    if (n < 0) {
        perror(path);
        return 1;
    }
    for (int i = 0; i < n; i++) {
        char name[4096];
        int length = snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (length < (int)sizeof name && stat(name, &st) == 0 && S_ISREG(st.st_mode)) {
            ++*files;
            failed |= run_file(name);
        }
        free(entries[i]);
    }
    free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    unsigned files = 0;
    int failed = 0;

    for (int i = 1; i < argc; i++)
        failed |= run_path(argv[i], &files);
    printf("%u files\n", files);
    return failed;
}
