#include "exporter/model/names.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *model_kind_name(enum verdict_kind kind)
{
    static const char *const names[] = {
        [VERDICT_NONE] = "none",
        [VERDICT_N_PLUS_ONE] = "n_plus_one",
        [VERDICT_DUPLICATE_QUERY] = "duplicate_query",
        [VERDICT_WRITE_LOOP] = "write_loop",
        [VERDICT_JOIN_FANOUT] = "join_fanout",
        [VERDICT_UNUSED_ROWS] = "unused_rows",
        [VERDICT_LARGE_IN_LIST] = "large_in_list",
        [VERDICT_REPREPARE] = "reprepare",
        [VERDICT_LONG_TRANSACTION] = "long_transaction",
    };
    return kind < COUNT(names) ? names[kind] : "unknown";
}

const char *model_confidence_name(enum verdict_confidence confidence)
{
    static const char *const names[] = {
        [VERDICT_CONFIDENCE_NONE] = "none",
        [VERDICT_POSSIBLE] = "possible",
        [VERDICT_LIKELY] = "likely",
        [VERDICT_PROVEN] = "proven",
    };
    return confidence < COUNT(names) ? names[confidence] : "unknown";
}

const char *model_ended_name(enum model_ended ended)
{
    return ended == MODEL_ENDED_EXIT ? "exit" : ended == MODEL_ENDED_RUNNING ? "running" : "killed";
}

const char *model_verb_name(uint32_t verb)
{
    static const char *const names[] = {
        "other",   "select",  "insert",     "update",  "delete", "merge",   "begin", "commit", "rollback", "savepoint", "release",
        "prepare", "execute", "deallocate", "discard", "copy",   "declare", "fetch", "close",  "ddl",      "pragma",
    };
    return verb < COUNT(names) ? names[verb] : "unknown";
}
