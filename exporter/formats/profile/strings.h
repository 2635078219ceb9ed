/* A table of texts that are referred to by number: the first is empty, equal ones are one. One thread at a time. */
#ifndef NPLUS1_EXPORTER_FORMATS_PROFILE_STRINGS_H
#define NPLUS1_EXPORTER_FORMATS_PROFILE_STRINGS_H

#include "exporter/base/clean_text.h"
#include "exporter/base/map.h"

struct strings {
    struct text_pool pool;
    struct map numbers; /* pointer of the pool -> number */
    const char **texts;
    uint32_t count, capacity;
};

void strings_begin(struct strings *strings);
void strings_finish(struct strings *strings);

/* The number of the text as it is printable; NULL is the empty text. */
int64_t strings_number(struct strings *strings, const char *text);

#endif
