#include "exporter/formats/html/html.h"

#include <string.h>

#include "exporter/formats/html/data.h"

/* page.html, page.css and page.js, by scripts/embed.py. */
extern const char html_page_html[], html_page_css[], html_page_js[];

/* In a script element only "</script" and "<!--" mean something, and a less-than sign stands in JSON's texts alone. */
static ssize_t write_escaped(void *cookie, const char *data, size_t size)
{
    FILE *out = cookie;
    size_t done = 0;
    while (done < size) {
        const char *less = memchr(data + done, '<', size - done);
        size_t plain = less ? (size_t)(less - data) - done : size - done;
        fwrite(data + done, 1, plain, out);
        done += plain;
        if (done < size) {
            fputs("\\u003c", out);
            done++;
        }
    }
    return ferror(out) ? 0 : (ssize_t)size;
}

static void write_data(const struct model *model, FILE *out)
{
    FILE *escaped = fopencookie(out, "w", (cookie_io_functions_t){.write = write_escaped});
    if (!escaped)
        return;
    html_write_data(model, escaped);
    fclose(escaped);
}

void html_write(const struct model *model, const struct format_options *options, FILE *out)
{
    const char *rest = html_page_html;
    (void)options;
    for (const char *mark; (mark = strchr(rest, '@')); rest = strchr(mark + 1, '@') + 1) {
        fwrite(rest, 1, (size_t)(mark - rest), out);
        if (strncmp(mark, "@STYLE@", 7) == 0)
            fputs(html_page_css, out);
        else if (strncmp(mark, "@SCRIPT@", 8) == 0)
            fputs(html_page_js, out);
        else
            write_data(model, out);
    }
    fputs(rest, out);
}
