/* Long because: whatever adds frames to a stack shares what is known of those that stood there before, and all of it is
 * inlined into the path of a known one. */
#include "collectors/languages/python/python.h"

#include <stdatomic.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "agent/base/memory.h"
#include "agent/process/thread.h"
#include "collectors/languages/python/awaiting/awaiting.h"
#include "collectors/languages/python/awaiting/threads.h"
#include "collectors/languages/python/describe.h"
#include "collectors/languages/python/greenlets.h"
#include "collectors/languages/python/interpreters.h"
#include "collectors/languages/python/layout.h"
#include "collectors/languages/python/nodes.h"
#include "collectors/languages/python/object.h"
#include "collectors/languages/python/selftest.h"

enum { NOT_LOOKED, FOUND, UNKNOWN };

/* Written by one thread, before the walker is in use. */
static struct python_layout layout;
static int layout_state;
static const char *unknown_why;

static const char unlike[] = "Python frames: this build of CPython does not look as its version says";

/* A program that embeds the interpreter may open its connections while none of its code runs: then the test waits for the first
 * frames. */
enum { UNTESTED, HOLDS, FAILS };
static _Atomic int test_result;

/* Before the interpreter has started there is nothing to look at. */
static bool present(void)
{
    if (!python_layout_present())
        return false;
    if (layout_state == NOT_LOOKED)
        layout_state = python_layout_find(&layout, &unknown_why) ? FOUND : UNKNOWN;
    return layout_state == UNKNOWN || layout.thread_state();
}

static COLD bool holds(void)
{
    const void *frame = python_first_frame(&layout);

    if (test_result == UNTESTED && frame)
        test_result = python_self_test(&layout, frame) ? HOLDS : FAILS;
    return test_result == HOLDS;
}

static bool start(const char **why)
{
    if (layout_state == UNKNOWN) {
        *why = unknown_why;
        return false;
    }
    if (python_first_frame(&layout) && !holds()) {
        *why = unlike;
        return false;
    }
    return true;
}

/* A code object's names and tables are compared by address: they live as long as the code object does. */
static inline uint64_t called(const char *code)
{
    return python_word(code, layout.code_name) ^ (uint64_t)python_int(code, layout.code_first_line) << 48;
}

static inline uint64_t written(const char *code)
{
    return python_word(code, layout.code_filename) ^ python_word(code, layout.code_line_table) << 16;
}

/* Tells a code object from others that had its address before, by what lies together in it: for each frame of a stack these are
 * lines of the cache that nobody else asks for. */
static inline uint64_t identity_of(const char *code)
{
    uint64_t file = python_word(code, layout.code_filename), at = (uintptr_t)code;

    return called(code) ^ (file << 17 | file >> 47) ^ (at << 33 | at >> 31);
}

static inline uint64_t key_of(const char *code, uintptr_t position)
{
    return hash_mix((uintptr_t)code, position) ^ hash_mix(called(code), written(code));
}

/* What tells a frame from others. *ret_position: where it is in its code, or the node of a template that it renders. */
static uint64_t key_of_frame(const char *frame, const char *code, uintptr_t *ret_position)
{
    struct python_node node;
    const char *object;

    if (unlikely(python_may_be_node(&layout, code)) && (object = python_node(&layout, frame, code, &node))) {
        *ret_position = (uintptr_t)object;
        return hash_mix(key_of(code, 0), node.key);
    }
    *ret_position = python_position(&layout, frame, code);
    return key_of(code, *ret_position);
}

static inline uint64_t position_in(const char *frame)
{
    return python_word(frame, layout.frame_position) & (layout.position == POSITION_POINTER ? UINT64_MAX : UINT32_MAX);
}

/* A frame that stood at the same depth lately, as most of those stand there again: of a function that drives no greenlet. */
struct known {
    uint64_t position; /* as it stands in the frame */
    uint64_t identity; /* of its code */
    uint64_t key;
    uint64_t after; /* the hash of the frames from the innermost one to this, see `chained` */
};

#define KNOWN       128 /* the innermost ones */
#define LOOKS_AGAIN 16
#define CALLER_MAX  1024 /* frames of another thread */

