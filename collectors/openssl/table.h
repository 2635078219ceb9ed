/* The names by which a copy of libssl is found in a program that was linked with its archive, exports it and calls it itself, as
 * Node.js does. Agent and viewer look for it. */
#ifndef NPLUS1_COLLECTORS_OPENSSL_TABLE_H
#define NPLUS1_COLLECTORS_OPENSSL_TABLE_H

#include "agent/loading/copies_kind.h"

extern const struct copies_hidden ssl_table;
extern const size_t ssl_table_size; /* functions in it */

#endif
