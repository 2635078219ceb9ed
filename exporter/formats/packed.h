/* Messages of Protocol Buffers, written one after the other: a message is what its parts are in a row, so that none has to stand
 * in memory as a whole. */
#ifndef NPLUS1_EXPORTER_FORMATS_PACKED_H
#define NPLUS1_EXPORTER_FORMATS_PACKED_H

#include <stdio.h>

#include <protobuf-c/protobuf-c.h>

/* Errors stay in the stream. */
void packed_write(FILE *out, const ProtobufCMessage *message);

/* What stands before a message, or before what it is made of in a row, as the field of that number. */
void packed_head(FILE *out, unsigned number, size_t size);

/* A message within another one, whose parts are written first. */
struct packed_part {
    FILE *out; /* takes the parts */
    char *bytes;
    size_t size;
};

/* In place: the stream keeps pointers into the struct. */
void packed_part_begin(struct packed_part *part);

/* Writes it as the field of that number. */
void packed_part_end(struct packed_part *part, unsigned number, FILE *out);

#endif
