/* Where things are in Perl's interpreter: what of its structures is read, and how.
 *
 * Offsets are those of 64-bit builds with threads, taken with offsetof from the headers of the tags v5.32.0, v5.34.0, v5.36.0,
 * v5.38.0 and v5.40.0 of github.com/Perl/perl5: intrpvar.h (interpreter), cop.h (struct cop, block, context, stackinfo), cv.h,
 * gv.h, hv.h, sv.h. Plain loads; the thread that owns the interpreter.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PERL_LAYOUT_H
#define NPLUS1_COLLECTORS_LANGUAGES_PERL_LAYOUT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct perl_layout {
    const pthread_key_t *key;          /* PL_thr_key: the thread's interpreter */
    unsigned version;                  /* 36 */
    uint32_t op, curcop, curstackinfo; /* in the interpreter */
    bool aux_in_body;                  /* names of packages: from 5.36 on */
    uint32_t top_env;                  /* in the interpreter; 0: not found */
};

enum {
    /* struct stackinfo: a stack of contexts; sort, DESTROY, tie and their kin begin another one. */
    PERL_SI_CONTEXTS = 8,
    PERL_SI_PREVIOUS = 16,
    PERL_SI_LAST = 32, /* index of the innermost context, -1: none; int32 */
    /* struct context */
    PERL_CONTEXT_SIZE = 104,
    PERL_CONTEXT_TYPE = 0,    /* low four bits of a byte */
    PERL_CONTEXT_COP = 16,    /* the statement that was running outside */
    PERL_CONTEXT_RETURN = 48, /* the op to go on with */
    PERL_CONTEXT_CV = 72,     /* of a sub */
    PERL_TYPE_SUB = 9,
    PERL_TYPE_FORMAT = 10,
    PERL_TYPE_EVAL = 11,
    /* struct op; of its bits the kind is the lowest nine, then come flags, of which some are in the next byte but one */
    PERL_OP_NEXT = 0,
    PERL_OP_SIBLING = 8, /* the last one has its parent there */
    PERL_OP_TARGET = 24, /* of one that was dropped: what it was */
    PERL_OP_BITS = 32,   /* int32 */
    PERL_OP_KIND = 0x1ff,
    PERL_OP_MORE_SIBLINGS = 1 << 14,
    PERL_OP_HAS_KIDS = 4 << 16,
    PERL_OP_FIRST = 40,
    /* struct cop */
    PERL_COP_LINE = 36, /* int32 */
    PERL_COP_FILE = 48, /* terminated */
    /* SV */
    PERL_SV_BODY = 0,
    PERL_SV_FLAGS = 12, /* int32; the type in the low byte */
    PERL_SV_UNION = 16,
    PERL_SV_TYPE_CV = 13,
    PERL_SV_TYPE_FORMAT = 14,
    PERL_SV_HAS_AUX = 0x02000000,
    /* bodies */
    PERL_CV_STASH = 32,
    PERL_CV_NAME = 56, /* a GV, or a HEK */
    PERL_CV_FLAGS = 92,
    PERL_CV_NAMED = 0x8000,
    PERL_GV_NAME = 32, /* a HEK */
    PERL_GV_STASH = 40,
    PERL_HV_MAX = 24,
    PERL_HV_BODY_SIZE = 32,
    PERL_AUX_NAME = 0, /* a HEK, or an array of them */
    PERL_AUX_NAMES = 28,
    /* struct hek */
    PERL_HEK_LENGTH = 4,
    PERL_HEK_TEXT = 8, /* terminated */
    /* struct jmpenv: where exceptions go, on the C stack of whoever runs code; the outermost is in the interpreter, behind
       top_env. */
    PERL_ENV_PREVIOUS = 0,
};

static inline const char *perl_pointer(const char *object, uint32_t offset)
{
    const char *pointer;

    memcpy(&pointer, object + offset, sizeof pointer);
    return pointer;
}

static inline int32_t perl_int(const char *object, uint32_t offset)
{
    int32_t value;

    memcpy(&value, object + offset, sizeof value);
    return value;
}

/* The interpreter that the thread runs; NULL: none. */
static inline const char *perl_interpreter(const struct perl_layout *layout)
{
    return pthread_getspecific(*layout->key);
}

/* HEKs; NULL: there is none. */
const char *perl_name_of_sub(const struct perl_layout *layout, const char *cv, const char **ret_package);

/* Where the interpreter says where exceptions go; 0: nowhere. */
uint32_t perl_find_top_env(const char *interpreter);

/* Whether code runs in it although nobody on the stack catches exceptions: a sub that the program called so. Every address is
 * tried. */
bool perl_runs_uncaught(const struct perl_layout *layout, const char *interpreter);

/* Whether the contexts of the thread look as they should: every address is tried before it is used. */
bool perl_self_test(const struct perl_layout *layout, const char *interpreter);

#endif
