/* From a builder to a model, for tests. */
#ifndef NPLUS1_TESTS_UNIT_EXPORTER_MODEL_SUPPORT_H
#define NPLUS1_TESTS_UNIT_EXPORTER_MODEL_SUPPORT_H

#include "tests/unit/check.h"

#include "exporter/model/model.h"
#include "recording_builder.h"
#include "exporter/build/build.h"

static inline void add_recording(struct model_builder *models, struct recording_builder *b, const char *path)
{
    const char *error = NULL;
    size_t size;
    const uint8_t *data = builder_data(b, &size);
    if (!model_builder_add_memory(models, path, data, size, &error))
        fail_msg("%s", error);
    builder_destroy(b);
}

/* The model of one recording; destroys the builder. */
static inline struct model *model_of(struct recording_builder *b)
{
    struct model_builder *models = model_builder_create();
    add_recording(models, b, "shop.pb");
    return model_builder_finish(models);
}

#endif
