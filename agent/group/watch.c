#include "agent/group/watch.h"

#include <stdatomic.h>

#include "agent/group/group.h"
#include "agent/stack/walker.h"

#define MISSES_MAX 256 /* values */

static _Atomic uint32_t closings; /* of any gate */

/* The first thread that ever watched, and whether there was another one: its gate is everybody's. */
static struct thread *_Atomic first_watcher;
static _Atomic bool has_others;

static void note_watcher(struct thread *thread)
{
    struct thread *first = atomic_load_explicit(&first_watcher, memory_order_relaxed);

    if (likely(first == thread))
        return;
    if (first || !atomic_compare_exchange_strong(&first_watcher, &first, thread))
        atomic_store_explicit(&has_others, true, memory_order_relaxed);
}

static void count(struct thread *thread, uint64_t rows, uint64_t unread)
{
    struct watched *watched = &thread->watched;
    uint64_t *facts;

    if (watched->closings != closings) /* something was read meanwhile that nobody saw */
        return;
    facts = group_facts(thread, watched->shard);
    if (!facts)
        return;
    *counters_word(facts, FACT_WATCHED_ROWS) += rows;
    *counters_word(facts, FACT_UNREAD_ROWS) += unread;
    *counters_word(facts, FACT_READ_COLUMNS) |= watched->read;
    if (watched->columns > *counters_word(facts, FACT_WATCHED_COLUMNS))
        *counters_word(facts, FACT_WATCHED_COLUMNS) = watched->columns;
}

static void begin(struct thread *thread, struct watch_gate *gate, const void *what, struct group_shard *shard, uint32_t columns,
                  uint32_t rows)
{
    if (thread->watched.what != what || thread->watched.shard != shard || thread->watched.closings != closings)
        gate->set(true);
    note_watcher(thread);
    gate->misses = 0;
    thread->watched = (struct watched){.what = what,
                                       .shard = shard,
                                       .columns = columns,
                                       .rows = rows,
                                       .reads_left = (rows ? rows : 2) * (uint64_t)columns * 2 + 16,
                                       .row = -1,
                                       .closings = closings,
                                       .passed = thread->watched.passing == shard ? thread->watched.passed : 0};
}

static void count_row(struct thread *thread)
{
    uint64_t rows = thread->watched.passed + UINT64_C(1);

    count(thread, rows, thread->watched.touched == 0 ? rows : 0);
}

void watch_first_row(struct thread *thread, const void *what)
{
    if (thread->watched.what == what && thread->watched.closings != closings)
        thread->watched.what = NULL;
}

/* The last row of a result never counts: nobody says when the program is done with it. Where the gate was shut between two rows,
 * it would be shut again before the next one, so nothing is said of the others. */
void watch_row(struct thread *thread, struct watch_gate *gate, const void *what, struct group_shard *shard, uint32_t columns)
{
    struct watched *watched = &thread->watched;

    if (watched->what == what && watched->shard == shard) {
        if (watched->closings != closings)
            return;
        count_row(thread);
    }
    begin(thread, gate, what, shard, columns, 0);
}

void watch_rows(struct thread *thread, struct watch_gate *gate, const void *what, struct group_shard *shard, uint32_t columns,
                uint32_t rows)
{
    begin(thread, gate, what, shard, columns, rows);
}

static bool is_enough(const struct group_shard *shard)
{
    uint64_t *facts = shard->facts;

    return facts && *counters_word(facts, FACT_WATCHED_ROWS) >= WATCH_ENOUGH && *counters_word(facts, FACT_UNREAD_ROWS) == 0 &&
           (uint64_t)__builtin_popcountll(*counters_word(facts, FACT_READ_COLUMNS)) * 3 >
               *counters_word(facts, FACT_WATCHED_COLUMNS);
}

bool watch_passes(struct thread *thread, struct watch_gate *gate, const void *what, struct group_shard *shard, uint32_t rows,
                  uint32_t most)
{
    struct watched *watched = &thread->watched;

    if (watched->passing != shard) {
        bool is_present = watched->what == what && watched->shard == shard;
        if (!is_enough(shard) || (watched->what && !is_present) || atomic_load_explicit(&has_others, memory_order_relaxed))
            return false;
        if (is_present)
            count_row(thread);
        *watched = (struct watched){.passing = shard};
        gate->set(false);
    }
    if (watched->passes++ == most)
        return false;
    watched->passed += rows;
    return true;
}

static void note(struct watched *watched, int row, int column)
{
    if (watched->reads_left-- == 0) { /* later rows of it, or its next execution, are not watched any more */
        watched->what = NULL;
        return;
    }
    watched->read |= UINT64_C(1) << (column < 0 || column > 63 ? 63 : column);
    if (row == watched->row)
        return;
    watched->row = row;
    watched->touched++; /* rows that are read twice count twice: rather too few unread ones than too many */
}

static void missed(struct watch_gate *gate)
{
    if (atomic_fetch_add_explicit(&gate->misses, 1, memory_order_relaxed) != MISSES_MAX)
        return;
    atomic_fetch_add_explicit(&closings, 1, memory_order_relaxed);
    gate->set(false);
}

/* When many values were read of other results only, what was watched is over, or forgotten, or not worth it. Threads that are
 * watching on lose sight of what they read now: so nothing that they watch counts. */
void watch_read(struct watch_gate *gate, const void *what, int row, int column)
{
    struct thread *own = thread_self, *thread = own;

    if (unlikely(walkers_wander)) {
        own = thread_current();
        thread = walkers_enter_task(&own, false);
    }
    if (thread && thread->watched.what == what && thread->alive) {
        note(&thread->watched, row, column);
        atomic_store_explicit(&gate->misses, 0, memory_order_relaxed);
    } else {
        missed(gate);
    }
    if (unlikely(walkers_wander))
        walkers_leave_task(own);
}

void watch_freed(struct watch_gate *gate, const void *what)
{
    struct thread *thread = thread_self;
    struct watched *watched = &thread->watched;

    if (!what || watched->what != what || !thread->alive) {
        missed(gate);
        return;
    }
    if (watched->rows) {
        uint64_t unread = watched->rows > watched->touched ? watched->rows - watched->touched : 0;
        count(thread, watched->rows + (uint64_t)watched->passed, unread + unread * watched->passed / watched->rows);
    }
    *watched = (struct watched){0};
}

void watch_forget(const void *what)
{
    struct thread *thread = thread_self;

    if (what && thread->watched.what == what && thread->alive)
        thread->watched = (struct watched){0};
}
