/* Decodes records as the generated code does, but in one pass and without copies: for what nearly all of a recording is made of.
 *
 * Thread safety and memory as the caller's scratch: what is returned points into it and into the bytes.
 */
#ifndef NPLUS1_EXPORTER_STREAM_DECODING_DECODE_H
#define NPLUS1_EXPORTER_STREAM_DECODING_DECODE_H

#include "exporter/stream/nplus1.pb-c.h"
#include "exporter/stream/decoding/scratch.h"

/* A record with one message of numbers, flags, bytes and texts. NULL: it is another one or damaged, which the generated code has
 * to tell. */
const Nplus1__Record *decode_record(struct scratch *scratch, const unsigned char *bytes, size_t size);

#endif
