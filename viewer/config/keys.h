/* The keys of a configuration: a row each, described in nplus1(5). Static data, safe from any thread. */
#ifndef NPLUS1_VIEWER_CONFIG_KEYS_H
#define NPLUS1_VIEWER_CONFIG_KEYS_H

#include <stdbool.h>

#include "viewer/config/values.h"

enum config_key {
    CONFIG_APP,
    CONFIG_LIBRARY,
    CONFIG_ROUND_TRIP,
    CONFIG_WIDTH,
    CONFIG_THRESHOLD,
    CONFIG_FAIL_ON,
    CONFIG_SUPPRESSIONS,
    CONFIG_BASELINE,
    CONFIG_COLOR,
    CONFIG_BOLD, /* styles, in the order of enum text_style */
    CONFIG_DIM,
    CONFIG_ALARM,
    CONFIG_WARNING,
    CONFIG_GOOD,
    CONFIG_CODE,
    CONFIG_KEY_COUNT,
};

struct config_row {
    const char *section;
    const char *name;
    const char *variable; /* of the environment, which wins; NULL: none */
    values_read *read;
    bool is_list; /* lines of one file add up, with colons between them */
};

extern const struct config_row config_rows[CONFIG_KEY_COUNT];

/* CONFIG_KEY_COUNT with *wrong, to be freed: there is none of that name. */
enum config_key config_keys_find(const char *section, const char *name, char **wrong);

#endif
