/* Frames of the live view as lines of text, without control characters. Pure but for memory. */
#ifndef NPLUS1_VIEWER_TOP_VIEW_H
#define NPLUS1_VIEWER_TOP_VIEW_H

#include <stddef.h>

#include "viewer/top/state.h"

enum view_style { VIEW_PLAIN, VIEW_HEAD, VIEW_SELECTED, VIEW_FINDING, VIEW_DIM };

struct view_line {
    char *text;
    enum view_style style;
};

struct view {
    struct view_line *lines;
    size_t count, capacity;
};

/* The table: a head of VIEW_HEADS lines, then rows from `first` on; height: of all lines, 0: as many as there are. */
#define VIEW_HEADS 4
void view_table(struct view *view, const struct top *top, size_t width, size_t height, int first, bool marks_selected);

/* All of one row: statement, finding, advice, parent, stack. */
void view_details(struct view *view, const struct top *top, const struct top_row *row, size_t width);

void view_help(struct view *view);

void view_finish(struct view *view);

#endif
