/* The functions of libruby that are called, and how a string of Ruby's is read.
 *
 * The functions are those of ruby/debug.h for profilers (rb_profile_frames and its kin): they take no lock, allocate nothing and
 * never raise, as far as they are used here (vm_backtrace.c of Ruby 2.7 to 3.3: the others, such as full_label, make new
 * strings). A VALUE is an address, or a constant with its lowest bits set or near zero. Any thread of Ruby's; see
 * ruby_api_usable.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_RUBY_API_H
#define NPLUS1_COLLECTORS_LANGUAGES_RUBY_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uintptr_t ruby_value;

/* A variable of each thread, as ld.so knows it (tls_index of the x86-64 ABI). */
struct ruby_tls {
    uintptr_t module, offset;
};

#define RUBY_FRAMES 1000 /* asked for at once: what is deeper is in no stack */

/* Frames of a thread, innermost first, without functions in C: an iseq or a method, and the line in it. */
struct ruby_frames {
    int count;
    bool whole; /* there are no more */
    ruby_value code[RUBY_FRAMES];
    int line[RUBY_FRAMES];
};

struct ruby_api {
    int (*profile_frames)(int start, int limit, ruby_value *frames, int *lines);
    ruby_value (*absolute_path)(ruby_value frame);
    ruby_value (*path)(ruby_value frame);
    ruby_value (*label)(ruby_value frame);
    int (*native_thread_p)(void);
    int (*thread_has_gvl_p)(void);
    const ruby_value *object_class; /* rb_cObject: set when the VM has started */

    /* Needed by control.h besides; NULL: there is none. The first two are plain reads (gc.c, iseq.c). */
    size_t (*gc_count)(void);
    unsigned (*line_of)(ruby_value code, size_t position); /* rb_iseq_line_no */
    void *(*tls_address)(const struct ruby_tls *place);    /* __tls_get_addr of ld.so, which libruby itself uses */
    void *const *vm;                                       /* ruby_current_vm_ptr, until 3.2 */

    const char *version; /* ruby_version, "3.1.2" */
    unsigned major, minor;
};

/* Whether there is a libruby in the process whose VM has started. Fills *ret when there is. */
bool ruby_api_find(struct ruby_api *ret);

/* Whether profile_frames tells of the calling thread, which is one of Ruby's. Until 2.7 the VM's idea of the present thread is
 * the thread that has its lock; since 3.0 each thread has its own (ruby_current_ec). */
bool ruby_api_usable(const struct ruby_api *api);

/* Asks the VM for the calling thread's frames. Only when the API is usable. */
void ruby_api_frames(const struct ruby_api *api, struct ruby_frames *ret);

/* The word at `offset` bytes. */
static inline uint64_t ruby_word(uintptr_t object, size_t offset)
{
    return *(const uint64_t *)(object + offset);
}

/* Whether a value is an address, and not a constant. */
static inline bool ruby_is_object(ruby_value value)
{
    return value >= 4096 && (value & 7) == 0;
}

/* The bytes of a string, not terminated; false: it is none (nil). */
bool ruby_text(const struct ruby_api *api, ruby_value value, const char **ret, size_t *ret_length);

#endif
