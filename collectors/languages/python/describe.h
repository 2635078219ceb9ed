/* Names and lines of frames that were seen: of a function's, of a template that it was compiled from, of the node of a template
 * that it renders.
 *
 * For what the calling thread's frames keep alive, without the interpreter's lock. Allocates nothing; errno is preserved.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_DESCRIBE_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_DESCRIBE_H

#include "agent/stack/walker.h"
#include "collectors/languages/python/layout.h"

#define PYTHON_POSITION_MOST                                                                                                     \
    (UINT64_C(1) << 24) /* bytes of code; what is more in a frame's place is the node that it renders                            \
                         */

void python_describe(const struct python_layout *layout, const struct vm_frame *frame, struct vm_description *ret);

#endif
