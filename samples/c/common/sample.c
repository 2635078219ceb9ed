#include "sample.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ids.h"

#define MAX_GROUPS 8

struct group {
    const char *function;
    int64_t executions;
    int64_t rows;
    struct ids values;
};

struct tally tally;

static const char *counts_path;
static int64_t seed_executions;
static struct group groups[MAX_GROUPS];
static size_t group_count;

static _Noreturn void usage(const struct scene *scene)
{
    fprintf(stderr, "usage: %s [--db DATABASE] [--counts FILE]", program_invocation_name);
    for (int i = 0; scene->size_names[i]; i++)
        fprintf(stderr, " [%s=%" PRId64, scene->size_names[i], scene->sizes[i]);
    for (int i = 0; scene->size_names[i]; i++)
        fputc(']', stderr);
    fputc('\n', stderr);
    exit(2);
}

static int64_t parse_size(const char *text, const struct scene *scene)
{
    char *end;
    long long size = strtoll(text, &end, 10);

    if (end == text || *end || size < 1 || size > 10000000)
        usage(scene);
    return size;
}

void sample_begin(struct sample *sample, int argc, char **argv, const struct scene *scene)
{
    int sizes = 0;

    counts_path = getenv("SAMPLE_COUNTS");
    *sample = (struct sample){0};
    memcpy(sample->sizes, scene->sizes, sizeof sample->sizes);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--db") && i + 1 < argc)
            sample->database = argv[++i];
        else if (!strcmp(argv[i], "--counts") && i + 1 < argc)
            counts_path = argv[++i];
        else if (scene->size_names[sizes])
            sample->sizes[sizes++] = parse_size(argv[i], scene);
        else
            usage(scene);
    }
}

void sample_count_seed(void)
{
    seed_executions++;
}

static struct group *find_group(const char *function)
{
    for (size_t i = 0; i < group_count; i++)
        if (!strcmp(groups[i].function, function))
            return &groups[i];
    if (group_count == MAX_GROUPS)
        sample_fail("more functions with queries than MAX_GROUPS");
    groups[group_count].function = function;
    return &groups[group_count++];
}

void sample_count_whole(const char *function, int64_t rows)
{
    struct group *group = find_group(function);

    group->executions++;
    group->rows += rows;
}

void sample_count(const char *function, int64_t value, int64_t rows)
{
    sample_count_whole(function, rows);
    ids_add(&find_group(function)->values, value);
}

static void write_counts(FILE *file)
{
    int64_t load = 0;

    for (size_t i = 0; i < group_count; i++)
        load += groups[i].executions;
    fprintf(file, "{\"total\": %" PRId64 ", \"seed\": %" PRId64 ", \"load\": %" PRId64 ", \"groups\": [", seed_executions + load,
            seed_executions, load);
    for (size_t i = 0; i < group_count; i++) {
        struct group *group = &groups[i];
        bool has_values = group->values.count > 0;

        fprintf(file, "%s\n  {\"name\": \"%s\", \"executions\": %" PRId64 ", \"rows\": %" PRId64 ", \"distinct_values\": ",
                i ? "," : "", group->function, group->executions, group->rows);
        if (has_values)
            fprintf(file, "%zu}", ids_distinct(&group->values));
        else
            fputs("null}", file);
        ids_clear(&group->values);
    }
    fputs("\n]}\n", file);
}

static void print_tally(void)
{
    const struct {
        const char *name;
        int64_t value;
    } lines[] = {
        {"customers", tally.customers}, {"orders", tally.orders}, {"items", tally.items},
        {"users", tally.users},         {"posts", tally.posts},   {"comments", tally.comments},
        {"authors", tally.authors},     {"books", tally.books},   {"sum", tally.sum},
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].value)
            printf("%s %" PRId64 "\n", lines[i].name, lines[i].value);
}

int sample_end(void)
{
    print_tally();
    if (counts_path) {
        FILE *file = fopen(counts_path, "w");

        if (!file)
            sample_fail("the file for the counts cannot be written");
        write_counts(file);
        if (fclose(file))
            sample_fail("the counts could not be written");
    }
    return 0;
}
