#include "viewer/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exporter/formats/text/report.h"

void page_write(const struct model *model, size_t width, bool color)
{
    char *directory = getcwd(NULL, 0);
    struct text_options options = {
        .width = width,
        .color = color,
        .directory = directory,
    };
    text_write(model, &options, stdout);
    free(directory);
}
