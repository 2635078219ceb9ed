#include "viewer/export/send.h"

#include <stdio.h>
#include <stdlib.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/metrics/otlp.h"
#include "viewer/export/http.h"

#define BODY_MAX (4u << 20) /* bytes after which a request ends; collectors take 20 MiB unless told otherwise */

/* A request that is being filled. */
struct body {
    char *bytes;
    size_t size;
    FILE *out;
    uint32_t *findings;
    uint32_t count, capacity;
};

static void body_begin(struct body *body)
{
    body->count = 0;
    body->out = open_memstream(&body->bytes, &body->size);
    if (!body->out)
        alloc_failed();
}

static char *body_send(struct body *body, const struct endpoint *endpoint, const struct model *model, struct state *state)
{
    if (fclose(body->out) != 0)
        alloc_failed();
    char *error = body->count > 0 ? http_post(endpoint, body->bytes, body->size) : NULL;
    free(body->bytes);
    if (error || !state || body->count == 0)
        return error;
    for (uint32_t i = 0; i < body->count; i++)
        state_note_sent(state, model, body->findings[i]);
    state_save(state);
    return NULL;
}

char *send_findings(const struct endpoint *endpoint, const struct model *model, const struct format_options *options,
                    struct state *state, bool all)
{
    struct body body = {0};
    char *error = NULL;
    body_begin(&body);
    for (uint32_t i = 0; i < model->finding_count && !error; i++) {
        if (state && !state_is_due(state, model, i, all))
            continue;
        otlp_write_finding(model, i, state ? state_round(state, model, i) : 0, options, body.out);
        ALLOC_GROW(body.findings, body.count, body.capacity);
        body.findings[body.count++] = i;
        fflush(body.out);
        if (body.size < BODY_MAX)
            continue;
        error = body_send(&body, endpoint, model, state);
        body_begin(&body);
        if (error)
            body.count = 0;
    }
    char *last = body_send(&body, endpoint, model, error ? NULL : state);
    free(body.findings);
    if (error)
        free(last);
    return error ? error : last;
}
