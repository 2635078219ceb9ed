#include "exporter/formats/json/frames.h"

#include <inttypes.h>
#include <stdlib.h>

#include "exporter/base/alloc.h"

#define KEPT_MAX ((size_t)32 << 20) /* bytes: names of a made-up recording can be long */

struct text {
    size_t start;
    size_t length; /* 0: not made so far */
};

struct json_frames {
    const struct model *model;
    struct text *texts; /* by frame */
    char *bytes;
    size_t size;
    FILE *out; /* writes the bytes */
};

void json_frame(struct json_writer *json, const struct model_frame *f)
{
    json_flat_object(json, NULL);
    json_text(json, "function", f->function);
    json_text(json, "file", f->file);
    json_number_or_null(json, "line", f->line);
    json_text(json, "module", f->module);
    json_text(json, "language", f->language);
    json_bool(json, "in_app", f->in_app);
    if (f->offset) {
        char text[32];
        snprintf(text, sizeof text, "0x%" PRIx64, f->offset);
        json_text(json, "offset", text);
    }
    json_object_end(json);
}

struct json_frames *json_frames_create(const struct model *model)
{
    struct json_frames *f = alloc_zeroed(1, sizeof *f);
    f->model = model;
    f->texts = alloc_zeroed(model->frame_count, sizeof *f->texts);
    f->out = open_memstream(&f->bytes, &f->size);
    if (!f->out)
        alloc_failed();
    return f;
}

void json_frames_destroy(struct json_frames *f)
{
    if (!f)
        return;
    fclose(f->out);
    free(f->bytes);
    free(f->texts);
    free(f);
}

static void make(struct json_frames *f, uint32_t frame)
{
    struct json_writer json;
    struct text *text = &f->texts[frame];
    text->start = f->size;
    json_begin(&json, f->out);
    json_frame(&json, &f->model->frames[frame]);
    if (fflush(f->out) != 0)
        alloc_failed();
    text->length = f->size - text->start;
}

void json_frames_write(struct json_frames *f, struct json_writer *json, uint32_t frame)
{
    const struct text *text = &f->texts[frame];
    if (!text->length && f->size < KEPT_MAX)
        make(f, frame);
    if (text->length)
        json_raw(json, f->bytes + text->start, text->length);
    else
        json_frame(json, &f->model->frames[frame]);
}
