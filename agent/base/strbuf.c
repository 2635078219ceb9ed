#include "agent/base/strbuf.h"

#include <string.h>

void strbuf_init(struct strbuf *buffer, char *data, size_t size)
{
    buffer->data = data;
    buffer->size = size;
    buffer->length = 0;
    buffer->cut = false;
    data[0] = '\0';
}

void strbuf_add_bytes(struct strbuf *buffer, const char *data, size_t length)
{
    size_t room = buffer->size - buffer->length - 1;

    if (length > room) {
        length = room;
        buffer->cut = true;
    }
    if (length)
        memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void strbuf_add(struct strbuf *buffer, const char *text)
{
    strbuf_add_bytes(buffer, text, strlen(text));
}

void strbuf_add_number(struct strbuf *buffer, uint64_t number)
{
    char digits[20];
    size_t i = sizeof digits;

    do {
        digits[--i] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    strbuf_add_bytes(buffer, digits + i, sizeof digits - i);
}
