/* The API for programs: the functions that agent/api/nplus1.h finds by name. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/api/places.h"
#include "agent/api/stored.h"
#include "agent/api/suppressions.h"
#include "agent/base/clock.h"
#include "agent/stay/baseline.h"
#include "agent/stay/findings.h"
#include "agent/process/thread.h"
#include "agent/recording/database.h"
#include "agent/statement/statement.h"
#include "agent/unit/scope.h"

EXPORT int nplus1_present(void);
EXPORT void nplus1_scope_begin(const char *name);
EXPORT void nplus1_scope_end(void);
EXPORT int nplus1_scope_findings(int (*each)(const struct nplus1_finding *finding, void *data), void *data);
EXPORT unsigned long long nplus1_scope_executions(void);
EXPORT void nplus1_allow_begin(const char *reason);
EXPORT void nplus1_allow_end(void);

/* By enum verdict_kind. The report's own advice knows the mapper and the statement. */
static const struct {
    const char *name, *advice;
} kinds[] = {
    [VERDICT_N_PLUS_ONE] = {"n_plus_one", "one statement for each row of another one: load them together"},
    [VERDICT_DUPLICATE_QUERY] = {"duplicate_query", "the same question again: ask once and keep the answer"},
    [VERDICT_WRITE_LOOP] = {"write_loop", "one write for each row: write many with one statement"},
    [VERDICT_JOIN_FANOUT] = {"join_fanout", "a join repeats rows: load one side by a list of keys"},
    [VERDICT_UNUSED_ROWS] = {"unused_rows", "most of what was fetched is not read: fetch less"},
    [VERDICT_LARGE_IN_LIST] = {"large_in_list", "a list of thousands: pass an array, or join"},
    [VERDICT_REPREPARE] = {"reprepare", "prepared anew each time: keep the prepared statement"},
    [VERDICT_LONG_TRANSACTION] = {"long_transaction", "the transaction is open while other work is done: end it before"},
    [VERDICT_CHATTY_FETCH] = {"chatty_fetch", "a few rows each time: fetch more at once"},
    [VERDICT_BATCHED_N_PLUS_ONE] = {"batched_n_plus_one", "a list for each row: collect the keys of all rows"},
};
static const char *const confidences[] = {
    [VERDICT_POSSIBLE] = "possible", [VERDICT_LIKELY] = "likely", [VERDICT_PROVEN] = "proven"};

int nplus1_present(void)
{
    int saved_errno = errno;
    bool watches = thread_current() != NULL;

    atomic_store(&scope_is_wanted, true);
    errno = saved_errno;
    return watches;
}

static void begin(const char *name, bool allows)
{
    struct thread *thread = thread_current();
    int saved_errno = errno;

    if (thread)
        scope_begin(thread, name ? name : "", allows);
    errno = saved_errno;
}

void nplus1_scope_begin(const char *name)
{
    begin(name, false);
}

void nplus1_scope_end(void)
{
    struct thread *thread = thread_current();

    if (thread)
        scope_end(thread);
}

void nplus1_allow_begin(const char *reason)
{
    begin(reason, true);
}

void nplus1_allow_end(void)
{
    struct thread *thread = thread_current();
    int saved_errno = errno;

    if (thread) {
        baseline_leave_out(thread);
        scope_end(thread);
    }
    errno = saved_errno;
}

static void find_places(struct stored *stored, const struct scope_finding *finding, struct nplus1_finding *ret)
{
    const Nplus1__Frame *child[STORED_FRAMES], *parent[STORED_FRAMES];
    size_t count;

    if (!stored)
        return;
    count = stored_stack(stored, finding->group->stack, child);
    ret->place = places_location(stored, child, count);
    if (finding->parent)
        ret->loop = places_loop(stored, child, count, parent, stored_stack(stored, finding->parent->stack, parent));
}

/* Whom findings are given to, until it has enough. */
struct receiver {
    int (*each)(const struct nplus1_finding *finding, void *data); /* NULL: they are only counted */
    void *data;
    int count;
};

static void hand_out(struct stored *stored, const struct scope_finding *finding, struct receiver *receiver)
{
    const struct counter_sums *counters = &finding->numbers.counters;
    uint64_t per_second = clock_ticks_per_second();
    struct nplus1_finding given = {
        .size = sizeof given,
        .kind = kinds[finding->verdict.kind].name,
        .confidence = confidences[finding->verdict.confidence],
        .statement = finding->group->statement->text,
        .database = database_system_name(finding->group->database),
        .parent = finding->parent ? finding->parent->statement->text : NULL,
        .parent_column = finding->parent_column,
        .parameter = finding->parameter,
        .executions = counters->executions,
        .distinct_values = counters->distinct_values,
        .rows = counters->rows,
        .time_ns = per_second ? (uint64_t)((unsigned __int128)counters->time_ns * 1000000000U / per_second) : counters->time_ns,
        .advice = kinds[finding->verdict.kind].advice,
    };

    find_places(stored, finding, &given);
    if (suppressions_hold(&given))
        return;
    receiver->count++;
    if (receiver->each && receiver->each(&given, receiver->data) != 0)
        receiver->each = NULL;
}

int nplus1_scope_findings(int (*each)(const struct nplus1_finding *finding, void *data), void *data)
{
    struct thread *thread = thread_current();
    struct scope_finding *findings = NULL;
    struct receiver receiver = {each, data, 0};
    int saved_errno = errno;
    uint32_t count;

    atomic_store(&scope_is_wanted, true);
    if (!thread)
        return 0;
    count = scope_findings_now(thread, &findings);
    if (count && (each || suppressions_exist())) {
        struct stored *stored = stored_open();
        for (uint32_t i = 0; i < count && (receiver.each || suppressions_exist()); i++)
            hand_out(stored, &findings[i], &receiver);
        stored_close(stored);
    }
    if (!suppressions_exist())
        receiver.count = (int)count;
    scope_findings_free(findings, count);
    errno = saved_errno;
    return receiver.count;
}

unsigned long long nplus1_scope_executions(void)
{
    struct thread *thread = thread_current();
    int saved_errno = errno;
    uint64_t executions;

    atomic_store(&scope_is_wanted, true);
    executions = thread ? scope_executions_now(thread) : 0;
    errno = saved_errno;
    return executions;
}
