#include "exporter/formats/review/finding.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"
#include "exporter/formats/describe.h"
#include "exporter/formats/escape.h"
#include "exporter/model/kind.h"

enum review_level review_level(const struct model_finding *f)
{
    if (f->allowed)
        return REVIEW_NOTE;
    return f->confidence == VERDICT_PROVEN ? REVIEW_ERROR : f->confidence == VERDICT_LIKELY ? REVIEW_WARNING : REVIEW_NOTE;
}

struct review_place review_frame_place(const struct model *model, uint32_t frame, const struct format_options *options)
{
    struct review_place place = {.path = NULL};
    if (frame == MODEL_NONE)
        return place;
    const struct model_frame *f = &model->frames[frame];
    place.function = strcmp(f->function, "?") != 0 ? f->function : NULL;
    if (!f->file || !f->file[0])
        return place;
    place.path = path_shown(f->file, options->root);
    place.is_relative = place.path[0] != '/';
    place.line = f->line;
    return place;
}

struct review_place review_place(const struct model *model, uint32_t group, const struct format_options *options)
{
    return review_frame_place(model, model->groups[group].location, options);
}

struct review_place review_line(const struct model *model, const struct model_finding *f, const struct format_options *options)
{
    struct review_place loop = review_frame_place(model, f->loop, options);
    return loop.path ? loop : review_place(model, f->group, options);
}

char *review_headline(const struct model *model, const struct model_finding *f, size_t width)
{
    char *what = describe_finding(model, f);
    char *statement = width > 0 ? escape_printable(model->statements[model->groups[f->group].statement].text, width) : NULL;
    char *words = alloc_format("%s: %s%s%s", kind_of(f->kind)->title, what, statement ? ": " : "", statement ? statement : "");
    free(statement);
    free(what);
    return words;
}

char *review_details(const struct model *model, const struct model_finding *f)
{
    char *join = describe_join(model, f, false);
    char *also = describe_also(model, f);
    char *databases = describe_databases(model, f);
    char *words = alloc_format("%s%s%sConfidence: %s.%s%s%s%s%s%s%s%s%s Fix: %s%s%s", f->allowed ? "Allowed: " : "",
                               f->allowed ? f->allowed : "", f->allowed ? ". " : "",
                               describe_confidence(f->kind, f->confidence, describe_why(model, f)), join ? " Join: " : "",
                               join ? join : "", join ? "." : "", also ? " Also: " : "", also ? also : "", also ? "." : "",
                               databases ? " Also on " : "", databases ? databases : "", databases ? "." : "", f->advice.text,
                               f->advice.sql ? ": " : ".", f->advice.sql ? f->advice.sql : "");
    free(databases);
    free(also);
    free(join);
    return words;
}

char *review_details_at_line(const struct model *model, const struct model_finding *f, const struct format_options *options)
{
    struct review_place line = review_line(model, f, options);
    struct review_place sent = review_place(model, f->group, options);
    char *details = review_details(model, f);
    if (!sent.path || sent.line == 0 || (sent.line == line.line && strcmp(sent.path, line.path) == 0))
        return details;
    const char *function = sent.function ? sent.function : "";
    char *words = alloc_format("Query: %s%s%s:%u. %s", function, function[0] ? ", " : "", sent.path, sent.line, details);
    free(details);
    return words;
}
