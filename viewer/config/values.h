/* What may stand behind the keys of a configuration. Pure but for paths, which look at HOME. */
#ifndef NPLUS1_VIEWER_CONFIG_VALUES_H
#define NPLUS1_VIEWER_CONFIG_VALUES_H

#include <stdbool.h>

/* Who says it. */
enum config_origin {
    CONFIG_OF_COMMAND_LINE,
    CONFIG_OF_ENVIRONMENT,
    CONFIG_OF_PROJECT, /* ./.nplus1, which may be anybody's: paths are relative to its folder */
    CONFIG_OF_USER,    /* paths are absolute, or begin with ~/ */
};

/* Each returns the value in the form in which it is kept, to be freed; or NULL with *wrong, to be freed: what it is not.
 * `folder`: of the file, NULL from elsewhere. */
typedef char *values_read(const char *text, enum config_origin origin, const char *folder, char **wrong);

values_read values_paths;    /* with colons between them; absolute */
values_read values_path;     /* one; a project's stays relative */
values_read values_duration; /* 500us, 1.5ms, 2s, a plain number is ms: nanoseconds, from 1 us to 1 h */
values_read values_width;    /* columns, 60 to 1000 */
values_read values_threshold;
values_read values_color; /* auto, always or never */
values_read values_style; /* "bold red", "214", "none": the sequence that a terminal takes */
values_read values_text;  /* whatever it is */

#endif
