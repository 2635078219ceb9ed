/* Frames of HotSpot, JDK 11 to 25. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_HOTSPOT_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_HOTSPOT_H

#include "agent/stack/walker.h"

extern const struct language_walker hotspot_walker;

#endif
