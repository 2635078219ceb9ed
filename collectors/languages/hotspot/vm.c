#include "collectors/languages/hotspot/vm.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/base/readable.h"
#include "agent/loading/exports.h"
#include "collectors/languages/hotspot/debug_lines.h"
#include "collectors/languages/hotspot/fields.h"

/* Of JNIInvokeInterface and JNINativeInterface, from 0. */
#define VM_GET_ENV           6
#define ENV_VERSION          4
#define ENV_FIND_CLASS       6
#define ENV_EXCEPTION_CLEAR  17
#define ENV_DELETE_LOCAL_REF 23
#define ENV_FIELD            94
#define ENV_LONG             101
#define ENV_IS_VIRTUAL       234

/* Of jvmtiInterface, whose specification counts from 1. */
#define JVMTI(number)              ((number)-1)
#define JVMTI_CURRENT_THREAD       JVMTI(18)
#define JVMTI_DEALLOCATE           JVMTI(47)
#define JVMTI_CLASS_SIGNATURE      JVMTI(48)
#define JVMTI_SOURCE_FILE          JVMTI(50)
#define JVMTI_METHOD_NAME          JVMTI(64)
#define JVMTI_DECLARING_CLASS      JVMTI(65)
#define JVMTI_LINES                JVMTI(70)
#define JVMTI_STACK_TRACE          JVMTI(104)
#define JVMTI_DISPOSE              JVMTI(127)
#define JVMTI_ADD_CAPABILITIES     JVMTI(142)
#define JVMTI_CONSTANTS            JVMTI(146)
#define CAPABILITY_SOURCE_AND_LINE (3u << 11)
#define CAPABILITY_CONSTANTS       (1u << 3) /* of the second word */

#define VERSION_JNI   0x00010006
#define VERSION_21    0x00150000 /* the first with virtual threads */
#define VERSION_JVMTI 0x30010200 /* 1.2 */

#define STATE_IN_NATIVE 4 /* _thread_in_native, runtime/javaThread and globalDefinitions.hpp */
#define THREADS_MAX     100000
#define TRIES           4 /* the list of threads may change while it is read */

struct line { /* jvmtiLineNumberEntry */
    int64_t start;
    int32_t line;
};

static hotspot_interface *vm, *jvmti;     /* set once, before the walker is in use */
static uintptr_t env_in_thread, state_at; /* bytes, in a JavaThread */
static void *number_field;                /* jfieldID of a thread's number; NULL: there are no virtual threads */
static bool has_constants;
static int32_t (*get_vms)(hotspot_interface **, int32_t, int32_t *);

#define CALL(object, number, result, ...) ((result(*)(__VA_ARGS__))(object)->functions[number])

/* NULL: the thread is none of the machine's. This question takes no lock and leaves the thread's state alone. */
HOT hotspot_interface *hotspot_thread(void)
{
    hotspot_interface *env = NULL;

    if (CALL(vm, VM_GET_ENV, int32_t, hotspot_interface *, hotspot_interface **, int32_t)(vm, &env, VERSION_JNI) != 0)
        return NULL;
    return env;
}

HOT hotspot_interface *hotspot_in_native(void)
{
    hotspot_interface *env = hotspot_thread();
    int32_t state;

    if (!env)
        return NULL;
    memcpy(&state, (const void *)((uintptr_t)env - env_in_thread + state_at), sizeof state);
    return state == STATE_IN_NATIVE ? env : NULL;
}

bool hotspot_present(void)
{
    int32_t count = 0;

    if (!get_vms) {
        void *found = exports_find("JNI_GetCreatedJavaVMs");
        if (!found || !exports_find("gHotSpotVMStructs"))
            return false;
        memcpy(&get_vms, &found, sizeof get_vms);
    }
    return get_vms(&vm, 1, &count) == 0 && count == 1 && hotspot_thread() != NULL;
}

static bool is_thread(uintptr_t thread, uintptr_t env, uintptr_t size)
{
    if (env - thread >= size || state_at + sizeof(int32_t) > size)
        return false;
    env_in_thread = env - thread;
    return true;
}

