#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "viewer/mcp/access.h"
#include "viewer/mcp/models.h"
#include "viewer/mcp/rpc.h"
#include "viewer/mcp/runner.h"
#include "viewer/mcp/tools.h"
#include "viewer/verbs.h"

/* Of the protocol, the newest first. */
static const char *const versions[] = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};

/* The client's version where it is known, else the newest that is. */
static const char *version_for(const json_t *params)
{
    const char *wanted = json_string_value(json_object_get(params, "protocolVersion"));
    for (size_t i = 0; wanted && i < sizeof versions / sizeof *versions; i++) {
        if (strcmp(wanted, versions[i]) == 0)
            return versions[i];
    }
    return versions[0];
}

static void initialize(const struct rpc_request *request)
{
    char *result = alloc_format(
        "{\"protocolVersion\":\"%s\",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"nplus1\",\"version\":\"%s\"},"
        "\"instructions\":\"Finds N+1 queries in programs that use SQLite or PostgreSQL. Run a test or a script with "
        "run_command, look at a finding with show_finding, change the line that it names, run again, and compare with "
        "diff.\"}",
        version_for(request->params), NPLUS1_VERSION);
    rpc_answer(request, result);
    free(result);
}

static void call_tool(const struct rpc_request *request)
{
    const char *name = json_string_value(json_object_get(request->params, "name"));
    const json_t *arguments = json_object_get(request->params, "arguments");
    char *result = name ? tools_call(name, json_is_object(arguments) ? arguments : NULL) : NULL;
    if (result)
        rpc_answer(request, result);
    else
        rpc_refuse(request, RPC_INVALID_PARAMS, "unknown tool");
    free(result);
}

static void answer(const struct rpc_request *request)
{
    if (strcmp(request->method, "initialize") == 0)
        initialize(request);
    else if (strcmp(request->method, "ping") == 0)
        rpc_answer(request, "{}");
    else if (strcmp(request->method, "tools/list") == 0)
        rpc_answer(request, tools_list);
    else if (strcmp(request->method, "tools/call") == 0)
        call_tool(request);
    else
        rpc_refuse(request, RPC_METHOD_NOT_FOUND, "unknown method");
}

static const struct verb_option options[] = {
    {0, NULL, "PATH", "recordings or directories of them; none: the newest *.pb of the working directory", false},
    {VERB_OPTION_OWN, "any-path", NULL, "let clients name recordings anywhere, not below the working directory alone", false},
    {0},
};

static int run(const struct verb *verb, int argc, char **argv)
{
    struct rpc_request request;
    int status = EXIT_FINE;
    int option;
    access_allow(".");
    while ((option = verb_option(verb, argc, argv, &status)) != -1) {
        if (option == VERB_OPTION_DONE)
            return status;
        access_allow_all();
    }
    for (int i = optind; i < argc; i++)
        access_allow(argv[i]);
    tools_start(argv + optind, argc - optind);
    runner_end_by_signals(); /* clients end their servers so: the recordings of what was run go, too */
    while (rpc_next(&request)) {
        if (request.method)
            answer(&request);
        rpc_finish(&request);
    }
    models_end();
    runner_end();
    return verb_finish(status);
}

const struct verb verb_mcp = {
    .name = "mcp",
    .synopsis = "[--any-path] [PATH ...]",
    .summary = "Serves findings to coding agents: the Model Context Protocol on standard input and output.",
    .options = options,
    .run = run,
};
