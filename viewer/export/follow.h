/* Keeps exporting what is new in directories of recordings, until SIGINT or SIGTERM. */
#ifndef NPLUS1_VIEWER_EXPORT_FOLLOW_H
#define NPLUS1_VIEWER_EXPORT_FOLLOW_H

#include "exporter/formats/formats.h"

struct follow {
    const struct format *format;
    const struct format_options *options;
    const char *output; /* a file that is replaced whenever its content changes; NULL: a collector gets what is new */
    const char *state;  /* file that remembers what a collector has */
    char **paths;
    int path_count;
    unsigned interval_s; /* between two looks */
};

/* Returns the exit status. At the end there is a last try; what could not be sent stays due, and is trouble. */
int follow_run(const struct follow *follow);

#endif
