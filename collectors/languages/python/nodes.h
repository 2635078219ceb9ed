/* Lines of Django's templates: they are no code, but objects that are rendered one inside of another, each below a frame of the
 * same function. The object knows the file and the line that it was made of.
 *
 * For what the calling thread's frames keep alive, without the interpreter's lock: everything is looked at with care. Allocates
 * nothing; errno is preserved.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_NODES_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_NODES_H

#include "collectors/languages/python/object.h"

#define NODES_METHOD   "Node.render_annotated" /* its name is qualified since 3.11; before that: */
#define NODES_FUNCTION "render_annotated"

struct python_node {
    const char *file; /* a string of Python's */
    const char *kind; /* the name of its class, "ForNode" */
    uint32_t line;
    uint64_t key; /* tells it from others */
};

/* The object that the frame renders, if its place is known; else NULL. */
COLD const char *python_node(const struct python_layout *layout, const char *frame, const char *code, struct python_node *ret);

/* The same of the object. */
COLD bool python_node_read(const struct python_layout *layout, const char *node, struct python_node *ret);

/* Whether a frame may be one that renders such an object: its code's name says so. */
static inline bool python_may_be_node(const struct python_layout *layout, const char *code)
{
    return layout->minor < 11 ? python_is_called(layout, code, NODES_FUNCTION, sizeof NODES_FUNCTION - 1)
                              : python_is_called(layout, code, NODES_METHOD, sizeof NODES_METHOD - 1);
}

#endif
