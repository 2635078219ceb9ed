/* Options of texts for people. */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_OPTIONS_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_ROWS 10 /* of the table of statements, unless somebody says otherwise */

/* What the table behind the findings adds up by. */
enum text_by { TEXT_BY_PLACE, TEXT_BY_STATEMENT, TEXT_BY_FILE, TEXT_BY_SCOPE };

struct text_options {
    size_t width; /* columns */
    bool color;
    const char *const *styles; /* sequences of the terminal by enum text_style, NULL in it: the usual one; NULL: all are */
    uint64_t round_trip_ns;    /* to the database, for what a fix saves; 0: several that are common */
    const char *directory;     /* paths below it are shown relative to it; may be NULL */
    enum text_by by;
    uint32_t rows; /* of that table; 0: TEXT_ROWS */
};

#endif
