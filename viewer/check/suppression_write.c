#include "viewer/check/suppression_write.h"

#include <inttypes.h>
#include <string.h>

#include "exporter/formats/printable.h"
#include "exporter/formats/text/parts.h"
#include "exporter/model/names.h"
#include "exporter/model/kind.h"

#define TEXT_MAX 200 /* bytes of a text that a pattern has: the agent reads words of 1,023 */

/* A glob that matches the text and can be read back: what has a meaning of its own is escaped, what cannot stand in a line of
 * text matches any character. Other letters than those of ASCII are a star, as ? is a byte here and a character in the agent. */
static void write_glob(const char *name, const char *text, size_t max, FILE *out)
{
    fprintf(out, " %s=\"", name);
    for (size_t i = 0; text[i]; i++) {
        unsigned char c = (unsigned char)text[i];
        if (i == max) {
            putc('*', out);
            break;
        }
        if (c >= 0x80 && (unsigned char)text[i + 1] < 0x80)
            putc('*', out);
        else if (c < 0x20 || c == 0x7f || c == '"' || c == '?')
            putc('?', out);
        else if (c == '*' || c == '[' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x80)
            putc(c, out);
    }
    putc('"', out);
}

/* The last two components: enough to tell files apart, and the same wherever the project was built. */
static const char *end_of_path(const char *path)
{
    const char *at = path + strlen(path);
    for (int slashes = 0; at > path; at--) {
        if (at[-1] == '/' && ++slashes == 2)
            break;
    }
    return at[0] == '/' ? at + 1 : at;
}

void suppression_write(const struct model *model, const struct model_finding *f, const struct text_options *options, FILE *out)
{
    const struct model_group *g = &model->groups[f->group];
    const struct model_frame *frame = g->location != MODEL_NONE ? &model->frames[g->location] : NULL;
    const char *statement = model->statements[g->statement].text;
    fprintf(out, "# %s, %s: ", kind_of(f->kind)->name, model_confidence_name(f->confidence));
    text_write_location(model, g->location, options, out, 0);
    fputs("\n# ", out);
    printable_write(out, statement, TEXT_MAX);
    fprintf(out, "\n%016" PRIx64 " kind=%s", f->signature, kind_of(f->kind)->name);
    if (frame && frame->file)
        write_glob("file", end_of_path(frame->file), SIZE_MAX, out);
    if (frame && strcmp(frame->function, "?") != 0)
        write_glob("function", frame->function, TEXT_MAX, out);
    write_glob("statement", statement, TEXT_MAX, out);
    fputs("\n\n", out);
}