/* Of a thread. */
struct memos {
    struct known known[KNOWN];
    const char *code[KNOWN]; /* of each; NULL: none is known */
    uint8_t whose[KNOWN];    /* of each whose it is, as far as somebody has asked */
    uint64_t handle;         /* identity of the code by which a loop goes on with a task */
    uint32_t chained;        /* so many of the innermost ones stood together when their `after` was worked out */
    uint32_t work;           /* the one that a pool's call stands at, below which are functions of the program's; 0: none */
    struct {
        struct threads_call call;
        const char *frame;
        uint64_t position, identity, key; /* of it */
        uint64_t hash;                    /* 0: nobody */
    } awaited;                            /* who waits for the call that a frame is at, as it was found the first time */
    uint32_t task; /* one more than the one that such a code stands at, of which is asked each time who waits; 0: none */
};

enum { NOT_ASKED, PACKAGES, PROGRAMS };

/* Where frames go: into memory, or into a hash alone. */
struct frames {
    struct vm_frame *frame; /* NULL: into the hash */
    size_t count, max;
    bool is_over; /* whatever else stands on the thread's stack */
    uint64_t hash;
    struct memos *memos; /* NULL: there is no memory, or none is needed */
};

static inline bool has_code(const char *frame, const char *code)
{
    return (!layout.frame_owner || frame[layout.frame_owner] < PYTHON_OWNER_C_STACK) &&
           (!layout.code_may_be_else || python_pointer(code, PYTHON_OBJECT_TYPE) == (const char *)layout.code_type);
}

static bool says_enough(const struct frames *to, enum python_awaited awaited);
static bool add_awaiting(const char *frame, const char *code, enum python_awaited awaited, struct frames *to);
static void add_awaiting_task(const char *frame, const char *code, struct frames *to);

/* Adds the frames from one outwards. */
static void add_frames(const char *frame, struct frames *to, bool in_greenlet)
{
    for (; frame && to->count < to->max; frame = python_pointer(frame, layout.frame_previous)) {
        const char *code = python_frame_code(&layout, frame);
        enum python_awaited awaited;
        uintptr_t position;
        uint64_t key;
        bool is_enough;

        if (!has_code(frame, code))
            continue;
        if (unlikely(python_may_drive_greenlet(&layout, code)) && !in_greenlet) {
            add_frames(python_greenlet_frame(&layout, frame, code), to, true);
            if (to->count == to->max)
                break;
        }
        awaited = python_awaited(&layout, code);
        is_enough = likely(awaited == PYTHON_AWAITED_NOT) || says_enough(to, awaited);
        if (awaited == PYTHON_AWAITED_TASK && !python_awaits_nobody(&layout, frame)) {
            add_awaiting_task(frame, code, to);
            if (to->count == to->max || to->is_over)
                break;
        }
        key = key_of_frame(frame, code, &position);
        to->frame[to->count++] = (struct vm_frame){key, (uintptr_t)code, position};
        if (!is_enough && add_awaiting(frame, code, awaited, to))
            break;
    }
}

static void add_of_greenlet(const char *frame, const char *code, struct frames *to);

static bool is_package(const struct frames *to, size_t i)
{
    uint8_t *whose = to->memos ? &to->memos->whose[i] : NULL;

    if (to->frame)
        return python_is_package(&layout, (const char *)to->frame[i].code);
    if (i >= KNOWN || !whose)
        return false;
    if (*whose == NOT_ASKED)
        *whose = python_is_package(&layout, to->memos->code[i]) ? PACKAGES : PROGRAMS;
    return *whose == PACKAGES;
}

/* Whether what stands below such a frame says enough: a function of the program's that was given to a pool of threads. In a
 * context of its own it is a part of what somebody does who waits, as asyncio.to_thread has it, and it costs little to know
 * whether it is still the same call. */
static bool says_enough(const struct frames *to, enum python_awaited awaited)
{
    if (awaited != PYTHON_AWAITED_WORK || threads_call(&layout).context)
        return false;
    for (size_t i = 0; i < to->count; i++) {
        if (!is_package(to, i))
            return true;
    }
    return false;
}

