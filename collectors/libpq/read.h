/* Between the functions that read values and those that know what is worth watching. */
#ifndef NPLUS1_COLLECTORS_LIBPQ_READ_H
#define NPLUS1_COLLECTORS_LIBPQ_READ_H

#include "agent/base/compiler.h"
#include "agent/group/watch.h"

extern HIDDEN struct watch_gate pq_read_gate;

/* Another copy of the library has come. */
void pq_read_copy_added(void);

#endif
