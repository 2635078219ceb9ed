#include "exporter/stream/names.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* The length of what a name_id or a name_key says that it refers to; 0: it does not look like a foreign key. */
static size_t stem_of(const char *column)
{
    size_t length = strlen(column);

    if (length > 3 && strcasecmp(column + length - 3, "_id") == 0)
        return length - 3;
    return length > 4 && strcasecmp(column + length - 4, "_key") == 0 ? length - 4 : 0;
}

static bool is_key(const char *column)
{
    return strcasecmp(column, "id") == 0 || strcasecmp(column, "rowid") == 0;
}

static bool mentions(struct names_text text, const char *word, size_t length)
{
    return length > 0 && memmem(text.text, text.length, word, length) != NULL;
}

/* A column of the same name, unless every table has one; a foreign key for the child's own key; a key for the child's foreign
 * key.
 */
enum names_fit names_fit(const char *column, const char *compared, struct names_text parent, struct names_text child)
{
    if (strcasecmp(column, compared) == 0)
        return is_key(compared) ? NAMES_PLAIN : NAMES_WELL;
    if (is_key(compared))
        return mentions(child, column, stem_of(column)) ? NAMES_WELL : stem_of(column) ? NAMES_BETTER : NAMES_PLAIN;
    if (is_key(column))
        return mentions(parent, compared, stem_of(compared)) ? NAMES_WELL : NAMES_BETTER;
    return NAMES_PLAIN;
}
