#include "exporter/formats/review/github.h"

#include <inttypes.h>
#include <stdlib.h>

#include "exporter/formats/escape.h"
#include "exporter/formats/review/finding.h"
#include "exporter/model/kind.h"

/* docs.github.com, "Workflow commands for GitHub Actions" and "About annotations": of each level and step. */
#define SHOWN_MAX 10
#define WIDTH     200  /* columns of a statement */
#define DETAILS   2000 /* columns; GitHub cuts a message at 4 KB */
#define PATH      1000

static void write_place(FILE *out, struct review_place place)
{
    if (!place.path)
        return;
    fputs("file=", out);
    escape_property(out, place.path, PATH);
    if (place.line > 0)
        fprintf(out, ",line=%u", place.line);
    putc(',', out);
}

static void write_annotation(const struct model *model, const struct model_finding *f, const struct format_options *options,
                             FILE *out)
{
    static const char *const commands[REVIEW_LEVELS] = {"error", "warning", "notice"};
    char *headline = review_headline(model, f, WIDTH);
    char *details = review_details_at_line(model, f, options);
    fprintf(out, "::%s ", commands[review_level(f)]);
    write_place(out, review_line(model, f, options));
    fputs("title=", out);
    escape_property(out, kind_of(f->kind)->title, 0);
    fputs("::", out);
    escape_command(out, headline, DETAILS);
    fputs("%0A", out);
    escape_command(out, details, DETAILS);
    fprintf(out, "%%0AName: %016" PRIx64 "\n", f->signature);
    free(details);
    free(headline);
}

void github_write(const struct model *model, const struct format_options *options, FILE *out)
{
    uint32_t counts[REVIEW_LEVELS] = {0};
    uint32_t left = 0;
    for (uint32_t i = 0; i < model->finding_count; i++) {
        const struct model_finding *f = &model->findings[i];
        if (counts[review_level(f)]++ < SHOWN_MAX)
            write_annotation(model, f, options, out);
        else
            left++;
    }
    if (left > 0)
        fprintf(out, "%u more %s not shown here; nplus1 report has all\n", left, left == 1 ? "finding is" : "findings are");
}
