/* The text report on stdout, as the terminal takes it. */
#ifndef NPLUS1_VIEWER_PAGE_H
#define NPLUS1_VIEWER_PAGE_H

#include "exporter/formats/text/options.h"
#include "exporter/model/model.h"

/* by, rows: see text/options.h. */
void page_write(const struct model *model, size_t width, bool color, enum text_by by, uint32_t rows);

#endif
