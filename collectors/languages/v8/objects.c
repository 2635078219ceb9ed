#include "collectors/languages/v8/objects.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/loading/exports.h"

#define MAP_SIZE       8 /* bytes, in words; 0: it differs */
#define MAP_PROPERTIES 9 /* where they begin, in words */

#define OBJECT_PROPERTIES 8
#define OBJECT_ELEMENTS   16
#define JSARRAY_LENGTH    24
#define WORDS_LENGTH      8
#define WORDS_FIRST       16

#define STRING_LENGTH      12
#define STRING_TEXT        16
#define STRING_KIND        0x07 /* of a string's type: how it is stored */
#define STRING_IN_SEQUENCE 0
#define STRING_CONS        1
#define STRING_THIN        5
#define STRING_IS_NARROW   0x08 /* one byte a letter, not two */
#define STRING_LAST        0x7f

#define PROPERTY_ARRAY_LENGTH 0x3ff /* behind it stands a hash */

struct v8_types v8_types;

static const struct {
    const char *name, *other;
    int *ret;
} known[] = {
    {"v8dbg_type_JSFunction__JS_FUNCTION_TYPE", NULL, &v8_types.function},
    {"v8dbg_type_JSBoundFunction__JS_BOUND_FUNCTION_TYPE", NULL, &v8_types.bound_function},
    {"v8dbg_type_JSPromise__JS_PROMISE_TYPE", NULL, &v8_types.promise},
    {"v8dbg_type_JSAsyncFunctionObject__JS_ASYNC_FUNCTION_OBJECT_TYPE", NULL, &v8_types.async_function},
    {"v8dbg_type_JSAsyncGeneratorObject__JS_ASYNC_GENERATOR_OBJECT_TYPE", NULL, &v8_types.async_generator},
    {"v8dbg_type_AsyncGeneratorRequest__ASYNC_GENERATOR_REQUEST_TYPE", NULL, &v8_types.request},
    {"v8dbg_type_PromiseReaction__PROMISE_REACTION_TYPE", NULL, &v8_types.reaction},
    {"v8dbg_type_PromiseCapability__PROMISE_CAPABILITY_TYPE", NULL, &v8_types.capability},
    {"v8dbg_type_PromiseFulfillReactionJobTask__PROMISE_FULFILL_REACTION_JOB_TASK_TYPE", NULL, &v8_types.fulfil_job},
    {"v8dbg_type_PromiseRejectReactionJobTask__PROMISE_REJECT_REACTION_JOB_TASK_TYPE", NULL, &v8_types.reject_job},
    {"v8dbg_type_PromiseResolveThenableJobTask__PROMISE_RESOLVE_THENABLE_JOB_TASK_TYPE", NULL, &v8_types.thenable_job},
    {"v8dbg_type_JSArray__JS_ARRAY_TYPE", NULL, &v8_types.array},
    {"v8dbg_type_JSObject__JS_OBJECT_TYPE", NULL, &v8_types.object},
    {"v8dbg_type_FixedArray__FIXED_ARRAY_TYPE", NULL, &v8_types.fixed_array},
    {"v8dbg_type_PropertyArray__PROPERTY_ARRAY_TYPE", NULL, &v8_types.property_array},
    {"v8dbg_type_Script__SCRIPT_TYPE", NULL, &v8_types.script},
    {"v8dbg_type_SharedFunctionInfo__SHARED_FUNCTION_INFO_TYPE", NULL, &v8_types.shared},
    {"v8dbg_type_StackFrameInfo__STACK_FRAME_INFO_TYPE", NULL, &v8_types.frame_info},
    {"v8dbg_type_Map__MAP_TYPE", NULL, &v8_types.map},
    {"v8dbg_FirstContextType", NULL, &v8_types.context},
    {"v8dbg_class_JSFunction__shared__SharedFunctionInfo", NULL, &v8_types.function_shared},
    {"v8dbg_class_JSFunction__context__Context", NULL, &v8_types.function_context},
    {"v8dbg_class_SharedFunctionInfo__script__Tagged_HeapObject_",
     "v8dbg_class_SharedFunctionInfo__script_or_debug_info__HeapObject", &v8_types.shared_script},
    {"v8dbg_class_Script__name__Object", NULL, &v8_types.script_name},
    {"v8dbg_class_BytecodeArray__data__uintptr_t", NULL, &v8_types.bytecode_header},
};

static bool number_of(const char *name, int *ret)
{
    const int *at = name ? exports_find(name) : NULL;

    if (at)
        *ret = *at;
    return at && *at > 0;
}

