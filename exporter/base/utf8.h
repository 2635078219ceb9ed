/* UTF-8, as RFC 3629 has it: no overlong forms, no surrogates. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_BASE_UTF8_H
#define NPLUS1_EXPORTER_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Reads the character at the start of the text: the number of its bytes, 0 when there is no valid one. ret may be NULL. */
size_t utf8_read(const char *text, size_t length, uint32_t *ret);

#endif
