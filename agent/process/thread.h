/* The agent's state for each thread of the program. Only that thread touches it.
 *
 * thread_current() is how every wrapper begins: NULL when the agent has nothing to do (disabled, not started, out of memory,
 * inside itself), in which case the wrapper calls the real function and returns. It also notices that the process is a fork's
 * child.
 *
 * When a thread ends, its state (and so its shard of the counters) is handed to the next new thread.
 */
#ifndef NPLUS1_AGENT_PROCESS_THREAD_H
#define NPLUS1_AGENT_PROCESS_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/base/memory.h"
#include "agent/base/table.h"
#include "agent/sql/types.h"

struct candidate;
struct group_shard;
struct lane;
struct repeats;
struct scope;
struct sources;
struct stack_memos;
struct text_cache;
struct open_record;
struct young_lookouts;

#define STACK_KNOWN     128
#define CANDIDATES_LEFT 3
#define SCOPE_DEPTH     16 /* scopes within each other whose names are kept */

/* A stack that was interned lately. */
struct stack_known {
    uint64_t hash; /* over the keys or return addresses of its frames */
    uint32_t stack;
};

/* A result of which is noted what the program reads (watch.h). */
struct watched {
    const void *what; /* NULL: none */
    struct group_shard *shard;
    uint64_t read; /* bits: columns */
    uint32_t columns, rows;
    uint32_t touched; /* rows that were read */
    int row;          /* the last one of them */
    uint32_t closings;
    uint64_t reads_left;
    const struct group_shard *passing; /* whose rows are passed over now; NULL: nobody's */
    uint32_t passes, passed;           /* how many times so far; rows that the present ones stand for, too */
};

/* Lives in pages that fork wipes (MADV_WIPEONFORK): in the child it reads as zeros. */
struct thread {
    /* Stands first, as it is large and seldom looked at: what follows is touched by each statement, and the begin of a page is
     * where the first cache is crowded (memory.c). */
    struct stack_known known_stacks[STACK_KNOWN];

    bool plain;           /* alive, ticks are the TSC, nothing unusual: a collector's fast path needs no other test */
    bool alive;           /* belongs to the calling process, and has nothing to forget; cleared by thread_forget_all */
    uint32_t shard;       /* from 1 */
    int32_t timed_in;     /* see probe_is_timed */
    uint32_t clock_phase; /* see probe_time_again */

    bool unusual; /* a collector says that it is not plain now */
    bool carries; /* it may carry threads of a language's machine, which have states of their own (lanes.h): they are asked for */

    struct lane *lane;                       /* whose state this is, if it is one of these; NULL: a thread's own */
    struct thread *carrier, *carrier_before; /* of a lane: that it is on now, NULL: it is not in the agent; and that it was on */

    /* Counting (group.c). */
    uint64_t sequence; /* changes from one group to another so far; jumps where a unit of work ends, see unit.h */
    uint64_t boundary; /* sequence right after the last such jump */
    struct group_shard *last_shard;
    uint64_t busy;       /* ticks in databases so far */
    uint64_t idle_at;    /* ticks from which on the thread has been without a statement for long */
    uint32_t writes;     /* statements that change rows, so far */
    struct table groups; /* a group's key -> struct group_shard */
    struct table edges;  /* edge id -> its counters */

    /* Units of work (agent/unit). */
    uint32_t transactions;          /* that it has open */
    uint32_t unit;                  /* changes where what was read before no longer explains what comes */
    int32_t read_descriptor;        /* that the program read from since the last statement, plus one; 0: none */
    uint32_t called_news;           /* those that it has seen (called.h) */
    uint32_t called_at;             /* how often somebody had called then */
    uint32_t called_looks;          /* its executions then */
    bool has_waked;                 /* whoever called it, since then */
    bool called_idle;               /* nobody waited for an answer then */
    bool hears;                     /* it has heard a visitor itself */
    int connects;                   /* a socket that it began to connect since its last statement, plus one; 0: none */
    int32_t at_work;                /* connections that it gave something to do (probe_busy), but for those that it saw done */
    _Atomic int32_t done_elsewhere; /* of them, those that another thread was done with */
    bool crowded;                   /* when one got something to do last, another one had */
    bool was_crowded;               /* ever */
    bool serves;                    /* all that it does now is for the visitor that it heard last (descriptors.c) */
    bool takes_turns;               /* it heard one while it worked for another: an event loop */
    int32_t visitor;                /* the descriptor of that one, plus one; 0: none */
    uint64_t heard_at;              /* sequence, behind that */
    struct scope *scope;            /* the innermost one; NULL: none */
    _Atomic uint32_t stay;          /* in it: another number for each time that it is entered, 0 outside of any; scope.h */
    uint32_t last_stay;
    uint32_t scope_depth; /* those that the program began itself */
    bool tagged;          /* the scope is one that sqlcommenter's tags named */
    uint64_t trace;       /* of the tags */
    struct {
        struct scope *scope;
        uint32_t stay;
    } outer[SCOPE_DEPTH];
    struct table visits;    /* hash of group and scope -> their counters */
    struct table baselines; /* hash of group and level of a scope -> struct baseline (agent/stay/baseline.h) */
    struct table tallies;   /* hash of group, kind and name -> their counters, see tally.h */

    struct open_record *open_records; /* where the recording says which transactions are open (open_transaction.c) */

