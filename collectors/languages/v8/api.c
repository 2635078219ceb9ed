#include "collectors/languages/v8/api.h"

#include <string.h>

#include "agent/loading/exports.h"
#include "collectors/languages/v8/inline_map.h"
#include "collectors/languages/v8/objects.h"

/* StateTag. Optimised code, and from V8 12 on all code, calls an addon's functions without saying that it left JavaScript. (So do
 * fast calls of V8's, in which nothing may be allocated; but no function of node's or of an addon for Node-API is one that waits
 * for a database.) */
#define STATE_JAVASCRIPT 0
#define STATE_EXTERNAL   6
#define STATE_BITS       0xffff /* behind them is what the embedder says */

/* GetLineNumber, script name and function name: StackTraceOptions. */
#define TRACE_OPTIONS 0xf

/* GCType: all but scavenges, which move neither code nor bytecode. */
#define COLLECTIONS 0x1e

/* Of a StackFrameInfo: a function's code or a script, and the position in it, behind a bit (src/objects/call-site-info.tq). */
#define FRAME_CODE  8
#define FRAME_FLAGS 24
#define FRAME_SIZE  32
#define FLAGS_SHIFT 33 /* of a number, and of the bit for constructors */

#define TEST_MAX 254

#define WRITE_TERMINATED 1 /* WriteFlags of WriteUtf8V2: kNullTerminate */

/* RegisterState and SampleInfo, with room for what newer ones have behind. */
union registers {
    struct {
        const void *pc, *sp, *fp, *lr;
    };
    uint64_t room[16];
};

/* frames_count is the first; vm_state the second (until V8 10) or the fifth, behind pointers. */
struct sample {
    uint64_t count, state_or_callback, context, embedder_context, state;
    uint64_t room[11];
};

struct scope {
    uint64_t room[8]; /* HandleScope: three words */
};

typedef void *local; /* Local<T>: the address of a slot; NULL: empty */
typedef void collected(void *isolate, int type, int flags, void *data);

static struct {
    void *(*current)(void);
    bool (*in_context)(void *isolate);
    void (*sample)(void *isolate, const union registers *, void **frames, size_t limit, struct sample *);
    void (*on_collection)(void *isolate, collected *, void *data, int types);
    void (*enter)(struct scope *, void *isolate);
    void (*leave)(struct scope *);
    local (*trace)(void *isolate, int limit, int options);
    int (*count)(local trace);
    local (*frame)(local trace, void *isolate, uint32_t index);
    uint64_t (*location)(local frame); /* line and column, from 0 */
    local (*script)(local frame);
    local (*function)(local frame);
    local (*map)(local frame); /* the address of its script's source map; NULL: these are not told */
    int (*length)(local string);
    local (*name)(local function); /* NULL: suspended functions are not told */
    int (*line)(local function);   /* where it begins, from 0; less: it is no script's. NULL: none is told by that */
    int (*column)(local function);
    int (*write)(local string, void *isolate, char *, int capacity, int *ret_characters, int options);
    size_t (*write_v2)(local string, void *isolate, char *, size_t capacity, int flags, size_t *ret_characters);
} api;

static bool state_is_second; /* written by one thread, before the walker is in use */

static bool find(const char *name, void *ret)
{
    void *symbol = exports_find(name);

    memcpy(ret, &symbol, sizeof symbol);
    return symbol != NULL;
}

