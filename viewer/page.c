#include "viewer/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exporter/formats/text/report.h"

void page_write(const struct model *model, size_t width, bool color, enum text_by by, uint32_t rows)
{
    char *directory = getcwd(NULL, 0);
    struct text_options options = {
        .width = width,
        .color = color,
        .directory = directory,
        .by = by,
        .rows = rows,
    };
    text_write(model, &options, stdout);
    free(directory);
}