/* What stood at a depth is not known any more: what stands there now must be looked at each time. */
static void forget(struct memos *memos, size_t at)
{
    memos->code[at] = NULL;
    memos->known[at].identity = 0;
    memos->whose[at] = PROGRAMS;
    memos->chained = memos->chained < at ? memos->chained : (uint32_t)at;
    memos->work = memos->work == at ? 0 : memos->work;
    memos->task = memos->task == at + 1 ? 0 : memos->task;
}

/* A frame that is not the calling thread's. */
static void add_other(const char *frame, const char *code, struct frames *to)
{
    uintptr_t position = python_position(&layout, frame, code);
    uint64_t key = key_of(code, position);

    if (to->frame)
        to->frame[to->count] = (struct vm_frame){key, (uintptr_t)code, position};
    else
        to->hash = hash_mix(to->hash, key);
    to->count++;
}

/* Behind a coroutine that does what another thread has called the frames of that one, from the program's own ones on: those of
 * the packages in between come and go while the call is under way. False: they cannot be told. */
static NOINLINE bool add_caller(const char *frame, const char *code, struct frames *to)
{
    struct others_pages pages = {.count = 0};
    struct threads_frame caller = {.previous = python_awaiting_caller(&layout, frame, code)};

    /* That thread may go on, and leave frames behind that lead round in a circle. */
    for (int i = 0; i < CALLER_MAX && to->count < to->max && threads_frame(&pages, &layout, caller.previous, &caller); i++) {
        if (!caller.code || (!to->is_over && python_is_package(&layout, caller.code)))
            continue;
        add_other(caller.head, caller.code, to);
        to->is_over = true;
    }
    return to->is_over;
}

/* Coroutines that wait for what the frame's thread does. Each is one frame, but for that which drives a greenlet. */
static size_t add_coroutines(const char *frame, const char *code, enum python_awaited awaited, struct frames *to)
{
    const char *waiting[AWAITING_MAX];
    size_t count = python_awaiting_frames(&layout, frame, code, awaited, waiting);

    for (size_t i = 0; i < count && to->count < to->max; i++) {
        const char *of = python_frame_code(&layout, waiting[i]);

        if (python_may_drive_greenlet(&layout, of))
            add_of_greenlet(waiting[i], of, to);
        if (to->count == to->max)
            break;
        add_other(waiting[i], of, to);
    }
    if (count > 0 && python_awaited(&layout, python_frame_code(&layout, waiting[count - 1])) == PYTHON_AWAITED_CALL)
        add_caller(waiting[count - 1], python_frame_code(&layout, waiting[count - 1]), to);
    return count;
}

static bool add_whoever_waits(const char *frame, const char *code, enum python_awaited awaited, struct frames *to)
{
    return awaited == PYTHON_AWAITED_CALL ? add_caller(frame, code, to) : add_coroutines(frame, code, awaited, to) > 0;
}

static bool is_at_call(const struct memos *memos, const char *frame, struct threads_call call)
{
    return memos->awaited.frame == frame && call.context && memos->awaited.call.context == call.context &&
           memos->awaited.call.version == call.version;
}

/* Into the hash as one. As long as the thread is at the same call, that waits for it which did when it began. */
static bool hash_whoever_waits(const char *frame, const char *code, enum python_awaited awaited, struct frames *to)
{
    struct threads_call call = threads_call(&layout);
    struct frames others = {.max = to->max - to->count};
    struct memos *memos = to->memos;

    if (memos && is_at_call(memos, frame, call))
        others.hash = memos->awaited.hash;
    else if (!add_whoever_waits(frame, code, awaited, &others))
        others.hash = 0;
    if (memos) {
        memos->awaited.call = call;
        memos->awaited.frame = frame;
        memos->awaited.position = position_in(frame);
        memos->awaited.identity = identity_of(code);
        memos->awaited.key = key_of(code, python_position(&layout, frame, code));
        memos->awaited.hash = others.hash;
    }
    if (others.hash)
        to->hash = hash_mix(to->hash, others.hash);
    return others.hash != 0;
}

/* How often to look for whoever waits, so that all that a call does has one stack outside of it: not at all, where nobody did
 * when it began, and again where somebody did, who may be on the way from handing it on to waiting for it. */
