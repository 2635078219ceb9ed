/* Recorded frames as frames of the report: symbols, lines, and whether they are the program's own code. One thread at a time. */
#ifndef NPLUS1_EXPORTER_SYMBOLS_FRAMES_H
#define NPLUS1_EXPORTER_SYMBOLS_FRAMES_H

#include "exporter/symbols/go/generated.h"
#include "exporter/symbols/python/installed.h"
#include "exporter/base/real_paths.h"
#include "exporter/model/model.h"
#include "exporter/ownership/ownership.h"
#include "exporter/recording/tables.h"
#include "exporter/symbols/source_map/maps.h"
#include "exporter/symbols/symbols.h"

struct frame_context {
    const struct recording *recording;
    struct symbols *symbols;
    struct text_pool *pool;
    const struct ownership *ownership;
    struct real_paths *real_paths;
    struct installed *installed;
    struct generated *generated;
    struct source_maps *source_maps; /* NULL: places are those of what ran */
};

/* Fills ret, innermost inlined function first; returns how many. 0: the frame is the agent's, which stands in a stack where a
 * function of SQL or a callback asks again, and is none of the program's. */
size_t frames_resolve(const struct frame_context *context, const struct recording_frame *frame,
                      struct model_frame ret[SYMBOLS_INLINE_MAX]);

/* Whether the frame means anything to a reader. */
bool frames_is_informative(const struct model_frame *frame);

#endif
