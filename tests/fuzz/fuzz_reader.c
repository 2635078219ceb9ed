/* A hostile recording through everything that reads one: the reader, the model, both reports. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "exporter/formats/json.h"
#include "exporter/formats/text.h"
#include "exporter/model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int ok)
{
    if (!ok)
        abort();
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
    for (size_t i = 0; i < length; i++) /* no control character but the newlines between the lines */
        require((unsigned char)text[i] >= 0x20 || text[i] == '\n');
    long json_length = (long)length;
    struct text_options plain = options;
    plain.color = false;
    text_write(model, &plain, out);
    fflush(out);
    for (size_t i = (size_t)json_length; i < length; i++)
        require(((unsigned char)text[i] >= 0x20 && text[i] != 0x7f) || text[i] == '\n');
    fclose(out);
    free(text);
    model_destroy(model);
    return 0;
}
