/* Writes JSON, indented, to a stream. The caller keeps the order right; commas and indentation come by themselves.
 *
 * Texts are expected as valid UTF-8; control characters and overrides of the order of letters are escaped, and a stray byte
 * becomes U+FFFD, so the output is valid JSON whatever comes in. One thread at a time. Errors stay in the stream (ferror).
 */
#ifndef NPLUS1_EXPORTER_FORMATS_JSON_WRITER_H
#define NPLUS1_EXPORTER_FORMATS_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_writer {
    FILE *out;
    int depth;
    int flat; /* depth from which on everything stays on one line; 0: nothing does */
    bool has_items;
};

void json_begin(struct json_writer *json, FILE *out);
void json_end(struct json_writer *json); /* the final newline */

/* name is NULL within an array. */
void json_object_begin(struct json_writer *json, const char *name);
void json_flat_object(struct json_writer *json, const char *name); /* on one line with all that is in it */
void json_object_end(struct json_writer *json);
void json_array_begin(struct json_writer *json, const char *name);
void json_flat_array(struct json_writer *json, const char *name);
void json_array_end(struct json_writer *json);
void json_text(struct json_writer *json, const char *name, const char *text); /* NULL is null */
void json_number(struct json_writer *json, const char *name, uint64_t number);
void json_number_or_null(struct json_writer *json, const char *name, uint64_t number); /* 0 is null */
void json_hex(struct json_writer *json, const char *name, uint64_t number);            /* 16 digits, as a string */
void json_decimal(struct json_writer *json, const char *name, double number);          /* 3 digits; null when not finite */
void json_bool(struct json_writer *json, const char *name, bool value);
void json_none(struct json_writer *json, const char *name);
void json_raw(struct json_writer *json, const char *text, size_t length); /* an element of an array, as JSON on one line */

#endif
