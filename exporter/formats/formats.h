/* The formats that a report can be exported in: a row each. Static data, safe from any thread. */
#ifndef NPLUS1_EXPORTER_FORMATS_FORMATS_H
#define NPLUS1_EXPORTER_FORMATS_FORMATS_H

#include <stdbool.h>
#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

struct format {
    const char *name;
    const char *purpose;                                                                       /* one line */
    void (*write)(const struct model *model, const struct format_options *options, FILE *out); /* errors stay in the stream */
    bool is_binary;                                                                            /* no terminal can show it */
    bool is_sent; /* to a collector, when the environment names one */
};

/* All of them; the last one has no name. */
extern const struct format formats[];

/* By its name; NULL: there is none. */
const struct format *formats_find(const char *name);

#endif
