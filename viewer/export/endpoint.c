#include "viewer/export/endpoint.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "viewer/complain.h"

#define PREFIX     "OTEL_EXPORTER_OTLP_"
#define TIMEOUT_MS 10000
#define LONGEST_MS 600000

/* A variable for traces goes before the one for every signal; an empty one is none. *ret_of_traces tells which it was. */
static const char *variable(const char *name, bool *ret_of_traces)
{
    char *own = alloc_format(PREFIX "TRACES_%s", name);
    char *common = alloc_format(PREFIX "%s", name);
    const char *value = getenv(own);
    bool of_traces = value && *value;
    if (!of_traces)
        value = getenv(common);
    free(own);
    free(common);
    if (ret_of_traces)
        *ret_of_traces = of_traces;
    return value && *value ? value : NULL;
}

bool endpoint_is_named(void)
{
    return variable("ENDPOINT", NULL) != NULL;
}

static int digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static void decode_percents(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        if (*in == '%' && isxdigit((unsigned char)in[1]) && isxdigit((unsigned char)in[2])) {
            *out++ = (char)(digit(in[1]) * 16 + digit(in[2]));
            in += 2;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
}

/* No line can be smuggled into the request. */
static bool has_control(const char *text)
{
    for (; *text; text++) {
        if (iscntrl((unsigned char)*text))
            return true;
    }
    return false;
}

/* "name=value,name=value", values in percent-encoding. Never shown: they are often secrets. */
static bool add_headers(struct endpoint *e, const char *list)
{
    char *copy = alloc_format("%s", list ? list : "");
    char *rest = copy;
    bool fine = true;
    for (char *pair = strsep(&rest, ","); pair && fine; pair = strsep(&rest, ",")) {
        pair += strspn(pair, " ");
        char *equals = strchr(pair, '=');
        if (!*pair)
            continue;
        if (!equals || equals == pair) {
            fine = false;
            break;
        }
        *equals = '\0';
        decode_percents(equals + 1);
        fine = !has_control(pair) && !has_control(equals + 1);
        e->headers = alloc_resize(e->headers, e->header_count + 1, sizeof *e->headers);
        e->headers[e->header_count++] = alloc_format("%s: %s", pair, equals + 1);
    }
    free(copy);
    return fine;
}

static long read_timeout(void)
{
    const char *text = variable("TIMEOUT", NULL);
    char *end = NULL;
    long ms = text ? strtol(text, &end, 10) : TIMEOUT_MS;
    return text && (*end || ms <= 0) ? TIMEOUT_MS : ms > LONGEST_MS ? LONGEST_MS : ms;
}

bool endpoint_begin(struct endpoint *e)
{
    bool of_traces;
    const char *url = variable("ENDPOINT", &of_traces);
    const char *protocol = variable("PROTOCOL", NULL);
    *e = (struct endpoint){.url = NULL};
    if (protocol && strcmp(protocol, "http/protobuf") != 0) {
        complain(PREFIX "PROTOCOL", "%s: only http/protobuf can be sent", protocol);
        return false;
    }
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
        complain(PREFIX "ENDPOINT", "%s: is no URL of http or https", url);
        return false;
    }
    e->url = of_traces ? alloc_format("%s", url) : alloc_format("%s%sv1/traces", url, url[strlen(url) - 1] == '/' ? "" : "/");
    e->timeout_ms = read_timeout();
    if (!add_headers(e, variable("HEADERS", NULL))) {
        complain(PREFIX "HEADERS", "is no list of name=value with commas between them");
        endpoint_finish(e);
        return false;
    }
    return true;
}

void endpoint_finish(struct endpoint *e)
{
    for (size_t i = 0; i < e->header_count; i++)
        free(e->headers[i]);
    free(e->headers);
    free(e->url);
    *e = (struct endpoint){.url = NULL};
}
