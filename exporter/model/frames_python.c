#include "frames.h"

uint32_t python_frame_line(const struct recording_frame *frame)
{
    return frame->line ? frame->line : frame->first_line;
}
