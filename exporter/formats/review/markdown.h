/* A comment for a pull or merge request, in the Markdown of GitHub and GitLab. It has at most as many bytes as GitHub's comments
 * have characters, or as the options say; findings that do not fit are left out, and the last line says how many. The same model
 * gives the same bytes. */
#ifndef NPLUS1_EXPORTER_FORMATS_REVIEW_MARKDOWN_H
#define NPLUS1_EXPORTER_FORMATS_REVIEW_MARKDOWN_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

#define MARKDOWN_LIMIT 65536 /* characters of a comment on GitHub; GitLab takes 1,000,000 */
#define MARKDOWN_LEAST 2000  /* the smallest limit that has room for the head */

/* Errors stay in the stream. */
void markdown_write(const struct model *model, const struct format_options *options, FILE *out);

#endif
