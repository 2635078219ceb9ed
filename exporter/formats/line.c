#include "exporter/formats/line.h"

#include <inttypes.h>
#include <string.h>

#include "exporter/formats/printable.h"
#include "exporter/formats/text/parts.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"

#define STATEMENT_MAX 200 /* columns */
#define FUNCTION_MAX  100

void text_write_line(const struct model *model, const struct model_finding *f, const struct text_options *options, FILE *out)
{
    const struct model_group *g = &model->groups[f->group];
    char digits[PRINTABLE_NUMBER];
    uint32_t frame = f->loop != MODEL_NONE ? f->loop : g->location;
    text_write_line_of_source(model, frame, options, out);
    fprintf(out, ": %s, %s: ", kind_of(f->kind)->name, model_confidence_name(f->confidence));
    fprintf(out, "%s executions of ", printable_number(f->executions_everywhere, digits));
    printable_write(out, model->statements[g->statement].text, STATEMENT_MAX);
    if (frame != MODEL_NONE && strcmp(model->frames[frame].function, "?") != 0) {
        fputs(", in ", out);
        printable_write(out, model->frames[frame].function, FUNCTION_MAX);
    }
    if (f->databases > 1)
        fprintf(out, ", in %s databases", printable_number(f->databases, digits));
    fprintf(out, " [%016" PRIx64 "]\n", f->signature);
}
