/* The text report on stdout, as the terminal takes it and the configuration wants it. State of the process. */
#ifndef NPLUS1_VIEWER_PAGE_H
#define NPLUS1_VIEWER_PAGE_H

#include "exporter/formats/text/options.h"
#include "exporter/model/model.h"

/* Says how long a round trip to the database takes, whatever the configuration says. NULL, or what is wrong, to be freed. */
char *page_set_round_trip(const char *text);

/* Width, colours and the like of a text on stdout; ask before the pager starts. The directory stays the caller's. */
struct text_options page_options(const char *directory);

/* With paths relative to the working directory. */
void page_write(const struct model *model, const struct text_options *options);

#endif
