#include "collectors/languages/v8/engine.h"

#include <string.h>

#include "agent/loading/exports.h"

/* v8::StackTrace::StackTraceOptions: line, column, script's name, function's name, and whether it is an eval or a constructor. */
#define OPTIONS 0x3f

/* v8::String::WriteOptions and its successor's flags: terminated, and nothing but whole characters. */
#define WRITE_OPTIONS 0
#define WRITE_FLAGS   1 /* String::WriteFlags::kNullTerminate */

struct location { /* v8::Location */
    int32_t line, column;
};

struct scope { /* v8::HandleScope: three words */
    void *words[4];
};

static struct {
    void *(*current)(void);
    bool (*in_context)(void *isolate);
    void *(*stack)(void *isolate, int frames, int options);
    int (*count)(const void *trace);
    void *(*frame)(const void *trace, void *isolate, uint32_t index);
    struct location (*location)(const void *frame);
    void *(*function)(const void *frame);
    void *(*script)(const void *frame);
    /* Either, by the version. */
    int (*write)(const void *string, void *isolate, char *out, int size, int *characters, int options);
    size_t (*write_more)(const void *string, void *isolate, char *out, size_t size, int flags, size_t *characters);
    /* Later versions have them in a header alone: then the handles live as long as the call from JavaScript. */
    void (*open_scope)(struct scope *scope, void *isolate);
    void (*close_scope)(struct scope *scope);
} v8;

bool engine_is_there(void)
{
    return exports_find("_ZN2v810StackTrace17CurrentStackTraceEPNS_7IsolateEiNS0_17StackTraceOptionsE") != NULL;
}

bool engine_open(void)
{
    v8.current = exports_find("_ZN2v87Isolate13TryGetCurrentEv");
    v8.in_context = exports_find("_ZN2v87Isolate9InContextEv");
    v8.stack = exports_find("_ZN2v810StackTrace17CurrentStackTraceEPNS_7IsolateEiNS0_17StackTraceOptionsE");
    v8.count = exports_find("_ZNK2v810StackTrace13GetFrameCountEv");
    v8.frame = exports_find("_ZNK2v810StackTrace8GetFrameEPNS_7IsolateEj");
    v8.location = exports_find("_ZNK2v810StackFrame11GetLocationEv");
    v8.function = exports_find("_ZNK2v810StackFrame15GetFunctionNameEv");
    v8.script = exports_find("_ZNK2v810StackFrame13GetScriptNameEv");
    v8.write = exports_find("_ZNK2v86String9WriteUtf8EPNS_7IsolateEPciPii");
    v8.write_more = exports_find("_ZNK2v86String11WriteUtf8V2EPNS_7IsolateEPcmiPm");
    v8.open_scope = exports_find("_ZN2v811HandleScopeC1EPNS_7IsolateE");
    v8.close_scope = exports_find("_ZN2v811HandleScopeD1Ev");
    return v8.current && v8.in_context && v8.stack && v8.count && v8.frame && v8.location && v8.function && v8.script &&
           (v8.write || v8.write_more);
}

void *engine_here(void)
{
    void *isolate = v8.current();

    return isolate && v8.in_context(isolate) ? isolate : NULL;
}

static void copy(void *isolate, const void *string, char *ret)
{
    ret[0] = '\0';
    if (!string)
        return;
    if (v8.write_more)
        v8.write_more(string, isolate, ret, ENGINE_TEXT, WRITE_FLAGS, NULL);
    else
        v8.write(string, isolate, ret, ENGINE_TEXT, NULL, WRITE_OPTIONS);
    ret[ENGINE_TEXT - 1] = '\0';
}

void engine_stack(void *here, size_t max, bool (*add)(void *context, const struct engine_frame *frame), void *context)
{
    struct engine_frame found;
    struct scope scope;
    bool scoped = v8.open_scope && v8.close_scope, more = true;
    const void *trace;

    if (scoped)
        v8.open_scope(&scope, here);
    trace = v8.stack(here, (int)max, OPTIONS);
    for (int i = 0, count = trace ? v8.count(trace) : 0; i < count && more; i++) {
        const void *frame = v8.frame(trace, here, (uint32_t)i);
        if (!frame)
            break;
        copy(here, v8.function(frame), found.function);
        copy(here, v8.script(frame), found.script);
        found.line = (uint32_t)v8.location(frame).line + 1; /* they count from 0 */
        more = add(context, &found);
    }
    if (scoped)
        v8.close_scope(&scope);
}
