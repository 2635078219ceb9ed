/* Lines of source files. Errors stay in the stream. */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_SOURCE_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_SOURCE_H

#include "exporter/formats/text/parts.h"

/* The lines of a source file around one, when the file is there. */
void text_write_source(const struct text *text, const char *file, uint32_t line, size_t indent);

#endif
