/* Options of exported reports, in whatever format. */
#ifndef NPLUS1_EXPORTER_FORMATS_OPTIONS_H
#define NPLUS1_EXPORTER_FORMATS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct format_options {
    bool weigh_by_time;  /* time in the database instead of executions, where a format has one number for each stack */
    const char *root;    /* an absolute path; files below it are named relative to it; NULL: none are */
    const char *service; /* name of the service in telemetry; NULL: that of the program */
    size_t limit;        /* bytes of a comment (markdown); 0: as many as GitHub takes */
};

#endif
