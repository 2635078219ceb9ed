/* Where things are in Tcl 8.6's interpreters: what of their structures is read, and how.
 *
 * Offsets are those of 64-bit Linux builds, taken with offsetof from tclInt.h, tclCompile.h, tclOOInt.h and tcl.h of Tcl's
 * sources, as Debian installs them in tcl8.6-dev (tcl8.6/tcl-private/generic). Compared were 8.6.11 (Debian 11), 8.6.13 (12) and
 * 8.6.16 (13): all offsets below are the same in the three, and so are the encodings that place.c reads. Plain loads; the
 * thread that owns the interpreter.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_TCL_LAYOUT_H
#define NPLUS1_COLLECTORS_LANGUAGES_TCL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    /* Interp (tclInt.h) */
    TCL_INTERP_STUBS = 24,   /* public: what Tcl_InitStubs of every package reads */
    TCL_INTERP_LEVELS = 152, /* int: evaluations that are going on */
    TCL_INTERP_ENVIRONMENT = 456,
    TCL_INTERP_FRAME = 952,            /* the innermost CmdFrame */
    TCL_INTERP_LINES_OF_CODE = 984,    /* Tcl_HashTable: ByteCode -> ExtCmdLoc */
    TCL_STUBS_MAGIC = (int)0xFCA3BACF, /* tcl.h: the first word of the stubs */
    /* ExecEnv, CoroutineData */
    TCL_ENVIRONMENT_INTERP = 24,
    TCL_ENVIRONMENT_COROUTINE = 40,
    TCL_COROUTINE_CALLER = 16, /* an ExecEnv */
    TCL_COROUTINE_FRAME = 40,  /* of the caller: a CmdFrame */
    /* CmdFrame: where a command was called */
    TCL_FRAME_TYPE = 0,   /* int */
    TCL_FRAME_LEVEL = 4,  /* int */
    TCL_FRAME_LINES = 8,  /* int[]: of the command's words; -1: a word that is made at run time */
    TCL_FRAME_WORDS = 16, /* int */
    TCL_FRAME_CALL = 24,  /* a CallFrame */
    TCL_FRAME_NEXT = 32,
    TCL_FRAME_PATH = 40, /* a Tcl_Obj */
    TCL_FRAME_CODE = 40, /* or a ByteCode */
    TCL_FRAME_PC = 48,
    TCL_FRAME_TEXT = 64,
    TCL_FRAME_LENGTH = 72, /* int */
    /* types of CmdFrame and ExtCmdLoc */
    TCL_TYPE_EVAL = 0,
    TCL_TYPE_CODE = 2,
    TCL_TYPE_PRECOMPILED = 3,
    TCL_TYPE_SOURCE = 4,
    TCL_TYPE_PROC = 5,
    /* ByteCode (tclCompile.h) */
    TCL_CODE_INTERP = 0, /* TclHandle: an address of the interpreter's address */
    TCL_CODE_SOURCE = 40,
    TCL_CODE_PROC = 48,     /* a Proc, of its body; NULL: of a script */
    TCL_CODE_COMMANDS = 64, /* int, and so are the next ones */
    TCL_CODE_SOURCE_SIZE = 68,
    TCL_CODE_SIZE = 72,
    TCL_CODE_START = 104,
    TCL_CODE_DELTAS = 136,
    TCL_CODE_LENGTHS = 144,
    TCL_CODE_SOURCE_DELTAS = 152,
    TCL_CODE_SOURCE_LENGTHS = 160,
    /* ExtCmdLoc, ECL */
    TCL_LINES_TYPE = 0,  /* int */
    TCL_LINES_START = 4, /* int */
    TCL_LINES_PATH = 8,  /* a Tcl_Obj */
    TCL_LINES_COMMANDS = 16,
    TCL_LINES_COUNT = 28,        /* int */
    TCL_LINES_COMMAND_SIZE = 24, /* sizeof(ECL) */
    TCL_COMMAND_OFFSET = 0,      /* int */
    TCL_COMMAND_WORDS = 4,       /* int */
    TCL_COMMAND_LINES = 8,       /* int[] */
    /* CallFrame, Proc, Namespace, Command */
    TCL_CALL_NAMESPACE = 0,
    TCL_CALL_KIND = 8,     /* int */
    TCL_CALL_COUNT = 12,   /* int: words of the call */
    TCL_CALL_WORDS = 16,   /* Tcl_Obj *[] */
    TCL_CALL_CALLER = 24,  /* a CallFrame */
    TCL_CALL_PROC = 48,    /* a Proc; NULL: no procedure's */
    TCL_CALL_CONTEXT = 80, /* of a method: a CallContext */
    TCL_KIND_LAMBDA = 2,
    TCL_KIND_METHOD = 4,
    TCL_PROC_INTERP = 0,
    TCL_NAMESPACE_NAME = 8,
    TCL_NAMESPACE_ID = 128, /* long: no two of a thread have the same */
    TCL_COMMAND_ENTRY = 0,  /* a Tcl_HashEntry, NULL: has no name (any more) */
    /* CallContext, CallChain, Object, Class (tclOOInt.h) */
    TCL_CONTEXT_OBJECT = 0,
    TCL_CONTEXT_CHAIN = 16,
    TCL_CHAIN_FLAGS = 12, /* int */
    TCL_CHAIN_CONSTRUCTOR = 8,
    TCL_CHAIN_DESTRUCTOR = 16,
    TCL_OBJECT_COMMAND = 16, /* NULL: deleted, and so is the next one */
    TCL_OBJECT_CLASS = 32,
    TCL_OBJECT_FLAGS = 92, /* int */
    TCL_OBJECT_GOING = 1,
    TCL_CLASS_OBJECT = 0,
    /* Tcl_HashTable, Tcl_HashEntry, Tcl_Obj (tcl.h) */
    TCL_TABLE_BUCKETS = 0,
    TCL_TABLE_SHIFT = 52, /* int */
    TCL_TABLE_MASK = 56,  /* int */
    TCL_ENTRY_NEXT = 0,
    TCL_ENTRY_HASH = 16, /* of the key */
    TCL_ENTRY_VALUE = 24,
    TCL_ENTRY_KEY = 32,  /* an address, or terminated text */
    TCL_OBJ_TEXT = 8,    /* terminated; NULL: not made yet */
    TCL_OBJ_LENGTH = 16, /* int */
};

