#include "viewer/mcp/rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"

char *rpc_quote(const char *text)
{
    json_t *value = json_string_nocheck(text);
    char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    if (quoted)
        return quoted;
    return alloc_format("\"?\"");
}

/* Several requests in one line, as version 2025-03-26 has them: their answers are one line, too. */
static struct {
    json_t *requests; /* NULL: none is being answered */
    size_t next;
    bool has_answer;
} batch;

static void write_answer(const json_t *id, const char *name, const char *value)
{
    char *number = id ? json_dumps(id, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    const char *before = !batch.requests ? "" : batch.has_answer ? "," : "[";
    printf("%s{\"jsonrpc\":\"2.0\",\"id\":%s,\"%s\":%s}%s", before, number ? number : "null", name, value,
           batch.requests ? "" : "\n");
    batch.has_answer = true;
    if (!batch.requests)
        fflush(stdout);
    free(number);
}

static void write_error(const json_t *id, enum rpc_error code, const char *why)
{
    char *words = rpc_quote(why);
    char *error = alloc_format("{\"code\":%d,\"message\":%s}", (int)code, words);
    write_answer(id, "error", error);
    free(error);
    free(words);
}

void rpc_answer(const struct rpc_request *request, const char *result)
{
    if (request->id)
        write_answer(request->id, "result", result);
}

void rpc_refuse(const struct rpc_request *request, enum rpc_error code, const char *why)
{
    if (request->id)
        write_error(request->id, code, why);
}

/* Takes the request over. */
static void take(struct rpc_request *request, json_t *root)
{
    request->root = root;
    const json_t *id = json_object_get(request->root, "id");
    const char *method = json_string_value(json_object_get(request->root, "method"));
    bool is_fine = method && (!id || json_is_string(id) || json_is_integer(id));
    if (!is_fine) {
        /* An answer to a question that nobody asked has a result or an error, and gets none. */
        if (!json_object_get(request->root, "result") && !json_object_get(request->root, "error"))
            write_error(json_is_string(id) || json_is_integer(id) ? id : NULL, RPC_INVALID_REQUEST,
                        "this is no request of JSON-RPC 2.0");
        return;
    }
    request->id = id;
    request->method = method;
    request->params = json_object_get(request->root, "params");
    if (!json_is_object(request->params))
        request->params = NULL;
}

static void read_line(struct rpc_request *request, const char *line, size_t length)
{
    json_error_t error;
    json_t *root = json_loadb(line, length, JSON_DECODE_ANY, &error);
    if (!root)
        write_error(NULL, RPC_PARSE_ERROR, error.text);
    else if (json_array_size(root) == 0)
        take(request, root);
    else
        batch.requests = root;
}

/* The next one of a batch; false: there is none. */
static bool next_of_batch(struct rpc_request *ret)
{
    if (!batch.requests)
        return false;
    if (batch.next < json_array_size(batch.requests)) {
        take(ret, json_incref(json_array_get(batch.requests, batch.next++)));
        return true;
    }
    if (batch.has_answer)
        puts("]");
    fflush(stdout);
    json_decref(batch.requests);
    batch.requests = NULL;
    return false;
}

bool rpc_next(struct rpc_request *ret)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    *ret = (struct rpc_request){.root = NULL};
    if (next_of_batch(ret))
        return true;
    while ((length = getline(&line, &size, stdin)) > 0 && strspn(line, " \t\r\n") == (size_t)length)
        continue;
    batch.next = 0;
    batch.has_answer = false;
    if (length > 0)
        read_line(ret, line, (size_t)length);
    free(line);
    if (batch.requests)
        next_of_batch(ret);
    return length > 0;
}

void rpc_finish(struct rpc_request *request)
{
    json_decref(request->root);
    *request = (struct rpc_request){.root = NULL};
}
