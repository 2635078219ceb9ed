/* Frames of Java, and of other languages of its machine, on HotSpot 11 to 25. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_HOTSPOT_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_HOTSPOT_H

#include "agent/stack/walker.h"

extern const struct language_walker hotspot_walker;

#endif