bool v8_objects_find(void)
{
    int elements, last;

    for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
        if (!number_of(known[i].name, known[i].ret) && !number_of(known[i].other, known[i].ret))
            return false;
    }
    /* Pointers that are compressed to four bytes (Electron) are not read. */
    return number_of("v8dbg_class_JSObject__elements__Object", &elements) && elements == OBJECT_ELEMENTS &&
           number_of("v8dbg_LastContextType", &last) && last - v8_types.context + 1 == V8_CONTEXTS;
}

size_t v8_size(uintptr_t object)
{
    return *(const uint8_t *)(v8_field(object, 0) - 1 + MAP_SIZE) * sizeof(uintptr_t);
}

const uintptr_t *v8_properties(uintptr_t object, size_t *ret_count)
{
    const uint8_t *map = (const uint8_t *)(v8_field(object, 0) - 1);
    size_t end = map[MAP_SIZE], first = map[MAP_PROPERTIES];

    *ret_count = end > first ? end - first : 0;
    return (const uintptr_t *)(object - 1) + first;
}

const uintptr_t *v8_further_properties(uintptr_t object, size_t *ret_count)
{
    uintptr_t more = v8_field(object, OBJECT_PROPERTIES);

    *ret_count = v8_is(more, v8_types.property_array) ? (size_t)v8_number(v8_field(more, WORDS_LENGTH)) & PROPERTY_ARRAY_LENGTH
                                                      : 0;
    return (const uintptr_t *)(more - 1 + WORDS_FIRST);
}

const uintptr_t *v8_elements(uintptr_t array, size_t *ret_count)
{
    uintptr_t words = v8_field(array, OBJECT_ELEMENTS), length = v8_field(array, JSARRAY_LENGTH);
    size_t room = v8_is(words, v8_types.fixed_array) ? (size_t)v8_number(v8_field(words, WORDS_LENGTH)) : 0;

    *ret_count = v8_is_number(length) && (size_t)v8_number(length) < room ? (size_t)v8_number(length) : room;
    return (const uintptr_t *)(words - 1 + WORDS_FIRST);
}

uintptr_t v8_script(uintptr_t function)
{
    uintptr_t shared = v8_field(function, v8_types.function_shared);
    uintptr_t script = v8_is(shared, v8_types.shared) ? v8_field(shared, v8_types.shared_script) : 0;

    return v8_is(script, v8_types.script) ? script : 0;
}

static uint32_t length_of(uintptr_t string)
{
    return *(const uint32_t *)(string - 1 + STRING_LENGTH);
}

/* Two that were put together, and are one now. */
static bool is_whole_in_first(uintptr_t string, int type)
{
    return (type & STRING_KIND) == STRING_CONS && length_of(string) == length_of(v8_field(string, STRING_TEXT));
}

bool v8_script_name(uintptr_t script, char *ret, size_t size)
{
    uintptr_t name = v8_field(script, v8_types.script_name);
    size_t length;
    int type = v8_type(name);

    while (type >= 0 && type <= STRING_LAST && ((type & STRING_KIND) == STRING_THIN || is_whole_in_first(name, type))) {
        name = v8_field(name, STRING_TEXT); /* the same text */
        type = v8_type(name);
    }
    if (type < 0 || type > STRING_LAST || (type & STRING_KIND) != STRING_IN_SEQUENCE)
        return false;
    length = length_of(name);
    if (length >= size)
        return false;
    for (size_t i = 0; i < length; i++) {
        const char *text = (const char *)(name - 1 + STRING_TEXT);
        ret[i] = type & STRING_IS_NARROW ? text[i] : text[2 * i + 1] ? '?' : text[2 * i];
    }
    ret[length] = '\0';
    return true;
}

bool v8_is_of_function(uintptr_t context)
{
    uintptr_t previous;

    if (!v8_is_context(context, V8_BLOCK_CONTEXT) && !v8_is_context(context, V8_CATCH_CONTEXT) &&
        !v8_is_context(context, V8_FUNCTION_CONTEXT))
        return false;
    previous = v8_field(context, V8_CONTEXT_PREVIOUS);
    return v8_is_context(previous, V8_BLOCK_CONTEXT) || v8_is_context(previous, V8_CATCH_CONTEXT) ||
           v8_is_context(previous, V8_FUNCTION_CONTEXT) || v8_is_context(previous, V8_MODULE_CONTEXT);
}
