#include "collectors/languages/python/object.h"

#define LENGTH_MAX (1 << 20) /* of a name or a path, in characters: what is longer is no name */

/* Fields of the state, from the lowest bit: interned 2, kind 3, compact 1, ascii 1 (Include/cpython/unicodeobject.h). */
struct text {
    uint64_t length; /* in characters */
    unsigned kind;   /* bytes of a character */
    bool compact, ascii;
};

static struct text read_head(const void *string)
{
    uint32_t state = (uint32_t)python_int(string, PYTHON_TEXT_STATE);

    return (struct text){
        .length = python_word(string, PYTHON_TEXT_LENGTH),
        .kind = state >> 2 & 7,
        .compact = state >> 5 & 1,
        .ascii = state >> 6 & 1,
    };
}

static bool is_plausible(const struct text *text)
{
    return text->compact && text->length < LENGTH_MAX && (text->kind == 1 || text->kind == 2 || text->kind == 4) &&
           (!text->ascii || text->kind == 1);
}

bool python_is_text(const struct python_layout *layout, const void *object)
{
    struct text text;

    if (python_pointer(object, PYTHON_OBJECT_TYPE) != (const char *)layout->unicode_type)
        return false;
    text = read_head(object);
    return is_plausible(&text);
}

static uint32_t character(const char *at, unsigned kind)
{
    uint16_t two;
    uint32_t four;

    if (kind == 1)
        return (unsigned char)*at;
    if (kind == 2) {
        memcpy(&two, at, sizeof two);
        return two;
    }
    memcpy(&four, at, sizeof four);
    return four;
}

/* A lone surrogate, which stands for a byte of a path that is not UTF-8 (PEP 383), becomes U+FFFD: recordings hold valid text. */
static size_t encode(uint32_t c, char ret[4])
{
    if (c >= 0xd800 && c < 0xe000)
        c = 0xfffd;
    if (c < 0x80) {
        ret[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        ret[0] = (char)(0xc0 | c >> 6);
        ret[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        ret[0] = (char)(0xe0 | c >> 12);
        ret[1] = (char)(0x80 | (c >> 6 & 0x3f));
        ret[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    ret[0] = (char)(0xf0 | c >> 18);
    ret[1] = (char)(0x80 | (c >> 12 & 0x3f));
    ret[2] = (char)(0x80 | (c >> 6 & 0x3f));
    ret[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

void python_text(const struct python_layout *layout, const void *string, char *ret, size_t size)
{
    struct text text = read_head(string);
    const char *at = (const char *)string + (text.ascii ? layout->ascii_text : layout->wide_text);
    size_t used = 0;

    if (!is_plausible(&text)) {
        memcpy(ret, "?", 2);
        return;
    }
    for (uint64_t i = 0; i < text.length; i++) {
        char bytes[4];
        size_t count = encode(character(at + i * text.kind, text.kind), bytes);
        if (used + count >= size)
            break;
        memcpy(ret + used, bytes, count);
        used += count;
    }
    ret[used] = '\0';
}
