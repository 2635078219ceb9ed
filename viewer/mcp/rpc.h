/* JSON-RPC 2.0 by lines, batches included (jsonrpc.org/specification; modelcontextprotocol.io, transports: stdio). One thread. */
#ifndef NPLUS1_VIEWER_MCP_RPC_H
#define NPLUS1_VIEWER_MCP_RPC_H

#include <stdbool.h>

#include <jansson.h>

enum rpc_error {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
};

struct rpc_request {
    json_t *root;       /* owns the rest */
    const json_t *id;   /* NULL: a notification, which gets no answer */
    const char *method; /* NULL: it was answered already, being wrong */
    json_t *params;     /* an object, or NULL */
};

/* The next request of stdin; false at its end. To be given to rpc_finish. */
bool rpc_next(struct rpc_request *ret);
void rpc_finish(struct rpc_request *request);

/* Answers: `result` is JSON on one line. Nothing for a notification. */
void rpc_answer(const struct rpc_request *request, const char *result);
void rpc_refuse(const struct rpc_request *request, enum rpc_error code, const char *why);

/* A text as JSON, to be freed. */
char *rpc_quote(const char *text);

#endif
