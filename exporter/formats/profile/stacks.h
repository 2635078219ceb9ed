/* A group's call stack as a list of frames. Pure. */
#ifndef NPLUS1_EXPORTER_FORMATS_PROFILE_STACKS_H
#define NPLUS1_EXPORTER_FORMATS_PROFILE_STACKS_H

#include "exporter/model/model.h"

#define STACKS_DEPTH_MAX 2000 /* frames; the agent records fewer, a made-up recording could ask for terabytes */

/* The frames from the node outwards, innermost first. Returns how many; what lies further out is left away. */
uint32_t stacks_frames(const struct model *model, uint32_t node, uint32_t ret[STACKS_DEPTH_MAX]);

/* Nanoseconds that the totals have and no group. */
uint64_t stacks_left_out_ns(const struct model *model);

#define STACKS_LEFT_OUT "(left out of the recording)" /* the frame that stands for them */

#endif