static int looks_for(const char *frame)
{
    const struct memos *memos = thread_self->python_memos;

    if (!memos || !is_at_call(memos, frame, threads_call(&layout)))
        return 1;
    return memos->awaited.hash ? LOOKS_AGAIN : 0;
}

/* Behind the frame of a thread that works for others these: who called it is of no interest then. False: there are none. */
static NOINLINE bool add_awaiting(const char *frame, const char *code, enum python_awaited awaited, struct frames *to)
{
    if (awaited == PYTHON_AWAITED_TASK)
        return false;
    if (!to->frame)
        return hash_whoever_waits(frame, code, awaited, to);
    for (int looks = looks_for(frame); looks > 0; looks--) {
        if (add_whoever_waits(frame, code, awaited, to))
            return true;
    }
    return false;
}

/* Before the frame by which the loop goes on with a task, as if they had called what the task does: where these stand for a task
 * of their own, their loop's frame follows, too. What is known of the frames that have stood at their depths is not theirs. */
static NOINLINE void add_awaiting_task(const char *frame, const char *code, struct frames *to)
{
    struct memos *memos = to->memos;
    size_t first = to->count;

    add_coroutines(frame, code, PYTHON_AWAITED_TASK, to);
    for (size_t i = first; memos && i < to->count && i < KNOWN; i++)
        forget(memos, i);
}

static inline bool is_known(const struct known *known, const char *frame, const char *code)
{
    return likely(known->position == position_in(frame)) && likely(known->identity == identity_of(code));
}

static void hash_frames(const char *frame, struct frames *to, bool in_greenlet);

/* The frame stands at its depth from now on, and the hash is that of it and all before it. What it says of a pool's call holds as
 * long as what is below it stays. Of a task there is one in a stack: a loop runs in no other. */
static void learn(struct memos *memos, size_t at, const char *code, struct known known, enum python_awaited awaited)
{
    bool is_work = awaited != PYTHON_AWAITED_NOT && awaited != PYTHON_AWAITED_TASK;

    if (memos->work && (is_work ? at != memos->work : at < memos->work)) {
        memos->known[memos->work].identity = 0;
        memos->work = 0;
    }
    if (awaited == PYTHON_AWAITED_TASK) {
        if (memos->task && memos->task != at + 1)
            memos->known[memos->task - 1].identity = 0;
        memos->task = (uint32_t)at + 1;
    } else if (memos->task == at + 1) {
        memos->task = 0;
    }
    memos->known[at] = known;
    memos->code[at] = code;
    memos->chained = memos->chained < at ? memos->chained : (uint32_t)at + 1;
    memos->whose[at] = NOT_ASKED;
    if (is_work)
        memos->work = (uint32_t)at;
}

/* Behind the frames that are known without another question, from one of them on. */
static inline const struct known *end_of_known(const struct memos *memos, size_t from)
{
    return memos->known + (unlikely(from < memos->task) ? memos->task - 1 : KNOWN);
}

/* A frame that goes on with a task, where it stood before, and nobody waits for that. */
static bool is_task_alone(const struct memos *memos, size_t at, const char *frame, const char *code)
{
    return memos && memos->task == at + 1 && is_known(&memos->known[at], frame, code) && python_awaits_nobody(&layout, frame);
}

/* A frame below which the thread is at a call, still the same one, for which somebody waits. */
static bool is_awaited_as_before(const struct memos *memos, const char *frame, const char *code)
{
    return memos && memos->awaited.frame == frame && memos->awaited.hash && memos->awaited.position == position_in(frame) &&
           memos->awaited.identity == identity_of(code) && is_at_call(memos, frame, threads_call(&layout));
}

/* As python_awaited, which reads the name of a file. */
static enum python_awaited awaited_of(struct memos *memos, const char *code)
{
    enum python_awaited awaited;

    if (memos && memos->handle == identity_of(code))
        return PYTHON_AWAITED_TASK;
    awaited = python_awaited(&layout, code);
    if (memos && awaited == PYTHON_AWAITED_TASK)
        memos->handle = identity_of(code);
    return awaited;
}

/* Adds a frame, behind those of the greenlet that it drives, and before those of the coroutines that wait for it. False: nothing
 * is to follow. */