    /* Provenance (provenance.c). */
    struct sources *sources;
    uint32_t last_episode;      /* number of the last execution whose rows were captured */
    uint32_t looks;             /* executions so far that asked where their values come from */
    uint32_t seeking;           /* see provenance_capture */
    uint32_t waits, work_waits; /* waits for work so far; when work_began was noted */
    uint64_t work_began;        /* ticks: what it does now began at the latest */
    uint64_t works_for;         /* the other thread's unit of work that it did something for last; 0: none */
    uint64_t unrecorded[2][40]; /* counters of edges that do not fit into the recording: the chosen ones, and the second */
    struct young_lookouts *young_lookouts;              /* NULL: none yet (lookout.c) */
    struct candidate *left_candidates[CANDIDATES_LEFT]; /* lists of each size that are of no use now (candidates.c); NULL: none */
    struct watched watched;
    struct pool pool;

    struct repeats *repeats; /* NULL: none yet (repeats.c) */

    /* Stacks (stack.c). */
    uintptr_t stack_low, stack_high; /* the thread's own stack; both 0 while unknown */
    uint32_t stack_tries;
    struct stack_memos *memos;
    struct stack_deep *deep; /* NULL: not needed so far */
    void *walker_memos;      /* of the language whose machine it runs, which makes them; NULL: none yet */
    void *python_memos;      /* the same of Python, which runs beside others */

    /* Statement texts (agent/probe/text_cache.c). */
    struct text_cache *texts;
    uint32_t texts_found; /* so far */
    const void *speaks;   /* the connection whose text is looked at, to be asked by statement_on_doubt */
    struct fingerprint scratch;

    struct thread *next_free, *next;
};

extern HIDDEN struct thread thread_nobody; /* never alive */

/* A thread that has run no statement yet has read what a visitor sent. */
extern HIDDEN __thread bool thread_was_asked __attribute__((tls_model("initial-exec")));

extern __thread struct thread *thread_self __attribute__((tls_model("initial-exec")));

/* NPLUS1_DISABLE: every thread_current() was NULL and will be. */
extern HIDDEN bool thread_disabled;

COLD struct thread *thread_enter(void);

static inline struct thread *thread_current(void)
{
    struct thread *thread = thread_self;

    return likely(thread->alive) ? thread : thread_enter();
}

/* Which stay in a scope the thread is in, see agent/unit/scope.h. */
static inline uint32_t thread_stay(const struct thread *thread)
{
    return atomic_load_explicit(&thread->stay, memory_order_relaxed);
}

/* Behind a real call, inside of which the program's own code may have run: a coroutine that went on in another thread comes back
 * there, and a fork in the child. `thread` is what it was before; NULL: there is nothing to do where it is now. */
static inline struct thread *thread_again(struct thread *thread)
{
    return likely(thread == thread_self) ? thread : thread_current();
}

/* The calling thread carries `task` of a language's machine, not 0, which moves from one thread to another: it goes on with the
 * state of that one (lanes.h), until thread_leave_lane; or with its own where there is no room. carrier: its own. */
COLD struct thread *thread_enter_lane(struct thread *carrier, uint64_t task);
COLD void thread_leave_lane_now(struct thread *thread);

/* thread: what it went on with; NULL: nothing. */
static inline void thread_leave_lane(struct thread *thread)
{
    if (unlikely(thread && thread->carrier))
        thread_leave_lane_now(thread);
}

/* A task that may have started others for some of its calls, or was started for one. */
struct lane_task {
    uint64_t number, maker; /* its own, and that of the task which started it, 0: not known */
    uintptr_t handle;       /* for is_over */
    /* Whether a task that has come once will not come again. Any thread, at any later time. */
    bool (*is_over)(uint64_t number, uintptr_t handle);
};

/* Calls into the rooms above. Each is made by the thread itself; none may take a lock that a statement holds. */
struct thread_hooks {
    void (*begin)(void);                    /* the first thread is about to enter, or several at once; no lock is held */
    void (*after_fork)(void);               /* in the child, alone: everything of the parent's is to be forgotten */
    void (*entered)(struct thread *thread); /* it begins, with a state that may be that of one which has ended */
    void (*forget)(struct thread *thread);  /* remembered addresses may mean something else now */
    void (*left)(struct thread *thread);    /* it ends */
    void (*shut_out)(void);                 /* it goes on, but a seccomp filter lets it do nothing here any more */
};

/* Called by the constructor; false: no agent in this process. hooks: kept. */
bool thread_start(const struct thread_hooks *hooks);

/* Whether this process is the one that the agent's state belongs to: not so in a fork's child that has run no statement. */
bool thread_process_is_ours(void);

/* Whether the caller is a child that has the memory of the process, as vfork's has: descriptors that it closes or copies are its
 * own. A system call. */
bool thread_runs_in_a_child(void);

/* A library was unloaded: remembered addresses may mean something else. Every thread forgets them before its next statement. */
void thread_forget_all(void);

/* A state of a thread that has ended, or a new one; NULL: no memory. It is for whoever begins with it: the calling thread, or one
 * that moves between threads (lanes.h), which ends, and may find itself on another stack. */
struct thread *thread_take(void);
void thread_begin(struct thread *thread);
void thread_end(struct thread *thread);
void thread_change_stack(struct thread *thread);

/* Each thread that the process has had, those that have ended included; their state may change meanwhile. None, when a
 * lock that no statement holds does not come free soon. Any thread. */
void thread_each(void (*each)(struct thread *thread, void *argument), void *argument);

/* There is no place to record to: from now on every thread_current() is NULL. */
void thread_stop(void);

#endif
