#include "agent/unit/called.h"

#include <errno.h>
#include <sys/stat.h>

#include "agent/unit/scope.h"
#include "agent/unit/unit.h"

/* Executions of a thread that works for none, while nobody waits for an answer: fewer may tidy up behind one. */
#define OWN_LOOKS 3

_Atomic uint32_t called_news;
_Atomic bool called_matters;
static _Atomic bool has_begun;  /* some thread */
static _Atomic uint32_t askers; /* how many these are */
static _Atomic uint32_t calls;  /* times that a visitor asked when all others had their answers */

/* Where threads only hear and answer, no counters of all are written. */
static void note_what_matters(void)
{
    if (atomic_load_explicit(&has_begun, memory_order_relaxed) && descriptors_last_visit() != 0 &&
        !atomic_load_explicit(&called_matters, memory_order_relaxed))
        atomic_store_explicit(&called_matters, true, memory_order_relaxed);
}

void called_accepted(void)
{
    note_what_matters();
}

void called_begin(struct thread *thread)
{
    if (unlikely(!atomic_load_explicit(&has_begun, memory_order_relaxed)))
        atomic_store_explicit(&has_begun, true, memory_order_relaxed);
    note_what_matters();
    thread->called_news = atomic_load_explicit(&called_news, memory_order_acquire);
    thread->called_at = atomic_load_explicit(&calls, memory_order_relaxed);
    thread->called_idle = atomic_load_explicit(&askers, memory_order_relaxed) == 0;
    thread->called_looks = thread->looks;
}

void called_settle(struct thread *thread)
{
    uint32_t before = thread->called_at;
    bool has_waked = thread->has_waked;
    bool works_for_none = thread->called_idle && thread->looks - thread->called_looks >= OWN_LOOKS;

    called_begin(thread);
    thread->has_waked = false;
    if (thread->hears || thread->works_for || thread->scope_depth || (thread->called_idle && !has_waked))
        return;
    if (!thread->called_idle && thread->called_at != before && !works_for_none) {
        scope_forget_tags(thread);
        thread->serves = false;
        unit_end(thread);
        thread->heard_at = thread->sequence;
    } else if (!thread->transactions) {
        unit_pause(thread);
    }
}

static void tell(void)
{
    atomic_fetch_add_explicit(&called_news, 1, memory_order_release);
}

void called_reset_after_fork(void)
{
    if (atomic_exchange_explicit(&askers, 0, memory_order_relaxed) == 0)
        return;
    descriptors_forget(DESCRIPTOR_WAITING);
}

void called_asked(int descriptor)
{
    if (!atomic_load_explicit(&called_matters, memory_order_relaxed) || !descriptors_put(DESCRIPTOR_WAITING, descriptor, true))
        return;
    if (atomic_fetch_add_explicit(&askers, 1, memory_order_relaxed) == 0)
        atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    tell();
}

void called_answered(int descriptor)
{
    if (!descriptors_put(DESCRIPTOR_WAITING, descriptor, false))
        return;
    atomic_fetch_sub_explicit(&askers, 1, memory_order_relaxed);
    tell();
}

/* An eventfd has no type, a pair of sockets no name: nobody waits for what comes there but the program itself. */
static bool wakes(int descriptor)
{
    int saved_errno = errno;
    struct stat status;
    bool is = false;

    if (fstat(descriptor, &status) == 0)
        is = (status.st_mode & S_IFMT) == 0 || (S_ISSOCK(status.st_mode) && !descriptors_is_asked(descriptor));
    errno = saved_errno;
    return is;
}

void called_wrote(int descriptor, bool may_wake)
{
    struct thread *thread = thread_self;
    bool is_visitor = descriptors_is(DESCRIPTOR_VISITOR, descriptor);

    if (is_visitor)
        called_answered(descriptor);
    /* Whoever has got an answer is served: what the thread does next may be for another visitor, whom another thread has heard.
     */
    if (thread->serves && thread->visitor == descriptor + 1)
        thread->serves = false;
    if (!thread->alive || thread->hears || thread->works_for || thread->has_waked ||
        descriptors_is(DESCRIPTOR_DATABASE, descriptor) || !(is_visitor || (may_wake && wakes(descriptor))))
        return;
    thread->has_waked = true;
    thread->called_news = atomic_load_explicit(&called_news, memory_order_relaxed) - 1; /* there are */
}