/* The same where threads are a chain, as in the first releases of 11. */
static COLD bool find_in_chain(uintptr_t env)
{
    uintptr_t first_at, next_at, size, thread;

    if (!hotspot_field("Threads", "_thread_list", &first_at) || !hotspot_field("JavaThread", "_next", &next_at) ||
        !hotspot_size("JavaThread", &size) || !hotspot_field("JavaThread", "_thread_state", &state_at))
        return false;
    memcpy(&thread, (const void *)first_at, sizeof thread);
    for (uint32_t i = 0; thread && i < THREADS_MAX; i++) {
        if (is_thread(thread, env, size))
            return true;
        if (!readable_word((const void *)(thread + next_at)))
            return false;
        memcpy(&thread, (const void *)(thread + next_at), sizeof thread);
    }
    return false;
}

/* The thread whose object holds its environment of JNI: where in it that stands is the same for all. */
static bool find_thread(uintptr_t env)
{
    uintptr_t list_at, length_at, threads_at, size, list, threads;
    uint32_t length;

    if (!hotspot_field("ThreadsSMRSupport", "_java_thread_list", &list_at))
        return find_in_chain(env);
    if (!hotspot_field("ThreadsList", "_length", &length_at) || !hotspot_field("ThreadsList", "_threads", &threads_at) ||
        !hotspot_size("JavaThread", &size) || !hotspot_field("JavaThread", "_thread_state", &state_at))
        return false;
    memcpy(&list, (const void *)list_at, sizeof list);
    if (!readable_word((const void *)(list + threads_at)) || !readable_word((const void *)((list + length_at) & ~UINT64_C(7))))
        return false;
    memcpy(&threads, (const void *)(list + threads_at), sizeof threads);
    memcpy(&length, (const void *)(list + length_at), sizeof length);
    for (uint32_t i = 0; i < length && i < THREADS_MAX; i++) {
        uintptr_t at = threads + i * sizeof(uintptr_t), thread;
        if (!readable_word((const void *)at))
            return false;
        memcpy(&thread, (const void *)at, sizeof thread);
        if (is_thread(thread, env, size))
            return true;
    }
    return false;
}

/* The machine has virtual threads: what is needed to tell them apart. */
static void find_number(hotspot_interface *env)
{
    void *class;

    if (CALL(env, ENV_VERSION, int32_t, hotspot_interface *)(env) < VERSION_21)
        return;
    class = CALL(env, ENV_FIND_CLASS, void *, hotspot_interface *, const char *)(env, "java/lang/Thread");
    if (class) {
        number_field = CALL(env, ENV_FIELD, void *, hotspot_interface *, void *, const char *, const char *)(env, class, "tid",
                                                                                                             "J");
        CALL(env, ENV_DELETE_LOCAL_REF, void, hotspot_interface *, void *)(env, class);
    }
    if (!class || !number_field)
        CALL(env, ENV_EXCEPTION_CLEAR, void, hotspot_interface *)(env);
}

bool hotspot_start(void)
{
    uint32_t capabilities[4] = {CAPABILITY_SOURCE_AND_LINE}, constants[4] = {0, CAPABILITY_CONSTANTS};
    bool found = false;

    for (int i = 0; i < TRIES && !found; i++)
        found = find_thread((uintptr_t)hotspot_thread());
    if (!found || !hotspot_in_native() ||
        CALL(vm, VM_GET_ENV, int32_t, hotspot_interface *, hotspot_interface **, int32_t)(vm, &jvmti, VERSION_JVMTI) != 0)
        return false;
    if (CALL(jvmti, JVMTI_ADD_CAPABILITIES, int32_t, hotspot_interface *, const uint32_t *)(jvmti, capabilities) == 0) {
        has_constants = CALL(jvmti, JVMTI_ADD_CAPABILITIES, int32_t, hotspot_interface *, const uint32_t *)(jvmti, constants) ==
                        0;
        find_number(hotspot_thread());
        return true;
    }
    CALL(jvmti, JVMTI_DISPOSE, int32_t, hotspot_interface *)(jvmti);
    return false;
}

uint64_t hotspot_virtual_thread(void)
{
    hotspot_interface *env = number_field ? hotspot_in_native() : NULL;
    void *thread = NULL;
    int64_t number = 0;

    if (!env || CALL(jvmti, JVMTI_CURRENT_THREAD, int32_t, hotspot_interface *, void **)(jvmti, &thread) != 0 || !thread)
        return 0;
    if (CALL(env, ENV_IS_VIRTUAL, uint8_t, hotspot_interface *, void *)(env, thread))
        number = CALL(env, ENV_LONG, int64_t, hotspot_interface *, void *, void *)(env, thread, number_field);
    CALL(env, ENV_DELETE_LOCAL_REF, void, hotspot_interface *, void *)(env, thread);
    return (uint64_t)number;
}

