/* A hostile recording in every format: whatever it holds, the output has the structure of its format. Besides the bytes as they
 * come, a few of them are damaged, so that the seeds alone try many recordings. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/base/hash.h"
#include "exporter/build/build.h"
#include "exporter/formats/formats.h"
#include "exporter/formats/review/markdown.h"
#include "exporter/model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define DAMAGED    0    /* libFuzzer makes its own */
#define ONE_FORMAT true /* of each input, picked by its bytes: a run is some 40 times shorter, and others get their turn */
#define LONGEST    4096 /* bytes: what is longer says the same again */
#else
#define DAMAGED    24 /* variants of each input */
#define ONE_FORMAT false
#define LONGEST    SIZE_MAX
#endif

static const char *format_name;

#define REQUIRE(condition)                                                                                                       \
    do {                                                                                                                         \
        if (!(condition)) {                                                                                                      \
            fprintf(stderr, "%s: %s:%d: %s\n", format_name, __FILE__, __LINE__, #condition);                                     \
            abort();                                                                                                             \
        }                                                                                                                        \
    } while (0)

static bool is_format(const char *name)
{
    return strcmp(format_name, name) == 0;
}

/* Numbers of 64 bits are more than jansson has integers for. */
static void check_json(const char *text, size_t length)
{
    json_error_t error;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
    REQUIRE(json != NULL);
    json_decref(json);
}

/* Tags that are closed in their order; no character that XML has not. */
static void check_xml(const char *text)
{
    int depth = 0;
    for (const char *at = strchr(text, '<'); at; at = strchr(at + 1, '<')) {
        const char *end = strchr(at, '>');
        REQUIRE(end && !memchr(at + 1, '<', (size_t)(end - at - 1)));
        if (at[1] == '?')
            continue;
        depth += at[1] == '/' ? -1 : 1;
        REQUIRE(depth >= 0);
    }
    REQUIRE(depth == 0);
    REQUIRE(!strstr(text, "\xef\xbf\xbe") && !strstr(text, "\xef\xbf\xbf"));
}

/* Records of 17 fields; a quoted one holds anything, and no field begins a formula. */
static void check_csv(const char *text)
{
    int fields = 1;
    for (const char *at = text; *at; at++) {
        bool starts = at == text || at[-1] == ',' || at[-1] == '\n';
        REQUIRE(!starts || !strchr("=+-@", *at));
        if (starts && *at == '"') {
            REQUIRE(!strchr("=+-@", at[1]));
            for (at++; *at != '"' || at[1] == '"'; at++) {
                REQUIRE(*at);
                at += *at == '"';
            }
        } else if (*at == ',') {
            fields++;
        } else if (*at == '\n') {
            REQUIRE(at[-1] == '\r' && fields == 17);
            fields = 1;
        }
    }
}

/* Each line is a command of ours, or the last one, which has only a number. */
static void check_github(const char *text)
{
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        bool last = line[strcspn(line, "\n") + 1] == '\0';
        REQUIRE(strncmp(line, "::error ", 8) == 0 || strncmp(line, "::warning ", 10) == 0 || strncmp(line, "::notice ", 9) == 0 ||
                (last && strspn(line, "0123456789") > 0 && strstr(line, "nplus1 report has")));
    }
}

static void check_openmetrics(const char *text, size_t length)
{
    REQUIRE(length >= 6 && strcmp(text + length - 6, "# EOF\n") == 0);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        REQUIRE(strncmp(line, "nplus1_", 7) == 0 || strncmp(line, "# ", 2) == 0);
}

/* Nothing but newlines: each format keeps control characters out. */
static void check_text(const char *text, size_t length)
{
    REQUIRE(strlen(text) == length);
    for (size_t i = 0; i < length; i++)
        REQUIRE(((unsigned char)text[i] >= 0x20 && text[i] != 0x7f) || text[i] == '\n' || (is_format("csv") && text[i] == '\r'));
    if (is_format("speedscope") || is_format("sarif") || is_format("gitlab") || is_format("json"))
        check_json(text, length);
    else if (is_format("junit"))
        check_xml(text);
    else if (is_format("csv"))
        check_csv(text);
    else if (is_format("github"))
        check_github(text);
    else if (is_format("openmetrics"))
        check_openmetrics(text, length);
    else if (is_format("markdown"))
        REQUIRE(length <= MARKDOWN_LIMIT);
}

static char *write(const struct model *model, const struct format *format, const struct format_options *options,
                   size_t *ret_length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, ret_length);
    REQUIRE(out != NULL);
    format->write(model, options, out);
    REQUIRE(fclose(out) == 0);
    return text;
}

static void check_format(const struct model *model, const struct format *format, const struct format_options *options, bool twice)
{
    size_t length = 0;
    size_t again = 0;
    format_name = format->name;
    char *text = write(model, format, options, &length);
    if (twice) {
        char *same = write(model, format, options, &again);
        REQUIRE(length == again && memcmp(text, same, length) == 0);
        free(same);
    }
    if (!format->is_binary)
        check_text(text, length);
    free(text);
}

/* What `pick` says is checked where one format is, else everything. */
static void check_model(const struct model *model, uint64_t pick)
{
    static const struct format_options options[] = {{.root = "/opt"}, {.weigh_by_time = true, .service = "x"}};
    size_t count = 0;
    while (formats[count].name)
        count++;
    if (ONE_FORMAT) {
        check_format(model, &formats[pick % count], &options[pick / count % 2], pick / count / 2 % 8 == 0);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        check_format(model, &formats[i], &options[0], true);
        check_format(model, &formats[i], &options[1], true);
    }
}

static void check(const uint8_t *data, size_t size)
{
    struct model_builder *builder = model_builder_create();
    const char *error = NULL;
    if (size > LONGEST || !model_builder_add_memory(builder, "fuzzed.pb", data, size, &error)) {
        model_builder_destroy(builder);
        return;
    }
    struct model *model = model_builder_finish(builder);
    check_model(model, hash_bytes(data, size, 1));
    model_destroy(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check(data, size);
    uint8_t *copy = malloc(size + 1);
    uint64_t random = size;
    for (int i = 0; copy && size > 0 && i < DAMAGED; i++) {
        memcpy(copy, data, size);
        for (int damage = 0; damage <= i; damage++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            copy[(random >> 33) % size] = (uint8_t)(random >> 20);
        }
        check(copy, size);
    }
    free(copy);
    return 0;
}
