/* Objects of V8's heap, read by the thread that runs the isolate while it is in native code: nothing moves then.
 *
 * Types, and where fields stand that differ from release to release, node exports for debuggers (v8dbg_*,
 * gen-postmortem-metadata.py of V8); the rest is the same from V8 10 to 14
 * (src/objects/{js-promise,js-generator,promise,contexts}.tq), and every object is asked for its type before a field of it is
 * used. Fields count bytes from the object's beginning.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_OBJECTS_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct v8_types {
    int function, bound_function, promise, async_function, async_generator, request, reaction, capability, fulfil_job, reject_job,
        thenable_job, array, object, fixed_array, property_array, script, shared, frame_info, map;
    int context; /* the first of all: an await's; the others follow in the order of their names */
    int function_shared, function_context, shared_script, script_name;
    int bytecode_header; /* that positions of generators count, too */
};

extern struct v8_types v8_types;

/* False: this V8 does not tell. */
bool v8_objects_find(void);

#define V8_AWAIT_CONTEXT    0 /* from v8_types.context on */
#define V8_BLOCK_CONTEXT    1
#define V8_CATCH_CONTEXT    2
#define V8_FUNCTION_CONTEXT 5
#define V8_MODULE_CONTEXT   6
#define V8_CONTEXTS         10

#define V8_CONTEXT_LENGTH   8
#define V8_CONTEXT_PREVIOUS 24
#define V8_CONTEXT_SLOTS    32 /* what functions keep; of an await's closures the generator */

#define V8_PROMISE_REACTIONS  24
#define V8_PROMISE_FLAGS      32
#define V8_CAPABILITY_PROMISE 8

#define V8_GENERATOR_FUNCTION     24
#define V8_GENERATOR_POSITION     48
#define V8_GENERATOR_CONTINUATION 64
#define V8_GENERATOR_PROMISE      80 /* of an asynchronous generator: the first of who asked it */
#define V8_REQUEST_PROMISE        32

static inline uintptr_t v8_field(uintptr_t object, int field)
{
    return *(const uintptr_t *)(object - 1 + (uintptr_t)field);
}

/* Of a word that may be anything. */
static inline bool v8_may_be_object(uintptr_t word)
{
    return (word & 3) == 1 && word > UINT32_MAX;
}

/* Of a word that is V8's; -1: a number, or a weak reference. */
static inline int v8_type(uintptr_t word)
{
    return (word & 3) == 1 ? *(const uint16_t *)(v8_field(word, 0) - 1 + 12) : -1;
}

static inline bool v8_is(uintptr_t word, int type)
{
    return v8_type(word) == type;
}

static inline bool v8_is_number(uintptr_t word)
{
    return (word & 1) == 0;
}

static inline int32_t v8_number(uintptr_t word)
{
    return (int32_t)(word >> 32);
}

static inline bool v8_is_context(uintptr_t word, int which)
{
    return v8_is(word, v8_types.context + which);
}

/* A context of a function's variables. Those of a module are everybody's, and none. */
bool v8_is_of_function(uintptr_t context);

/* Bytes of an object; 0: not all of its kind have as many. */
size_t v8_size(uintptr_t object);

/* Of an object: the words behind its header that have its properties. */
const uintptr_t *v8_properties(uintptr_t object, size_t *ret_count);

/* Of an object: those that did not fit into it; of an array: its elements. *ret_count 0: there are none, or in another form. */
const uintptr_t *v8_further_properties(uintptr_t object, size_t *ret_count);
const uintptr_t *v8_elements(uintptr_t array, size_t *ret_count);

/* The script of a function; 0: it is the machine's own. */
uintptr_t v8_script(uintptr_t function);

/* The name of a script, with ? for what does not fit into a byte; false: it has none, or one that is stored in parts. */
bool v8_script_name(uintptr_t script, char *ret, size_t size);

#endif
