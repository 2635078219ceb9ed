#include "viewer/config/keys.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "viewer/words/suggestion.h"

const struct config_row config_rows[CONFIG_KEY_COUNT] = {
    [CONFIG_APP] = {"report", "app", "NPLUS1_APP", values_paths, true},
    [CONFIG_LIBRARY] = {"report", "library", "NPLUS1_LIBRARY", values_paths, true},
    [CONFIG_ROUND_TRIP] = {"report", "round-trip", "NPLUS1_ROUND_TRIP", values_duration, false},
    [CONFIG_WIDTH] = {"report", "width", NULL, values_width, false},
    [CONFIG_THRESHOLD] = {"run", "threshold", NULL, values_threshold, false},
    [CONFIG_FAIL_ON] = {"check", "fail-on", NULL, values_text, false},
    [CONFIG_SUPPRESSIONS] = {"check", "suppressions", NULL, values_path, false},
    [CONFIG_BASELINE] = {"check", "baseline", NULL, values_path, false},
    [CONFIG_COLOR] = {"colour", "when", NULL, values_color, false},
    [CONFIG_BOLD] = {"colour", "bold", NULL, values_style, false},
    [CONFIG_DIM] = {"colour", "dim", NULL, values_style, false},
    [CONFIG_ALARM] = {"colour", "alarm", NULL, values_style, false},
    [CONFIG_WARNING] = {"colour", "warning", NULL, values_style, false},
    [CONFIG_GOOD] = {"colour", "good", NULL, values_style, false},
    [CONFIG_CODE] = {"colour", "code", NULL, values_style, false},
};

enum config_key config_keys_find(const char *section, const char *name, char **wrong)
{
    struct suggestion keys = suggestion_of(name);
    struct suggestion sections = suggestion_of(section);
    bool is_section = false;
    if (strcmp(section, "color") == 0)
        section = "colour";
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++) {
        const struct config_row *row = &config_rows[key];
        suggestion_offer(&sections, row->section);
        if (strcmp(row->section, section) != 0)
            continue;
        is_section = true;
        suggestion_offer(&keys, row->name);
        if (strcmp(row->name, name) == 0)
            return key;
    }
    char *meant = suggestion_words(is_section ? &keys : &sections, "");
    if (is_section)
        *wrong = alloc_format("unknown key '%s' in [%s]%s; see nplus1(5)", name, section, meant);
    else if (section[0])
        *wrong = alloc_format("unknown section [%s]%s; see nplus1(5)", section, meant);
    else
        *wrong = alloc_format("'%s' stands before the first [section]; see nplus1(5)", name);
    free(meant);
    return CONFIG_KEY_COUNT;
}
