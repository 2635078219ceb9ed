#include "collectors/languages/perl/statement.h"

#include <stdatomic.h>

#include "agent/base/hash.h"
#include "agent/loading/exports.h"
#include "collectors/languages/perl/layout.h"

#define OPS_MAX   4096 /* looked at, of one statement */
#define DEPTH_MAX 48   /* of its tree; deeper parts are left out */
#define KINDS     300  /* names to look through: each of these Perls has more */

/* What was found, by a hash of the question: its upper bits, and how many lines below the mark in the lowest ones. */
#define MEMO_SIZE 1024
#define LINE_BITS 16
#define LINE_MASK ((UINT64_C(1) << LINE_BITS) - 1)
static _Atomic uint64_t memo[MEMO_SIZE];

static uint32_t nextstate, entersub; /* written by one thread, before the walker is in use; 0: not known */

void perl_statement_start(void)
{
    const char *const *names = exports_find("PL_op_name");

    for (uint32_t i = 1; names && i < KINDS; i++) {
        if (strcmp(names[i], "nextstate") == 0)
            nextstate = i;
        else if (strcmp(names[i], "entersub") == 0)
            entersub = i;
    }
}

static uint32_t kind_of(const char *op)
{
    return (uint32_t)perl_int(op, PERL_OP_BITS) & PERL_OP_KIND;
}

static const char *next_sibling(const char *op)
{
    return perl_int(op, PERL_OP_BITS) & PERL_OP_MORE_SIBLINGS ? perl_pointer(op, PERL_OP_SIBLING) : NULL;
}

struct level {
    const char *op;
    const char *cop; /* the last mark in front of it */
};

/* What comes behind an op and all below it; false: the statement ends. A for with three parts is two ops behind one mark. */
static bool go_on(struct level *levels, int *depth)
{
    for (;; (*depth)--) {
        levels[*depth].op = next_sibling(levels[*depth].op);
        if (*depth == 0)
            return levels[0].op && kind_of(levels[0].op) != nextstate;
        if (levels[*depth].op)
            return true;
    }
}

/* The mark that is nearest in front of `at`, in the statement behind the mark `cop`; `cop` itself when there is none. */
static const char *nearest(const char *cop, const char *at, bool returns_to)
{
    struct level levels[DEPTH_MAX] = {{next_sibling(cop), cop}};
    int depth = 0;

    for (int i = 0; levels[depth].op && i < OPS_MAX; i++) {
        struct level *level = &levels[depth];
        uint32_t kind = kind_of(level->op);
        if (kind == 0 && (uint64_t)(uintptr_t)perl_pointer(level->op, PERL_OP_TARGET) == nextstate)
            level->cop = level->op;
        if (returns_to ? perl_pointer(level->op, PERL_OP_NEXT) == at && kind == entersub : level->op == at)
            return level->cop;
        if ((perl_int(level->op, PERL_OP_BITS) & PERL_OP_HAS_KIDS) && depth + 1 < DEPTH_MAX) {
            levels[++depth] = (struct level){perl_pointer(level->op, PERL_OP_FIRST), level->cop};
        } else if (!go_on(levels, &depth)) {
            break;
        }
    }
    return cop;
}

uint32_t perl_statement_line(const char *cop, const char *at, bool returns_to)
{
    uint32_t line = (uint32_t)perl_int(cop, PERL_COP_LINE), found;
    uint64_t question, answer;

    if (nextstate == 0 || !at || kind_of(cop) != nextstate)
        return line;

    /* Addresses are used again: the file and the line are part of the question. A line too far away is the mark's own. */
    question = hash_mix(hash_mix((uintptr_t)cop, (uintptr_t)at + returns_to), (uintptr_t)perl_pointer(cop, PERL_COP_FILE) + line);
    answer = atomic_load_explicit(&memo[question % MEMO_SIZE], memory_order_relaxed);
    if ((answer & ~LINE_MASK) == (question & ~LINE_MASK))
        return line + (uint32_t)(answer & LINE_MASK);
    found = (uint32_t)perl_int(nearest(cop, at, returns_to), PERL_COP_LINE);
    if (found < line || found - line > LINE_MASK)
        found = line;
    atomic_store_explicit(&memo[question % MEMO_SIZE], (question & ~LINE_MASK) | (found - line), memory_order_relaxed);
    return found;
}
