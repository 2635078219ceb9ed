/* sqlcommenter tags: key='value',... inside a comment, keys and values URL-encoded. Pure. */
#ifndef NPLUS1_AGENT_SQL_TAGS_H
#define NPLUS1_AGENT_SQL_TAGS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text of a comment, without its marks, is a list of tags and nothing else; then *ret is the list as a span of the
 * text, without white space around it. */
bool tags_find(const char *text, size_t length, const char **ret, size_t *ret_length);

/* The value of the tag `key` (for instance "route") URL-decoded into out (terminated, cut at size); false if there is none. The
 * value is bytes that the program chose, control characters included; only %00 stays as it is. */
bool tags_value(const char *tags, size_t tags_length, const char *key, char *out, size_t size);

#endif
