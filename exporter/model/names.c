#include "exporter/model/names.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

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