static inline const char *tcl_pointer(const char *object, uint32_t offset)
{
    const char *pointer;

    memcpy(&pointer, object + offset, sizeof pointer);
    return pointer;
}

static inline int32_t tcl_int(const char *object, uint32_t offset)
{
    int32_t value;

    memcpy(&value, object + offset, sizeof value);
    return value;
}

/* A frame, and the environment that it runs in: each coroutine has one, and frames of its own. */
struct tcl_cursor {
    const char *frame, *environment; /* frame NULL: at the end */
};

static inline struct tcl_cursor tcl_innermost(const char *interp)
{
    return (struct tcl_cursor){tcl_pointer(interp, TCL_INTERP_FRAME), tcl_pointer(interp, TCL_INTERP_ENVIRONMENT)};
}

static inline void tcl_go_out(struct tcl_cursor *cursor)
{
    const char *coroutine;

    cursor->frame = tcl_pointer(cursor->frame, TCL_FRAME_NEXT);
    while (!cursor->frame && cursor->environment &&
           (coroutine = tcl_pointer(cursor->environment, TCL_ENVIRONMENT_COROUTINE)) != NULL) {
        cursor->frame = tcl_pointer(coroutine, TCL_COROUTINE_FRAME);
        cursor->environment = tcl_pointer(coroutine, TCL_COROUTINE_CALLER);
    }
}

/* The interpreter's ExtCmdLoc of a ByteCode, which has its lines; NULL: none. Looked up as Tcl_FindHashEntry does it in a table
 * of addresses (tclHash.c: RANDOM_INDEX of the lower half of the address). */
static inline const char *tcl_lines_of(const char *interp, const char *code)
{
    const char *table = tcl_pointer(interp, TCL_INTERP_LINES_OF_CODE), *buckets = tcl_pointer(table, TCL_TABLE_BUCKETS);
    uint64_t index = (uint32_t)(uintptr_t)code * UINT64_C(1103515245) >> tcl_int(table, TCL_TABLE_SHIFT) &
                     (uint32_t)tcl_int(table, TCL_TABLE_MASK);
    const char *entry = tcl_pointer(buckets, (uint32_t)index * (uint32_t)sizeof(void *));

    while (entry && tcl_pointer(entry, TCL_ENTRY_KEY) != code)
        entry = tcl_pointer(entry, TCL_ENTRY_NEXT);
    return entry ? tcl_pointer(entry, TCL_ENTRY_VALUE) : NULL;
}

#endif
