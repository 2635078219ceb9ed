/* Lines of CPython frames, whose code objects carry tables of them. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_SYMBOLS_PYTHON_FRAMES_PYTHON_H
#define NPLUS1_EXPORTER_SYMBOLS_PYTHON_FRAMES_PYTHON_H

#include "exporter/recording/tables.h"

/* The line that the frame was at. */
uint32_t python_frame_line(const struct recording_frame *frame);

#endif
