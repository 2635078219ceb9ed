/* How the control frames of the Ruby in this process stand in memory: what control.h says, as numbers. Between control.c, which
 * reads them, and selftest.c, which finds out what is not the same in all versions. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_RUBY_LAYOUT_H
#define NPLUS1_COLLECTORS_LANGUAGES_RUBY_LAYOUT_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/base/compiler.h"
#include "collectors/languages/ruby/api.h"

/* In words of a control frame. */
enum { PC, SP, ISEQ, SELF, EP };

/* 2.7: a thread has its rb_thread_t as the value of a key, and that its VM and its context there (vm_core.h). */
#define AT_THREAD_VM      24
#define AT_THREAD_CONTEXT 32

/* imemo.h; 12 is FL_USHIFT. */
#define T_MASK            0x1f
#define T_IMEMO           0x1a
#define IMEMO_KIND(flags) ((flags) >> 12 & 15)
enum { KIND_SVAR = 2, KIND_METHOD = 6, KIND_ISEQ = 7 };
#define AT_SVAR_METHOD 8

#define AT_BODY      16 /* of an iseq */
#define AT_CODE_SIZE 4  /* of a body; 32 bits, in words */
#define AT_CODE      8

/* FL_PROMOTED0 and 1: an object's age, up to 3 (ruby.h, gc.c of Ruby 2.7 to 3.2); since 3.3 the first alone says that it is old.
 */
#define OLD_AGED     0x60
#define OLD_PROMOTED 0x20

#define ENV_LOCAL     0x2
#define FRAME_BMETHOD 0x40
#define EP_BITS       UINT64_C(3)

struct ruby_context {
    const uint64_t *stack;
    size_t words;
    const uint64_t *frame; /* the innermost one; the outermost one ends where the stack does */
};

struct ruby_layout {
    bool in_tls;         /* where a thread has the address of its context: since 3.0, a variable of libruby's */
    struct ruby_tls tls; /* offset: found out */
    size_t tls_size;     /* bytes of all of those */
    void *(*tls_address)(const struct ruby_tls *place);
    unsigned key;       /* found out, 2.7 */
    size_t frame_words; /* found out */
    uint64_t old;       /* flags of objects that survived several collections */
    size_t label;       /* bytes of a body before its label; first_lineno follows, then code_location: found out */
};

enum { RUBY_LAYOUT_UNKNOWN, RUBY_LAYOUT_TRYING, RUBY_LAYOUT_HOLDS, RUBY_LAYOUT_UNUSED };

extern HIDDEN struct ruby_layout ruby_layout; /* written before the state says that it holds, by whoever made it TRYING */
extern HIDDEN _Atomic int ruby_layout_state;

/* The calling thread's context; NULL: it runs nothing of Ruby's. */
static inline const struct ruby_context *ruby_context(void)
{
    uintptr_t thread;

    if (likely(ruby_layout.in_tls))
        return *(const struct ruby_context *const *)ruby_layout.tls_address(&ruby_layout.tls);
    thread = (uintptr_t)pthread_getspecific(ruby_layout.key);
    return thread ? (const struct ruby_context *)ruby_word(thread, AT_THREAD_CONTEXT) : NULL;
}

/* control.c: as ruby_control_frames, while the layout is being tried, too. */
void ruby_layout_frames(const struct ruby_api *api, struct ruby_frames *ret);

#endif
