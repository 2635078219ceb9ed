/* Loads a recording into its tables. One thread at a time while loading. */
#ifndef NPLUS1_EXPORTER_RECORDING_RECORDING_H
#define NPLUS1_EXPORTER_RECORDING_RECORDING_H

#include "exporter/base/clean_text.h"
#include "exporter/recording/tables.h"

/* Reads to the end. Texts go to the pool, which must outlive the recording. NULL with *error when nothing can be read; path is
 * kept as a pointer into the pool. */
struct recording *recording_load(const char *path, struct text_pool *pool, const char **error);

/* Loads from a reader that is positioned at its first record; the caller keeps the reader. */
struct recording *recording_load_reader(struct stream_reader *reader, const char *path, struct text_pool *pool);

/* Ticks as nanoseconds of this recording's clock. */
uint64_t recording_ns(const struct recording *recording, uint64_t ticks);

void recording_destroy(struct recording *recording); /* takes NULL */

#endif
