#include "collectors/languages/hotspot/machine.h"

#include <string.h>

#include "agent/base/hash.h"
#include "agent/loading/exports.h"

enum {
    /* JNIInvokeInterface_ */
    VM_GET_ENV = 6,
    /* JNINativeInterface_ */
    JNI_DELETE_LOCAL_REF = 23,
    /* jvmtiInterface_1: one less than their numbers */
    TI_DEALLOCATE = 46,
    TI_GET_CLASS_SIGNATURE = 47,
    TI_GET_SOURCE_FILE_NAME = 49,
    TI_GET_METHOD_NAME = 63,
    TI_GET_METHOD_CLASS = 64,
    TI_GET_LINE_NUMBERS = 69,
    TI_GET_STACK_TRACE = 103,
    TI_DISPOSE = 126,
    TI_ADD_CAPABILITIES = 141,
    /* versions */
    JNI_VERSION = 0x00010006,
    TI_VERSION = 0x30010200,
    /* jvmtiCapabilities */
    CAN_GET_SOURCE_FILE_NAME = 11,
    CAN_GET_LINE_NUMBERS = 12,
};

struct capabilities {
    uint32_t bits[4];
};

struct line_number { /* jvmtiLineNumberEntry */
    int64_t start;
    int32_t line;
};

static const machine_table *machine; /* JavaVM */
static const machine_table *tools;   /* jvmtiEnv */

/* A function of a table as what it is; the object comes first. */
#define CALL(object, index, parameters) ((int32_t(*) parameters)(*(object))[index])

bool machine_is_there(void)
{
    int32_t (*created)(const machine_table **, int32_t, int32_t *) = exports_find("JNI_GetCreatedJavaVMs");
    int32_t count = 0;

    return created && created(&machine, 1, &count) == 0 && count > 0 && machine_thread();
}

const machine_table *machine_thread(void)
{
    void *thread = NULL;

    if (CALL(machine, VM_GET_ENV, (const machine_table *, void **, int32_t))(machine, &thread, JNI_VERSION) != 0)
        return NULL;
    return thread;
}

bool machine_open(void)
{
    struct capabilities wanted = {.bits = {1u << CAN_GET_SOURCE_FILE_NAME | 1u << CAN_GET_LINE_NUMBERS}};
    void *found = NULL;

    if (CALL(machine, VM_GET_ENV, (const machine_table *, void **, int32_t))(machine, &found, TI_VERSION) != 0 || !found)
        return false;
    tools = found;
    if (CALL(tools, TI_ADD_CAPABILITIES, (const machine_table *, const struct capabilities *))(tools, &wanted) == 0)
        return true;
    CALL(tools, TI_DISPOSE, (const machine_table *))(tools);
    return false;
}

size_t machine_stack(struct machine_frame *frames, size_t max)
{
    int32_t count = 0;

    if (CALL(tools, TI_GET_STACK_TRACE, (const machine_table *, void *, int32_t, int32_t, struct machine_frame *, int32_t *))(
            tools, NULL, 0, (int32_t)max, frames, &count) != 0)
        return 0;
    return (size_t)count;
}

static void give_back(void *memory)
{
    if (memory)
        CALL(tools, TI_DEALLOCATE, (const machine_table *, void *))(tools, memory);
}

/* A local reference, which the caller deletes: a native method may run for long. */
static void *class_of(uintptr_t method)
{
    void *class = NULL;

    if (CALL(tools, TI_GET_METHOD_CLASS, (const machine_table *, uintptr_t, void **))(tools, method, &class) != 0)
        return NULL;
    return class;
}

static void let_go(const machine_table *thread, void *reference)
{
    ((void (*)(const machine_table *, void *))(*thread)[JNI_DELETE_LOCAL_REF])(thread, reference);
}

/* "Lcom/shop/Orders;", of which hidden classes have an address behind a dot or slash ("Lcom/shop/Orders$$Lambda.0x00007f...;"),
 * and generated ones a number at the end. */
static void copy_type(const char *signature, char *ret)
{
    size_t length = strlen(signature);

    if (signature[0] == 'L' && length > 1) {
        signature++;
        length -= 2;
    }
    for (size_t i = 1; i + 2 < length; i++) {
        if ((signature[i] == '.' || signature[i] == '/') && signature[i + 1] == '0' && signature[i + 2] == 'x')
            length = i;
    }
    while (length > 1 && signature[length - 1] >= '0' && signature[length - 1] <= '9' &&
           memmem(signature, length, "$$Lambda$", 9))
        length--;
    if (length >= MACHINE_TEXT)
        length = MACHINE_TEXT - 1;
    memcpy(ret, signature, length);
    ret[length] = '\0';
}

static bool name_type(void *class, char *ret)
{
    char *signature = NULL;

    ret[0] = '\0';
    if (CALL(tools, TI_GET_CLASS_SIGNATURE, (const machine_table *, void *, char **, char **))(tools, class, &signature, NULL) ==
            0 &&
        signature)
        copy_type(signature, ret);
    give_back(signature);
    return ret[0] != '\0';
}

static bool name_method(uintptr_t method, char *ret)
{
    char *name = NULL;

    ret[0] = '\0';
    if (CALL(tools, TI_GET_METHOD_NAME, (const machine_table *, uintptr_t, char **, char **, char **))(tools, method, &name, NULL,
                                                                                                       NULL) == 0 &&
        name)
        strncpy(ret, name, MACHINE_TEXT - 1)[MACHINE_TEXT - 1] = '\0';
    give_back(name);
    return ret[0] != '\0';
}

bool machine_name_method(const machine_table *thread, uintptr_t method, uint64_t *ret)
{
    char text[MACHINE_TEXT];
    void *class = class_of(method);
    bool found = class && name_type(class, text);

    if (found) {
        *ret = hash_bytes(text, strlen(text), 0);
        found = name_method(method, text);
        *ret = hash_bytes(text, strlen(text), *ret);
    }
    if (class)
        let_go(thread, class);
    return found;
}

static uint32_t line_of(uintptr_t method, int64_t location)
{
    struct line_number *lines = NULL;
    int32_t count = 0;
    int64_t nearest = -1;
    uint32_t line = 0;

    if (location >= 0 && CALL(tools, TI_GET_LINE_NUMBERS, (const machine_table *, uintptr_t, int32_t *, struct line_number **))(
                             tools, method, &count, &lines) == 0) {
        for (int32_t i = 0; lines && i < count; i++) { /* in any order */
            if (lines[i].start <= location && lines[i].start >= nearest) {
                nearest = lines[i].start;
                line = (uint32_t)lines[i].line;
            }
        }
    }
    give_back(lines);
    return line;
}

bool machine_describe(const machine_table *thread, uintptr_t method, int64_t location, struct machine_method *ret)
{
    void *class = class_of(method);
    char *source = NULL;
    bool found;

    *ret = (struct machine_method){0};
    if (!class)
        return false;
    found = name_type(class, ret->type) && name_method(method, ret->name);
    if (CALL(tools, TI_GET_SOURCE_FILE_NAME, (const machine_table *, void *, char **))(tools, class, &source) == 0 && source)
        strncpy(ret->source, source, MACHINE_TEXT - 1);
    give_back(source);
    let_go(thread, class);
    ret->line = line_of(method, location);
    return found;
}
