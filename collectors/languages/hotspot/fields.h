/* What libjvm exports of its own structures, for debuggers: gHotSpotVMStructs and gHotSpotVMTypes with the offsets of their
 * entries' members (src/hotspot/share/runtime/vmStructs.hpp).
 *
 * Any thread; allocates nothing.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_FIELDS_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

/* A member's offset in bytes, or a static one's address. False: this libjvm has none of the name. */
bool hotspot_field(const char *type, const char *field, uintptr_t *ret);

/* In bytes. */
bool hotspot_size(const char *type, uintptr_t *ret);

#endif
