#include "exporter/symbols/python/frames_python.h"

#include "exporter/stream/python_lines.h"

uint32_t python_frame_line(const struct recording_frame *frame)
{
    struct python_location location;

    if (frame->line)
        return frame->line;
    if (frame->line_table.length > 0 &&
        python_lines_find(frame->line_table_format, frame->line_table.data, frame->line_table.length, frame->first_line,
                          frame->last_instruction, &location) &&
        location.line)
        return location.line;
    return frame->first_line;
}
