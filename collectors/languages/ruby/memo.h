/* Remembers Ruby's stacks by a hash of their control frames (control.h): the frames as walker.h wants them.
 *
 * One table for all threads, of a fixed size, read and written without a lock: a writer that meets another gives up, a reader
 * that meets a writer finds nothing. A fork in the middle of a writing leaves that one place useless in the child, which is why a
 * stack has two places that it may stand at. Any thread, fork's children; allocates nothing.
 *
 * Only the keys of frames are remembered, which is what tells stacks apart. Addresses of objects are not: they move and die.
 * `code` of a frame that is given back is RUBY_MEMO_CODE of its index, and its position is not set.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_RUBY_MEMO_H
#define NPLUS1_COLLECTORS_LANGUAGES_RUBY_MEMO_H

#include "collectors/languages/ruby/api.h"
#include "agent/stack/walker.h"

/* Odd, as no object's address is. */
#define RUBY_MEMO_CODE(index)   ((uintptr_t)(index) << 1 | 1)
#define RUBY_MEMO_IS_CODE(code) (((code)&1) != 0)
#define RUBY_MEMO_INDEX(code)   ((code) >> 1)

/* life: a number that changes when everything that was remembered may be wrong. The number of frames; 0: not known, or more than
 * max. */
size_t ruby_memo_get(uint64_t hash, uint64_t life, struct vm_frame *frames, size_t max);

void ruby_memo_put(uint64_t hash, uint64_t life, const struct vm_frame *frames, size_t count);

#endif