static NOINLINE bool hash_new(const char *frame, const char *code, struct frames *to, bool in_greenlet)
{
    bool drives = python_may_drive_greenlet(&layout, code);
    enum python_awaited awaited = drives ? PYTHON_AWAITED_NOT : awaited_of(to->memos, code);
    bool is_enough = awaited == PYTHON_AWAITED_NOT || says_enough(to, awaited);
    struct memos *memos;
    uintptr_t position;
    uint64_t key = key_of_frame(frame, code, &position);
    bool is_plain = !drives && position < PYTHON_POSITION_MOST;
    size_t at;

    if (awaited == PYTHON_AWAITED_TASK && !python_awaits_nobody(&layout, frame))
        add_awaiting_task(frame, code, to);
    if (to->is_over)
        return false;
    at = to->count;
    memos = at < KNOWN ? to->memos : NULL;
    if (drives && !in_greenlet)
        hash_frames(python_greenlet_frame(&layout, frame, code), to, true);
    if (to->count == to->max)
        return false;
    to->hash = hash_mix(to->hash, key);
    to->count++;
    if (!is_enough && add_awaiting(frame, code, awaited, to))
        return false;
    if (memos && is_plain && (is_enough || awaited == PYTHON_AWAITED_TASK))
        learn(memos, at, code, (struct known){position_in(frame), identity_of(code), key, to->hash}, awaited);
    else if (memos)
        forget(memos, at);
    return true;
}

/* The hash behind frames that are known, of which the first follows what is hashed already. */
static NOINLINE uint64_t hash_on(struct memos *memos, size_t first, size_t end, uint64_t hash)
{
    bool is_chained = memos->chained >= first;

    if (is_chained && memos->chained > first) {
        first = memos->chained;
        hash = memos->known[first - 1].after;
    }
    for (size_t i = first; i < end; i++) {
        hash = hash_mix(hash, memos->known[i].key);
        if (is_chained)
            memos->known[i].after = hash;
    }
    if (is_chained)
        memos->chained = (uint32_t)end;
    return hash;
}

/* Mostly all of them stood together the last time, too. */
static inline uint64_t hash_of_known(struct memos *memos, size_t first, size_t end, uint64_t hash)
{
    if (end == first)
        return hash;
    return likely(memos->chained >= end) ? memos->known[end - 1].after : hash_on(memos, first, end, hash);
}

/* As hash_new, of one that look_outwards could not tell. */
static NOINLINE bool hash_unknown(const char *frame, const char *code, struct frames *to, bool in_greenlet)
{
    if (is_task_alone(to->memos, to->count, frame, code)) {
        to->hash = hash_of_known(to->memos, to->count, to->count + 1, to->hash);
        to->count++;
        return true;
    }
    if (is_awaited_as_before(to->memos, frame, code)) {
        to->hash = hash_mix(hash_mix(to->hash, to->memos->awaited.key), to->memos->awaited.hash);
        to->count++;
        return false;
    }
    return hash_new(frame, code, to, in_greenlet);
}

/* Where a way outwards has come to. */
struct outwards {
    const char *frame, *code; /* the next one, which is not known; NULL: there is none */
    const struct known *known;
};

/* From a frame outwards as long as each is known: no more is read of them than what shows that. is_plain: each frame has code. */
static inline __attribute__((always_inline)) struct outwards look_outwards(const char *frame, const struct known *known,
                                                                           const struct known *end, bool is_plain)
{
    const char *code = NULL;

    for (; frame; frame = python_pointer(frame, layout.frame_previous)) {
        code = python_frame_code(&layout, frame);
        if (!is_plain && !has_code(frame, code))
            continue;
        if (unlikely(known >= end) || unlikely(!is_known(known, frame, code)))
            break;
        known++;
    }
    return (struct outwards){frame, code, known};
}

static inline bool each_has_code(void)
{
    return !layout.frame_owner && !layout.code_may_be_else;
}