size_t hotspot_frames(size_t first, struct hotspot_frame *ret, size_t max)
{
    int32_t count = 0;

    if (CALL(jvmti, JVMTI_STACK_TRACE, int32_t, hotspot_interface *, void *, int32_t, int32_t, struct hotspot_frame *,
             int32_t *)(jvmti, NULL, (int32_t)first, (int32_t)max, ret, &count) != 0)
        return 0;
    return count > 0 ? (size_t)count : 0;
}

/* Copies a text of the machine's and gives it back. */
static void take(char *text, char *ret, size_t size)
{
    size_t length = strnlen(text, size - 1);

    memcpy(ret, text, length);
    ret[length] = '\0';
    CALL(jvmti, JVMTI_DEALLOCATE, int32_t, hotspot_interface *, void *)(jvmti, text);
}

static uint32_t line_of(const struct hotspot_frame *frame)
{
    struct line *lines = NULL;
    int32_t count = 0;
    int64_t best = -1;
    uint32_t line = 0;

    if (CALL(jvmti, JVMTI_LINES, int32_t, hotspot_interface *, uintptr_t, int32_t *, struct line **)(jvmti, frame->method, &count,
                                                                                                     &lines) != 0)
        return 0;
    for (int32_t i = 0; i < count; i++) { /* in any order */
        if (lines[i].start <= frame->location && lines[i].start >= best) {
            best = lines[i].start;
            line = (uint32_t)lines[i].line;
        }
    }
    CALL(jvmti, JVMTI_DEALLOCATE, int32_t, hotspot_interface *, void *)(jvmti, lines);
    return line;
}

static bool is_kotlin(const char *source)
{
    size_t length = strlen(source);

    return length > 3 && strcmp(source + length - 3, ".kt") == 0;
}

/* The line of an inline function's body is that of its call. The attribute that says so the machine does not keep; the compiler
 * writes it into an annotation, too, whose text is one of the class' constants. */
static uint32_t line_that_calls(void *class, uint32_t line)
{
    int32_t count, size;
    unsigned char *constants;

    if (!has_constants || CALL(jvmti, JVMTI_CONSTANTS, int32_t, hotspot_interface *, void *, int32_t *, int32_t *,
                               unsigned char **)(jvmti, class, &count, &size, &constants) != 0)
        return line;
    line = debug_lines_find(constants, size > 0 ? (size_t)size : 0, line);
    CALL(jvmti, JVMTI_DEALLOCATE, int32_t, hotspot_interface *, void *)(jvmti, constants);
    return line;
}

bool hotspot_describe(const struct hotspot_frame *frame, struct hotspot_method *ret)
{
    hotspot_interface *env = hotspot_thread();
    char *text;
    void *class = NULL;
    bool known = false;

    if (!env ||
        CALL(jvmti, JVMTI_DECLARING_CLASS, int32_t, hotspot_interface *, uintptr_t, void **)(jvmti, frame->method, &class) != 0)
        return false;
    ret->source[0] = '\0';
    ret->line = line_of(frame);
    if (CALL(jvmti, JVMTI_CLASS_SIGNATURE, int32_t, hotspot_interface *, void *, char **, char **)(jvmti, class, &text, NULL) !=
        0)
        goto done;
    take(text, ret->class_name, sizeof ret->class_name);
    if (CALL(jvmti, JVMTI_METHOD_NAME, int32_t, hotspot_interface *, uintptr_t, char **, char **,
             char **)(jvmti, frame->method, &text, NULL, NULL) != 0)
        goto done;
    take(text, ret->name, sizeof ret->name);
    if (CALL(jvmti, JVMTI_SOURCE_FILE, int32_t, hotspot_interface *, void *, char **)(jvmti, class, &text) == 0)
        take(text, ret->source, sizeof ret->source);
    if (is_kotlin(ret->source))
        ret->line = line_that_calls(class, ret->line);
    known = true;
done:
    CALL(env, ENV_DELETE_LOCAL_REF, void, hotspot_interface *, void *)(env, class);
    return known;
}
