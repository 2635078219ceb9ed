/* Memory for one decoded record at a time: allocations are never freed singly, a reset drops them all.
 *
 * One thread at a time. Not for the agent: the blocks come from malloc.
 */
#ifndef NPLUS1_EXPORTER_STREAM_DECODING_SCRATCH_H
#define NPLUS1_EXPORTER_STREAM_DECODING_SCRATCH_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

struct scratch_block;

struct scratch {
    ProtobufCAllocator allocator; /* for the unpack functions; points back into this struct, which must not move */
    struct scratch_block *block;  /* newest first */
    size_t used;                  /* of the newest */
};

void scratch_init(struct scratch *scratch);
void scratch_reset(struct scratch *scratch); /* keeps one block */
void scratch_finish(struct scratch *scratch);

#endif
