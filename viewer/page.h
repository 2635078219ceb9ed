/* The text report on stdout, as the terminal takes it and the configuration wants it. State of the process. */
#ifndef NPLUS1_VIEWER_PAGE_H
#define NPLUS1_VIEWER_PAGE_H

#include "exporter/formats/text/options.h"
#include "exporter/model/model.h"

struct verb;

/* The option --round-trip: how long one to the database takes, whatever the configuration says. EXIT_FINE, or that of a
 * complaint. */
int page_take_round_trip(const struct verb *verb, const char *text);

/* Width, colours and the like of a text on stdout; ask before the pager starts. The directory stays the caller's. */
struct text_options page_options(const char *directory);

/* With paths relative to the working directory. */
void page_write(const struct model *model, const struct text_options *options);

#endif
