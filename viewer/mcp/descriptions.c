#include "viewer/mcp/tools.h"

#define TEXT(name, words) "\"" name "\":{\"type\":\"string\",\"description\":\"" words "\"}"
#define TOOL(name, title, words, properties, required, read_only)                                                                \
    "{\"name\":\"" name "\",\"title\":\"" title "\",\"description\":\"" words                                                    \
    "\",\"inputSchema\":{\"type\":\"object\",\"properties\":{" properties "},\"required\":[" required                            \
    "],\"additionalProperties\":false},\"annotations\":{\"readOnlyHint\":" read_only "}}"

#define PATH                                                                                                                     \
    TEXT("path", "A recording (*.pb) or a directory of them; without it those that the server was started with, or the newest "  \
                 "of the working directory.")

const char *const tools_list = "{\"tools\":[" TOOL(
    "list_findings", "List N+1 findings",
    "What is wrong with how the recorded program uses its database: N+1 queries and the like, each with the line to change, "
    "the statement and the advice. The most frequent first, 100 at the most: findings_left_out counts the others.",
    PATH
    "," TEXT("kind", "Only this kind: n_plus_one, write_loop, duplicate_query, ...") ","
                                                                                     "\"confidence\":{\"type\":\"string\","
                                                                                     "\"enum\":[\"possible\",\"likely\","
                                                                                     "\"proven\"],\"description\":\"The least "
                                                                                     "confidence; likely when it is left out.\"}",
    "", "true") "," TOOL("show_finding", "Show one finding",
                         "All that is known of a finding and that its fix needs: lines of source around the loop, the stack, the "
                         "parent's statement and the column "
                         "that the parameter comes from, advice in the words of the mapper, and a rewritten statement where "
                         "there is one.",
                         PATH "," TEXT("signature", "As list_findings has it."), "\"signature\"",
                         "true") "," TOOL("run_command", "Run a command under nplus1",
                                          "Runs a command (a test, a script) with the agent preloaded, and gives its status, the "
                                          "end of its output and the findings. The recording's "
                                          "path can be given to the other tools until the server ends.",
                                          "\"command\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"minItems\":1,"
                                          "\"description\":\"The program and its arguments; no "
                                          "shell.\"},\"timeout_s\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":3600,"
                                          "\"description\":\"Seconds after which it is ended; "
                                          "120 when it is left out.\"}",
                                          "\"command\"", "false") "," TOOL("diff", "Compare two recordings",
                                                                           "Before and after a change: executions, and which "
                                                                           "findings are new, gone or changed.",
                                                                           TEXT("before", "A recording or a directory.") "," TEXT(
                                                                               "after", "A recording or a directory."),
                                                                           "\"before\",\"after\"", "true") "]}";
