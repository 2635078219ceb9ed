/* Options of exported reports, in whatever format. */
#ifndef NPLUS1_EXPORTER_FORMATS_OPTIONS_H
#define NPLUS1_EXPORTER_FORMATS_OPTIONS_H

#include <stdbool.h>

struct format_options {
    bool weigh_by_time; /* time in the database instead of executions, where a format has one number for each stack */
};

#endif
