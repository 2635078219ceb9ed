/* Makes one model of recordings. A builder is for one thread. */
#ifndef NPLUS1_EXPORTER_BUILD_BUILD_H
#define NPLUS1_EXPORTER_BUILD_BUILD_H

#include "exporter/model/model.h"

struct model_builder;

struct model_builder *model_builder_create(void);

/* Paths, with colons between them, below which code is the program's own (app) or somebody else's (library), whatever else is
 * known of it; NULL: none. Before anything is added; the texts stay the caller's, and must last until the model is made. */
void model_builder_set_owners(struct model_builder *builder, const char *app, const char *library);

/* Adds a recording. False with *error (static, or as strerror) when nothing in it can be read; the builder stays usable. */
bool model_builder_add(struct model_builder *builder, const char *path, const char **error);
bool model_builder_add_memory(struct model_builder *builder, const char *path, const void *data, size_t size, const char **error);

/* Makes the model of what was added and frees the builder. */
struct model *model_builder_finish(struct model_builder *builder);

void model_builder_destroy(struct model_builder *builder); /* without finishing; takes NULL */

#endif
