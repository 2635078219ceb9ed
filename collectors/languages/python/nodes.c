/* Facts and their sources: django/template/base.py of github.com/django/django, 3.2 to 6.0. Node.render_annotated(self, context)
 * renders each node but plain text. Parser.extend_nodelist gives a node its token and its origin; a Token has token_type,
 * contents, lineno and position, an Origin name, template_name and loader: they are set in this order, and Python 3.14 has them
 * in that of the alphabet. An int of one digit: its length, 1, or since 3.12 a tag, 8 (the length and three bits, of which 3.14
 * sets one in small ones), and the digit (Include/cpython/longintrepr.h). */
#include "collectors/languages/python/nodes.h"

#include <errno.h>

#include "agent/base/hash.h"
#include "collectors/languages/python/others.h"

#define TOKENS_ATTRIBUTES  4
#define ORIGINS_ATTRIBUTES 3
#define INT_SIZE           16
#define INT_DIGIT          24
#define INT_SIZE_38        1
#define INT_TAG_312        8
#define INT_SMALL          UINT64_C(4)
#define LINE_MOST          (1 << 24)
#define TYPE_NAME          24
#define TEXT_ENDS          64 /* bytes of a string object in which its length and first characters are */

/* The only number among its attributes. */
static uint32_t line_of(struct others_pages *pages, const struct python_layout *layout, const char *token)
{
    const char *values = token ? others_attributes(pages, layout, token) : NULL;
    uint64_t size;
    uint32_t line;

    for (uint32_t i = 0; values && i < TOKENS_ATTRIBUTES; i++) {
        const char *number = python_pointer(values, 8 * i);
        if (!others_may_be_read(pages, number, INT_DIGIT + sizeof line) ||
            python_pointer(number, PYTHON_OBJECT_TYPE) != (const char *)layout->int_type)
            continue;
        size = python_word(number, INT_SIZE);
        line = (uint32_t)python_int(number, INT_DIGIT);
        return (layout->minor < 12 ? size == INT_SIZE_38 : (size & ~INT_SMALL) == INT_TAG_312) && line < LINE_MOST ? line : 0;
    }
    return 0;
}

/* What was loaded from elsewhere, or made of a text, has no path. */
static bool is_path(const struct python_layout *layout, const char *name)
{
    char first[8];

    python_text(layout, name, first, sizeof first);
    return first[0] == '/';
}

/* The first text among its attributes. */
static const char *name_of(struct others_pages *pages, const struct python_layout *layout, const char *origin)
{
    const char *values = origin ? others_attributes(pages, layout, origin) : NULL;

    for (uint32_t i = 0; values && i < ORIGINS_ATTRIBUTES; i++) {
        const char *name = python_pointer(values, 8 * i);
        if (others_may_be_read(pages, name, TEXT_ENDS) && python_is_text(layout, name))
            return is_path(layout, name) ? name : NULL;
    }
    return NULL;
}

static bool read_node(struct others_pages *pages, const struct python_layout *layout, const char *node, struct python_node *ret)
{
    const char *values = others_attributes(pages, layout, node), *type = python_pointer(node, PYTHON_OBJECT_TYPE);

    if (!values)
        return false;
    ret->line = line_of(pages, layout, others_find_exactly(pages, values, OTHERS_ATTRIBUTES, OTHERS_TOKEN));
    ret->file = name_of(pages, layout, others_find_exactly(pages, values, OTHERS_ATTRIBUTES, OTHERS_ORIGIN));
    ret->kind = python_pointer(type, TYPE_NAME);
    if (!ret->line || !ret->file)
        return false;
    ret->key = hash_mix(hash_mix((uintptr_t)ret->file, ret->line), (uintptr_t)type) ^
               hash_bytes(ret->file + layout->ascii_text, TEXT_ENDS - layout->ascii_text,
                          python_word(ret->file, PYTHON_TEXT_LENGTH));
    return true;
}

bool python_node_read(const struct python_layout *layout, const char *node, struct python_node *ret)
{
    int saved_errno = errno;
    struct others_pages pages = {.count = 0};
    bool found = others_may_be_read(&pages, node, OTHERS_HEAD) && read_node(&pages, layout, node, ret);

    errno = saved_errno;
    return found;
}

const char *python_node(const struct python_layout *layout, const char *frame, const char *code, struct python_node *ret)
{
    const char *node = layout->frame_locals && python_int(code, layout->code_locals) > 0
                           ? others_untagged(python_pointer(frame, layout->frame_locals))
                           : NULL;

    return node && python_node_read(layout, node, ret) ? node : NULL;
}
