/* Values as PostgreSQL sends them, in text or binary, as hashes of agent/value/value.h: one value hashes alike in both formats.
 *
 * Pure but for the salt; allocates nothing; any thread. Formats and types: src/include/catalog/pg_type.dat and the send functions
 * of src/backend/utils/adt.
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_STATEMENT_DATUM_H
#define NPLUS1_COLLECTORS_POSTGRESQL_STATEMENT_DATUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/value/value.h"

#define PQ_DATUM_MAX VALUE_LONG /* bytes up to which a value is hashed as a whole */

/* type: its Oid, 0 when it is not known. binary: its format. */
uint64_t pq_datum_hash(unsigned type, bool binary, const char *data, size_t length);

/* Most keys are this: an int4, for which the two need no call. */
static inline bool pq_datum_is_int(unsigned type, size_t length)
{
    return type == 23 && length == 4;
}

/* How many elements an array has; 0 when the value is none. */
uint32_t pq_datum_elements(unsigned type, bool binary, const char *data, size_t length);

#endif