/* As add_frames, into the hash. */
static NOINLINE void hash_frames(const char *frame, struct frames *to, bool in_greenlet)
{
    while (frame && to->count < to->max) {
        const struct known *known = to->memos ? to->memos->known : NULL, *first = known ? known + to->count : NULL,
                           *end = known ? end_of_known(to->memos, to->count) : NULL;
        struct outwards at = likely(each_has_code()) ? look_outwards(frame, first, end, true)
                                                     : look_outwards(frame, first, end, false);

        if (first) {
            to->hash = hash_of_known(to->memos, to->count, (size_t)(at.known - known), to->hash);
            to->count = (size_t)(at.known - known);
        }
        if (!at.frame || !hash_unknown(at.frame, at.code, to, in_greenlet))
            break;
        frame = python_pointer(at.frame, layout.frame_previous);
    }
}

static void add_of_greenlet(const char *frame, const char *code, struct frames *to)
{
    const char *innermost = python_greenlet_frame(&layout, frame, code);

    if (to->frame)
        add_frames(innermost, to, true);
    else
        hash_frames(innermost, to, true);
}

static struct memos *memos_of(struct thread *thread)
{
    if (unlikely(!thread->alive)) /* this one is everybody's */
        return NULL;
    if (unlikely(!thread->python_memos))
        thread->python_memos = pool_alloc(&thread->pool, sizeof(struct memos));
    return thread->python_memos;
}

/* NULL: there is none. The thread is inside a call of ours, so nothing changes its frames, and they keep their code alive: plain
 * loads. */
static inline const char *innermost_frame(void)
{
    const char *frame = python_thread_state(&layout);

    if (!frame)
        return NULL;
    if (unlikely(atomic_load_explicit(&test_result, memory_order_relaxed) != HOLDS) && !holds())
        return NULL;
    frame = python_pointer(frame, layout.thread_frame);
    if (layout.indirect && frame)
        frame = python_pointer(frame, layout.indirect_frame);
    return frame;
}

static size_t walk(struct vm_frame *frames, size_t max)
{
    struct frames to = {.frame = frames, .max = max};

    add_frames(innermost_frame(), &to, false);
    return to.count;
}

/* From the first frame on that is not known. */
static NOINLINE bool identify_further(struct memos *memos, struct outwards at, uint64_t *ret)
{
    struct frames to = {.max = VM_FRAMES_DEEP, .memos = memos};

    if (memos) {
        to.count = (size_t)(at.known - memos->known);
        to.hash = hash_of_known(memos, 0, to.count, 0);
    }
    if (hash_unknown(at.frame, at.code, &to, false))
        hash_frames(python_pointer(at.frame, layout.frame_previous), &to, false);
    *ret = to.hash;
    return to.count < VM_FRAMES_DEEP;
}

static HOT bool identify(uint64_t *ret)
{
    struct memos *memos = memos_of(thread_self);
    const struct known *first = memos ? memos->known : NULL, *end = memos ? end_of_known(memos, 0) : NULL;
    const char *frame = innermost_frame();
    struct outwards at = likely(each_has_code()) ? look_outwards(frame, first, end, true)
                                                 : look_outwards(frame, first, end, false);

    if (unlikely(at.frame != NULL))
        return identify_further(memos, at, ret);
    *ret = memos ? hash_of_known(memos, 0, (size_t)(at.known - first), 0) : 0;
    return at.known != first;
}

static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    python_describe(&layout, frame, ret);
}

/* The files of psycopg 3.0 to 3.2 that are on the way from execute() to libpq. Its folder's name alone may be that of the
 * program's own. */
static const char *const clients[] = {"/psycopg/connection.py",
                                      "/psycopg/connection_async.py",
                                      "/psycopg/_connection_base",
                                      "/psycopg/cursor.py",
                                      "/psycopg/cursor_async.py",
                                      "/psycopg/_cursor_base.py",
                                      "/psycopg/client_cursor",
                                      "/psycopg/raw_cursor",
                                      "/psycopg/server_cursor",
                                      "/psycopg/_server_cursor",
                                      "/psycopg/copy.py",
                                      "/psycopg/_copy",
                                      "/psycopg/transaction.py",
                                      "/psycopg/generators.py",
                                      "/psycopg/waiting.py",
                                      "/psycopg/_pipeline",
                                      "/psycopg/pq/",
                                      NULL};

const struct language_walker python_walker = {
    .name = "python",
    .language = WALKER_PYTHON,
    .clients = clients,
    .present = present,
    .start = start,
    .walk = walk,
    .identify = identify,
    .describe = describe,
};
