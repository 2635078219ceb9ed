/* A hostile recording through everything that reads one: the reader, the model, both reports, and a diff with its first half. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "exporter/formats/json/diff.h"
#include "exporter/formats/text/diff.h"
#include "exporter/formats/json/report.h"
#include "exporter/formats/text/report.h"
#include "exporter/model/model.h"
#include "exporter/build/build.h"
#include "exporter/diff/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int ok)
{
    if (!ok)
        abort();
}

/* No control character but the newlines between the lines. */
static void require_printable(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        require(((unsigned char)text[i] >= 0x20 && text[i] != 0x7f) || text[i] == '\n');
}

static void compare(const struct model *old, const struct model *new, const struct diff_options *sizes)
{
    static const struct text_options plain = {.width = 80, .directory = "/srv"};
    struct diff *diff = diff_create(old, new, sizes);
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    require(out != NULL);
    diff_json_write(diff, out);
    diff_text_write(diff, &plain, out);
    fclose(out);
    require_printable(text, length);
    free(text);
    diff_destroy(diff);
}

static void compare_with_half(const struct model *model, const uint8_t *data, size_t size)
{
    struct model_builder *builder = model_builder_create();
    const char *error = NULL;
    model_builder_add_memory(builder, "half.pb", data, size / 2, &error);
    struct model *half = model_builder_finish(builder);
    compare(half, model, &(struct diff_options){0});
    compare(model, half, &(struct diff_options){.old_size = size + 1, .new_size = 1, .at = UINT64_MAX});
    compare(model, model, &(struct diff_options){.old_size = 1, .new_size = UINT64_MAX});
    model_destroy(half);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct text_options options = {.width = 80, .color = true, .directory = "/srv"};
    struct model_builder *builder = model_builder_create();
    const char *error = NULL;
    if (!model_builder_add_memory(builder, "fuzzed.pb", data, size, &error)) {
        require(error != NULL);
        model_builder_destroy(builder);
        return 0;
    }
    struct model *model = model_builder_finish(builder);
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    require(out != NULL);
    json_write(model, out);
    fflush(out);
    require_printable(text, length);
    long json_length = (long)length;
    struct text_options plain = options;
    plain.color = false;
    text_write(model, &plain, out);
    fflush(out);
    require_printable(text + json_length, length - (size_t)json_length);
    fclose(out);
    free(text);
    compare_with_half(model, data, size);
    model_destroy(model);
    return 0;
}
