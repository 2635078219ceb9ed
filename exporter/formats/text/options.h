/* Options of texts for people. */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_OPTIONS_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct text_options {
    size_t width; /* columns */
    bool color;
    const char *directory; /* paths below it are shown relative to it; may be NULL */
};

#endif
