#include "agent/sql/lexer/output.h"

#include "agent/base/hash.h"

byte *output_flush(struct lexer *s, byte *o)
{
    if (o < output_limit(s))
        return o;

    size_t rest = (size_t)(o - s->buffer) - FINGERPRINT_TEXT;
    if (s->base == 0)
        memcpy(s->ret->text, s->buffer, FINGERPRINT_TEXT);
    s->hash = hash_bytes(s->buffer, FINGERPRINT_TEXT, s->hash);
    s->base += FINGERPRINT_TEXT;
    memmove(s->buffer, s->buffer + FINGERPRINT_TEXT, rest);
    return s->buffer + rest;
}

byte *output_copy(struct lexer *s, byte *o, const byte *text, size_t length)
{
    while (length > 0) {
        o = output_flush(s, o);
        size_t n = (size_t)(s->buffer + sizeof s->buffer - o);
        if (n > length)
            n = length;
        memcpy(o, text, n);
        o += n;
        text += n;
        length -= n;
    }
    return output_flush(s, o);
}

/* The bytes of text without the incomplete character at its end. Other bytes that are no UTF-8 stay. */
static size_t cut_character(const char *text, size_t length)
{
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        byte c = (byte)text[length - back];
        if ((c & 0xc0) == 0x80)
            continue;
        size_t needed = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        return needed > back ? length - back : length;
    }
    return length;
}

void output_finish(struct lexer *s, const byte *o)
{
    struct fingerprint *ret = s->ret;
    const byte *p = s->buffer;
    size_t left = (size_t)(o - p);

    ret->length = s->base + left;
    if (s->base == 0)
        memcpy(ret->text, p, left < FINGERPRINT_TEXT ? left : FINGERPRINT_TEXT);
    if (left > FINGERPRINT_TEXT) {
        s->hash = hash_bytes(p, FINGERPRINT_TEXT, s->hash);
        p += FINGERPRINT_TEXT;
        left -= FINGERPRINT_TEXT;
    }
    ret->hash = left > 0 || ret->length == 0 ? hash_bytes(p, left, s->hash) : s->hash;
    ret->text_length = ret->length <= FINGERPRINT_TEXT ? ret->length : cut_character(ret->text, FINGERPRINT_TEXT);
}
