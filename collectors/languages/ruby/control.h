/* The control frames of Ruby's VM, read as they stand in memory: what tells one stack from another without asking the VM for
 * names and lines, which takes ten times as long.
 *
 * A thread's execution context (rb_execution_context_t) begins with vm_stack, vm_stack_size in words, cfp; a control frame
 * (rb_control_frame_t) with pc, sp, iseq, self, ep, where pc is 0 in functions in C; ep[0] are flags, ep[-1] is the ep of the
 * code around a block, with its lowest bits set, ep[-2] the method entry; an iseq has its body at 16, and that type, iseq_size,
 * iseq_encoded (vm_core.h, imemo.h of Ruby 2.7 to 3.3; the same in all of them). How large a control frame is, where a body has
 * its location, and where the context stands is tried out, each address asked for before it is read, and the frames found
 * compared with those that the VM gives for the same stack. Where that fails, the control frames are not used.
 *
 * By the thread whose stack it is, being one of Ruby's, with or without the VM's lock. Allocates nothing.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_RUBY_CONTROL_H
#define NPLUS1_COLLECTORS_LANGUAGES_RUBY_CONTROL_H

#include "collectors/languages/ruby/api.h"

/* Once, when the walker starts: where contexts may stand. Takes the loader's lock for a moment. */
void ruby_control_find(const struct ruby_api *api);

/* Tries the control frames of the calling thread, as long as it is not known whether they can be used, and a few times at the
 * most. found: what the VM says; NULL: it cannot be asked. True: from now on they are used. errno is changed. */
bool ruby_control_try(const struct ruby_api *api, const struct ruby_frames *found);

/* A hash of the calling thread's stack. Stacks with the same hash have the same frames, as long as no garbage was collected.
 * False: the control frames are not used, or there are too many of them. */
bool ruby_control_hash(uint64_t *ret);

/* Gives what ruby_api_frames gives, without asking the VM; none where control frames are not used. */
void ruby_control_frames(const struct ruby_api *api, struct ruby_frames *ret);

#endif
