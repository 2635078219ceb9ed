/* The frames on a stack of HotSpot's, one after the other as the machine itself goes from each to its caller: by the size that a
 * compiled function's frames have, by the link of an interpreted one, and across native code by what its call into Java kept
 * (src/hotspot/share/runtime/frame.cpp and src/hotspot/cpu/x86/frame_x86.cpp, frame::sender; _x86.inline.hpp).
 *
 * What else lies on a stack, return addresses of calls that are over among it, is not looked at. Plain loads, of memory that is
 * there while its thread is in native code; nothing is asked of the machine.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_CHAIN_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/languages/hotspot/layout.h"

/* A number for the frames of the calling thread, which runs native code for a Java method: the same number, the same frames.
 * False: they have to be asked for. */
bool hotspot_identify(const struct hotspot_layout *layout, const void *environment, uint64_t *ret);

/* Whether the calling thread's frames can be followed, and interpreted ones look as they should. */
bool hotspot_chain_test(const struct hotspot_layout *layout, const void *environment);

#endif
