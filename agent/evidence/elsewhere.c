#include "agent/evidence/elsewhere.h"

#include <stdatomic.h>

#include "agent/base/clock.h"
#include "agent/evidence/candidates.h"
#include "agent/evidence/choice.h"
#include "agent/group/shard.h"
#include "agent/process/thread.h"
#include "agent/statement/values.h"

#define SEARCH_MOST 128 /* executions of a group, in all its threads */

/* Knowledge that a group's threads share. */
struct elsewhere {
    _Atomic bool is_taken;
    struct lookout lookout;
};

static struct elsewhere *take(struct thread *thread, struct group *group)
{
    struct elsewhere *elsewhere = atomic_load_explicit(&group->elsewhere, memory_order_acquire), *none = NULL;

    if (!elsewhere) {
        elsewhere = pool_alloc(&thread->pool, sizeof *elsewhere);
        if (!elsewhere)
            return NULL;
        if (!atomic_compare_exchange_strong(&group->elsewhere, &none, elsewhere))
            elsewhere = none; /* another thread was faster; ours is left in the pool */
    }
    return atomic_exchange_explicit(&elsewhere->is_taken, true, memory_order_acquire) ? NULL : elsewhere;
}

static void found(struct thread *thread, const struct group_shard *shard, struct lookout *lookout,
                  const struct statement_text *text, struct source *source, uint32_t column, uint32_t slot, uint32_t episode,
                  uint64_t value, bool is_own)
{
    struct candidate *candidate = candidate_place(thread, lookout, text, source, column, slot);

    if (!candidate)
        return;
    candidate->elsewhere = true;
    if (candidate->searched == 0)
        candidate->silent = lookout->nulls[slot];
    /* What the calling thread read itself it counts by itself, as soon as it knows: here the row is taken, no more. */
    if (is_own)
        candidate->silent++;
    else
        candidate->matches++;
    candidate->searched = lookout->searches;
    candidate_meet(thread, candidate, &candidate->episodes, shard, NULL, episode, value);
}

static void search_source(struct thread *thread, const struct group_shard *shard, struct lookout *lookout, struct source *source,
                          const struct provenance_question *question)
{
    uint32_t episode;

    for (uint32_t slot = 0; slot < question->text->slot_count; slot++) {
        uint64_t value = values_of_slot(question->values, question->text, slot);
        for (uint32_t column = 0; value != VALUE_NULL && statement_slot_has_value(question->text, slot) &&
                                  column < source->columns && column < SOURCE_COLUMNS;
             column++) {
            /* The value first: for a column that gives back what was asked for, the parent's text has to be read. */
            if (source_find_elsewhere(source, column, value, &episode) && candidate_may_count(source, column, shard))
                found(thread, shard, lookout, question->text, source, column, slot, episode, value, false);
        }
    }
}

/* Rows that the thread read itself, where it is one of several that take turns: its own search has just found them. */
static void take_own(struct thread *thread, const struct group_shard *shard, struct lookout *lookout,
                     const struct provenance_question *question)
{
    const struct lookout *own = shard->lookout;
    uint32_t episode;

    for (uint32_t i = 0; i < own->candidates; i++) {
        const struct candidate *c = &own->candidate[i];
        uint64_t value = values_of_slot(question->values, question->text, c->slot);
        if (candidate_is_valid(c) && c->searched == own->searches && c->source->shard->group != shard->group &&
            c->source->began >= thread->work_began && source_find_elsewhere(c->source, c->column, value, &episode))
            found(thread, shard, lookout, question->text, c->source, c->column, c->slot, episode, value, true);
    }
}

/* Searches the rows that other threads read since this one began its present work. */
static void search(struct thread *thread, const struct group_shard *shard, struct lookout *lookout,
                   const struct provenance_question *question)
{
    lookout->searches++;
    lookout->weak = 0;
    for (uint32_t slot = 0; slot < question->text->slot_count; slot++) {
        if (values_of_slot(question->values, question->text, slot) == VALUE_NULL)
            lookout->nulls[slot]++;
    }
    for (struct sources *sources = sources_first(); sources; sources = sources->next) {
        for (uint32_t i = 0; sources != thread->sources && i < sources->count && i < SOURCE_MAX; i++) {
            struct source *source = atomic_load_explicit(&sources->source[i], memory_order_acquire);
            const struct group_shard *parent = source ? source->shard : NULL;
            if (parent && parent->group != shard->group && source->began >= thread->work_began)
                search_source(thread, shard, lookout, source, question);
        }
    }
    take_own(thread, shard, lookout, question);
    for (uint32_t i = 0; i < lookout->candidates; i++) {
        struct candidate *candidate = &lookout->candidate[i];
        if (!candidate_is_valid(candidate) || candidate->searched == lookout->searches)
            continue;
        if (values_of_slot(question->values, question->text, candidate->slot) == VALUE_NULL)
            candidate->silent++;
        else
            walk_miss(&candidate->walk);
    }
}

void elsewhere_look(struct thread *thread, struct group_shard *shard, const struct provenance_question *question)
{
    uint32_t others = atomic_load_explicit(&sources_count, memory_order_relaxed) - (thread->sources != NULL);
    struct elsewhere *elsewhere;
    struct lookout *lookout;
    struct candidate *best;

    if (thread->work_waits != thread->waits) {
        thread->work_waits = thread->waits;
        thread->work_began = clock_ticks();
    }
    if (others == 0 || !(elsewhere = take(thread, shard->group)))
        return;
    lookout = &elsewhere->lookout;
    if (lookout->searches < SEARCH_MOST) {
        if (lookout->chosen && !candidate_is_valid(lookout->chosen))
            lookout->chosen = NULL;
        search(thread, shard, lookout, question);
        best = candidate_best(lookout, shard);
        if (best && best != lookout->chosen)
            choice_make(thread, shard->group, lookout, best, question->text->slots_in_all);
        else if (lookout->chosen)
            choice_update(lookout);
    }
    atomic_store_explicit(&elsewhere->is_taken, false, memory_order_release);
}
