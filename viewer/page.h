/* The text report on stdout, as the terminal takes it. */
#ifndef NPLUS1_VIEWER_PAGE_H
#define NPLUS1_VIEWER_PAGE_H

#include "exporter/model/model.h"

void page_write(const struct model *model, size_t width, bool color);

#endif
