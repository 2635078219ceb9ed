/* Bytes and numbers in hexadecimal. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_BASE_HEX_H
#define NPLUS1_EXPORTER_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Two lower-case digits, not terminated. */
static inline void hex_write_byte(unsigned char byte, char ret[2])
{
    static const char digits[] = "0123456789abcdef";
    ret[0] = digits[byte >> 4];
    ret[1] = digits[byte & 15];
}

/* Two digits for each byte, terminated. */
static inline void hex_write(const void *bytes, size_t size, char *ret)
{
    for (size_t i = 0; i < size; i++)
        hex_write_byte(((const unsigned char *)bytes)[i], ret + 2 * i);
    ret[2 * size] = '\0';
}

/* A name of 16 digits in any case, and nothing else. */
bool hex_read_name(const char *text, uint64_t *ret);

#endif