bool v8_api_find(void)
{
    /* From V8 14 on their header has them alone: then what is made lives until the function returns that JavaScript called. */
    bool scopes = find("_ZN2v811HandleScopeC1EPNS_7IsolateE", &api.enter) && find("_ZN2v811HandleScopeD1Ev", &api.leave);
    bool writes = find("_ZNK2v86String11WriteUtf8V2EPNS_7IsolateEPcmiPm", &api.write_v2);

    if (!scopes)
        api.enter = NULL;
    if (!find("_ZNK2v88Function12GetDebugNameEv", &api.name) || !v8_objects_find())
        api.name = NULL;
    if (!find("_ZNK2v88Function19GetScriptLineNumberEv", &api.line) ||
        !find("_ZNK2v88Function21GetScriptColumnNumberEv", &api.column))
        api.line = NULL;
    if (!find("_ZNK2v810StackFrame25GetScriptSourceMappingURLEv", &api.map) || !find("_ZNK2v86String6LengthEv", &api.length))
        api.map = NULL;
    return (find("_ZNK2v86String9WriteUtf8EPNS_7IsolateEPciPii", &api.write) || writes) &&
           find("_ZN2v87Isolate13TryGetCurrentEv", &api.current) && find("_ZN2v87Isolate9InContextEv", &api.in_context) &&
           find("_ZN2v87Isolate14GetStackSampleERKNS_13RegisterStateEPPvmPNS_10SampleInfoE", &api.sample) &&
           find("_ZN2v87Isolate21AddGCEpilogueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_S2_", &api.on_collection) &&
           find("_ZN2v810StackTrace17CurrentStackTraceEPNS_7IsolateEiNS0_17StackTraceOptionsE", &api.trace) &&
           find("_ZNK2v810StackTrace13GetFrameCountEv", &api.count) &&
           find("_ZNK2v810StackTrace8GetFrameEPNS_7IsolateEj", &api.frame) &&
           find("_ZNK2v810StackFrame11GetLocationEv", &api.location) &&
           find("_ZNK2v810StackFrame13GetScriptNameEv", &api.script) &&
           find("_ZNK2v810StackFrame15GetFunctionNameEv", &api.function);
}

HOT void *v8_isolate(void)
{
    return api.current();
}

static NOINLINE bool ask(void *isolate, uintptr_t *positions, size_t max, struct sample *ret)
{
    union registers registers = {.room = {0}};

    memset(ret, 0, sizeof *ret);
    registers.pc = __builtin_return_address(0);
    registers.sp = __builtin_frame_address(0);
    registers.fp = __builtin_frame_address(0);
    api.sample(isolate, &registers, (void **)positions, max, ret);
    return ret->count > 0 && ret->count <= max && api.in_context(isolate);
}

static bool allows_more(uint64_t state)
{
    return state == STATE_EXTERNAL || state == STATE_JAVASCRIPT;
}

static bool is_object(uint64_t word)
{
    return word > 4096 && (word & 3) == 1;
}

/* The first calls are not optimised, so that V8 10 says external. Later versions have an object's address in the third place. */
enum v8_test v8_api_test(void *isolate)
{
    uintptr_t positions[TEST_MAX];
    struct sample sample;

    if (!ask(isolate, positions, TEST_MAX, &sample))
        return V8_NOTHING_TO_TEST;
    state_is_second = sample.state_or_callback == STATE_EXTERNAL;
    if (state_is_second || (is_object(sample.context) && allows_more(sample.state & STATE_BITS)))
        return V8_KNOWN;
    return V8_UNKNOWN;
}

size_t v8_sample(void *isolate, uintptr_t *positions, size_t max)
{
    struct sample sample;

    if (!ask(isolate, positions, max, &sample) ||
        !allows_more(state_is_second ? sample.state_or_callback : sample.state & STATE_BITS))
        return 0;
    return sample.count;
}

/* As much as there is room for; the bytes that were written. */
static int write_some(void *isolate, local string, char *ret, int capacity)
{
    if (!string)
        return 0;
    return api.write ? api.write(string, isolate, ret, capacity, NULL, 0)
                     : (int)api.write_v2(string, isolate, ret, (size_t)capacity, WRITE_TERMINATED, NULL);
}

static void write_text(void *isolate, local string, char *ret)
{
    int length = write_some(isolate, string, ret, V8_TEXT - 1);

    ret[length >= 0 && length < V8_TEXT ? length : 0] = '\0';
}

bool v8_frame_map(const struct v8_frame *frame, char *ret)
{
    return write_some(frame->isolate, frame->map, ret, (int)frame->map_length) == (int)frame->map_length;
}

