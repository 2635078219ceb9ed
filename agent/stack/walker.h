/* The contracts of the stack walkers, and the table of them.
 *
 * A walker is used by the thread whose stack it is, from inside an interposed function. It takes no lock that another thread
 * can hold across a database call, does not allocate with malloc, never calls into a language VM in a way that takes its lock,
 * allocates there or can raise. errno is preserved by the caller.
 *
 * Where a thread runs code of a language VM, its stack is the VM's frames alone: two functions of a script that issue one
 * statement have the same native frames. Everywhere else it is the native frames.
 */
#ifndef NPLUS1_AGENT_STACK_WALKER_H
#define NPLUS1_AGENT_STACK_WALKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/process/thread.h"

/* Walks native frames. */
struct native_walker {
    const char *name;

    /* Called once, when the first connection opens: tests itself. False: not available here. *why is set then to a static string.
     */
    bool (*start)(const char **why);

    /* The return addresses of the calling thread, innermost first, from the one that stands in the stack slot at `slot` on, and
     * the slots that they stand in (0: none that is known); their number, `max` at the most, 0: the way to the slot is not known.
     * high: the end of the stack that the slot is in, 0 where that is not known. */
    size_t (*walk)(uintptr_t slot, uintptr_t high, uintptr_t *addresses, uintptr_t *slots, size_t max);

    /* Where the function begins that a return address leads to; 0: not known. Whatever the address: what the loader does not know
     * is not looked at. Any thread, while nobody unloads the object. */
    uintptr_t (*function)(uintptr_t address);
};

/* Values are those of enum Language in nplus1.proto. */
enum walker_language {
    WALKER_NATIVE = 0,
    WALKER_PYTHON = 1,
    WALKER_RUBY = 2,
    WALKER_PHP = 3,
    WALKER_PERL = 4,
    WALKER_TCL = 5,
    WALKER_JAVA = 6,
    WALKER_JAVASCRIPT = 7,
    WALKER_LUA = 8,
};

/* One frame of a language VM. */
struct vm_frame {
    uint64_t key;   /* hash of everything that tells this place in the program from others: the code object together with what it
                       says of itself (addresses are used again), and the position in it */
    uintptr_t code; /* for describe: what the walker wants to know */
    uintptr_t position;
};

#define VM_FRAMES_DEEP 4096 /* that a stack is told by, at the most */

#define VM_TEXT 512 /* bytes of a name that are kept */

/* Goes into the recording for a frame that is seen for the first time. */
struct vm_description {
    char function[VM_TEXT], file[VM_TEXT]; /* terminated; may be cut */
    uint32_t line;                         /* 0: to be decoded by the viewer from the rest */
    uint32_t column;                       /* from 1; 0: not known */
    uint32_t first_line, last_instruction;
    const void *line_table; /* read at once, not kept */
    size_t line_table_size; /* bytes; VM_LINE_TABLE at the most, larger ones are left out */
    uint32_t line_table_format;
    /* Tells the function from others of its name and file, always the same; 0: nothing does, or not known. */
    uint64_t function_key;
};

#define VM_LINE_TABLE 8192

#define WALKER_MACHINE (UINT64_MAX >> 1) /* a task: all that a machine does, on whichever threads */

struct language_walker {
    const char *name; /* "python", ... */
    enum walker_language language;

    /* Parts of the paths of database clients that are written in the language, NULL at the end; NULL: there are none. How such a
     * client sends a statement is its own business, and changes from one execution to the next (psycopg 3 begins to prepare at
     * the sixth): of its frames at the top of a stack only the outermost one is kept, which is the call that the program made. */
    const char *const *clients;

    /* Whether the VM is in the process, and started as far as the calling thread can see. Called when connections open, until it
     * is found, by one thread at a time; cheap. */
    bool (*present)(void);

    /* Called once: finds its way and tests itself on the calling thread. A wrong guess switches the walker off: false, with *why
     * set to a static string. */
    bool (*start)(const char **why);

    /* The frames of the calling thread, innermost first; their number, `max` at the most. 0: this thread runs nothing of the VM
     * now. */
    size_t (*walk)(struct vm_frame *frames, size_t max);

    /* A number for the frames of the calling thread, found with less than a walk takes: where it is the same, now and later, walk
     * gives the same frames. Of a walker whose frames are quickly read it is VM_HASHED over their keys, innermost first. False:
     * they have to be walked. NULL: always. Leaves errno alone. */
    bool (*identify)(uint64_t *ret);

    /* Which of the VM's own threads the calling one runs, if these move from one to another: a number that no other one ever has;
     * 0: none, it runs for itself; WALKER_MACHINE: any of them, nobody knows which. NULL: always 0. Leaves errno alone. */
    uint64_t (*task)(void);

    /* Of tasks that go on in another thread between any two calls, and start others to make some of their calls: what is known of
     * the calling thread's. NULL: they are not such. Leaves errno alone. */
    struct lane_task (*wanderer)(void);

    /* How many of the frames that walk has just given, the outermost ones, are of functions that are suspended and stand on no
     * stack: they wait for what the frames inside of them do, or for its answer. NULL: none ever. */
    size_t (*suspended)(void);

    /* Describes a frame that walk has just given. *ret is zeroed. */
    void (*describe)(const struct vm_frame *frame, struct vm_description *ret);
};

/* Defined by collectors/collectors.c. */
extern const struct native_walker *const native_walker;
extern const struct language_walker *const language_walkers[];
extern const size_t language_walker_count;

void walkers_start(void); /* whenever a connection opens; starts what is new */
void walkers_reset_after_fork(void);
bool walkers_have_native(void);

/* The frames of the calling thread in whichever VM it runs; 0: in none. *ret: the walker that gave them. */
size_t walkers_walk_vm(struct vm_frame *frames, size_t max, const struct language_walker **ret);

/* The first language that works; NULL: none does. It gives the frames, unless it has none. */
extern HIDDEN const struct language_walker *_Atomic walkers_first;

/* The number that stands for what walkers_walk_vm would give; false: there is none. Where walkers_have_vm. */
static inline bool walkers_identify_vm(uint64_t *ret)
{
    const struct language_walker *first = atomic_load_explicit(&walkers_first, memory_order_relaxed);

    return first->identify && first->identify(ret);
}

/* The VM's own thread that the calling one runs; 0: none. */
static inline uint64_t walkers_task(void)
{
    const struct language_walker *first = atomic_load_explicit(&walkers_first, memory_order_relaxed);

    return first && first->task ? first->task() : 0;
}

/* Of machines that are asked for their tasks alone: no frames, and nothing to say of one. */
size_t walker_no_frames(struct vm_frame *frames, size_t max);
void walker_no_description(const struct vm_frame *frame, struct vm_description *ret);

/* The machine's tasks wander (above): what a call does is its task's, whichever thread makes it. */
extern HIDDEN _Atomic bool walkers_wander;

/* Where they wander: the state that a call goes on with, the task's or the thread's own; NULL: nothing is to be done. *own: what
 * thread_current gave, also for walkers_leave_task behind the call. begins: with this call a task may begin its work; else it
 * makes two before it has a state, as one that makes a single one does it for whoever started it. */
COLD struct thread *walkers_enter_task(struct thread **own, bool begins);
COLD void walkers_leave_task(struct thread *own);

static inline bool walkers_have_vm(void)
{
    return atomic_load_explicit(&walkers_first, memory_order_relaxed) != NULL;
}

#endif
