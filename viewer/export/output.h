/* A model written to a file. */
#ifndef NPLUS1_VIEWER_EXPORT_OUTPUT_H
#define NPLUS1_VIEWER_EXPORT_OUTPUT_H

#include "exporter/formats/formats.h"

/* Writes over the file, unless it is a recording. NULL, or why not, to be freed. */
char *output_write(const char *path, const struct model *model, const struct format *format,
                   const struct format_options *options);

/* Replaces the file at once, when its content would be another one: readers see the old or the new one. NULL, or why not, to be
 * freed. */
char *output_update(const char *path, const struct model *model, const struct format *format,
                    const struct format_options *options);

#endif