static void note_map(void *isolate, local frame, struct v8_frame *ret)
{
    char start[sizeof V8_INLINE_MAP + 4]; /* room for what ends it */
    int length;

    ret->map_length = 0;
    ret->isolate = isolate;
    ret->map = api.map ? api.map(frame) : NULL;
    length = ret->map ? api.length(ret->map) : 0;
    if (length > (int)sizeof start && write_some(isolate, ret->map, start, (int)sizeof start) >= (int)sizeof V8_INLINE_MAP - 1 &&
        memcmp(start, V8_INLINE_MAP, sizeof V8_INLINE_MAP - 1) == 0)
        ret->map_length = (uint32_t)length;
}

/* Line and column, from 0, as of a frame. */
static uint64_t beginning(local function)
{
    return (uint32_t)api.line(function) | (uint64_t)(uint32_t)api.column(function) << 32;
}

static bool describe(void *isolate, local frame, const struct v8_tracing *tracing, local function, bool begins)
{
    struct v8_frame found;
    uint64_t location = begins ? beginning(function) : api.location(frame);

    write_text(isolate, function ? api.name(function) : api.function(frame), found.function);
    write_text(isolate, api.script(frame), found.script);
    found.line = (uint32_t)location + 1;
    found.column = (uint32_t)(location >> 32) + 1;
    note_map(isolate, frame, &found);
    return tracing->each(&found, tracing->context);
}

/* The object that a frame is; it has not been asked for its line. 0: it is not as it should be. */
static uintptr_t information(local frame)
{
    uintptr_t object = frame ? *(uintptr_t *)frame : 0;

    return v8_is(object, v8_types.frame_info) &&
                   (v8_is(v8_field(object, FRAME_CODE), v8_types.shared) ||
                    v8_is(v8_field(object, FRAME_CODE), v8_types.script)) &&
                   v8_is_number(v8_field(object, FRAME_FLAGS)) && v8_size(object) == FRAME_SIZE
               ? object
               : 0;
}

/* The frame, and a slot for the function, are of our own trace. What is written is alive through the suspended function, and no
 * older than what is written to: so no barrier is needed until the machine has read it. */
static bool describe_suspended(void *isolate, local trace, size_t index, const struct v8_tracing *tracing)
{
    local frame = api.frame(trace, isolate, 0), function = frame ? api.frame(trace, isolate, 0) : NULL;
    struct v8_suspended suspended;
    uintptr_t object;
    bool begins;

    if (!function || function == frame || !tracing->further(index, &suspended, tracing->context) ||
        !(object = information(frame)))
        return false;
    begins = suspended.offset == V8_BEGINNING;
    if (begins && !api.line)
        return false;
    *(uintptr_t *)function = suspended.function;
    *(uintptr_t *)(object - 1 + FRAME_CODE) = begins ? v8_script(suspended.function) : suspended.shared;
    *(uint64_t *)(object - 1 + FRAME_FLAGS) = begins ? 0 : (uint64_t)(uint32_t)suspended.offset << FLAGS_SHIFT;
    return describe(isolate, frame, tracing, function, begins);
}

bool v8_api_tells_suspended(void)
{
    return api.name != NULL;
}

void v8_trace(void *isolate, size_t max, const struct v8_tracing *tracing)
{
    struct scope scope, inner; /* each frame and its names take handles */
    bool more = true;
    local trace;

    if (api.enter)
        api.enter(&scope, isolate);
    trace = api.trace(isolate, (int)max, TRACE_OPTIONS);
    for (int i = 0, count = trace ? api.count(trace) : 0; i < count && more; i++) {
        local frame;
        if (api.enter)
            api.enter(&inner, isolate);
        frame = api.frame(trace, isolate, (uint32_t)i);
        if (frame)
            more = describe(isolate, frame, tracing, NULL, false);
        if (api.enter)
            api.leave(&inner);
    }
    more = more && trace && tracing->further && api.name;
    for (size_t i = 0; more; i++) {
        if (api.enter)
            api.enter(&inner, isolate);
        more = describe_suspended(isolate, trace, i, tracing);
        if (api.enter)
            api.leave(&inner);
    }
    if (api.enter)
        api.leave(&scope);
}

static void on_collection(void *isolate, int type, int flags, void *data)
{
    (void)isolate;
    (void)type;
    (void)flags;
    ++*(uint64_t *)data;
}

void v8_count_collections(void *isolate, uint64_t *count)
{
    api.on_collection(isolate, on_collection, count, COLLECTIONS);
}
