#include "exporter/formats/text/source.h"

#include "exporter/formats/printable.h"
#include "exporter/formats/source.h"

void text_write_source(const struct text *t, const char *file, uint32_t line, size_t indent)
{
    struct source_lines source;
    struct source_files *files = source_files_create(false);
    bool is_there = source_read(files, file, line, 1, 1, &source);
    source_files_destroy(files);
    if (!is_there)
        return;
    for (uint32_t i = 0; i < source.count; i++) {
        bool here = source.first + i == line;
        size_t room = t->options->width > indent + 30 ? t->options->width - indent - 11 : 30;
        const char *rest = source.lines[i];
        text_style(t, here ? TEXT_BOLD : TEXT_DIM);
        fprintf(t->out, "%*s%c %5u |%s", (int)indent, "", here ? '>' : ' ', source.first + i, *rest ? " " : "");
        /* Tabs in front keep their width. */
        for (; *rest == '\t' && room > 4; rest++, room -= 4)
            fputs("    ", t->out);
        printable_write(t->out, rest, room);
        text_style(t, TEXT_PLAIN);
        putc('\n', t->out);
    }
    source_finish(&source);
}
