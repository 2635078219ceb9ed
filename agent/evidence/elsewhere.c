#include "agent/evidence/elsewhere.h"

#include <stdatomic.h>

#include "agent/base/clock.h"
#include "agent/evidence/candidates.h"
#include "agent/evidence/choice.h"
#include "agent/group/shard.h"
#include "agent/process/thread.h"
#include "agent/statement/statement.h"
#include "agent/statement/values.h"

#define SEARCH_MOST 128 /* executions of a group, in all its threads */
#define LEFT_MOST   32  /* of these, left for whoever has its knowledge; of a group, for good */
#define OWN_MOST    16  /* rows of its own that an execution takes along */

/* A row that the asking thread read itself: its own search has just found it. */
struct own_row {
    struct source *source;
    uint32_t serial, episode; /* of the source */
    uint8_t column, slot;
};

/* An execution of the group, in any of its threads. */
struct inquiry {
    struct provenance_question question;
    const struct sources *sources; /* its thread's; NULL: it has none */
    uint64_t since, until;         /* ticks: what began earlier or later explains nothing */
    uint32_t own_rows;
    struct own_row own[OWN_MOST];
};

struct left {
    _Atomic bool is_ready;
    struct inquiry inquiry;
    struct statement_text text;
    struct values values;
};

struct all_left {
    _Atomic uint32_t taken; /* places, and more when there are none */
    struct left left[LEFT_MOST];
};

/* Knowledge that a group's threads share. A thread that has it may be stopped for longer than the others' whole work takes: they
 * leave their executions for it. */
struct elsewhere {
    _Atomic bool is_taken;
    _Atomic(struct all_left *) all_left; /* NULL: none yet */
    _Atomic uint32_t read;               /* of these; written by who has it */
    struct lookout lookout;
};

static struct elsewhere *elsewhere_of(struct thread *thread, struct group *group)
{
    struct elsewhere *elsewhere = atomic_load_explicit(&group->elsewhere, memory_order_acquire), *none = NULL;

    if (elsewhere)
        return elsewhere;
    elsewhere = pool_alloc_spare(&thread->pool, sizeof *elsewhere);
    /* When another thread was faster, ours is left in the pool. */
    return !elsewhere || atomic_compare_exchange_strong(&group->elsewhere, &none, elsewhere) ? elsewhere : none;
}

static bool take(struct elsewhere *elsewhere)
{
    return !atomic_exchange(&elsewhere->is_taken, true);
}

static struct all_left *all_left_of(struct thread *thread, struct elsewhere *elsewhere)
{
    struct all_left *all = atomic_load(&elsewhere->all_left), *none = NULL;

    if (all)
        return all;
    all = pool_alloc_spare(&thread->pool, sizeof *all);
    return !all || atomic_compare_exchange_strong(&elsewhere->all_left, &none, all) ? all : none;
}

static void leave(struct thread *thread, struct elsewhere *elsewhere, const struct inquiry *inquiry)
{
    struct all_left *all = all_left_of(thread, elsewhere);
    uint32_t place = all && atomic_load(&all->taken) < LEFT_MOST ? atomic_fetch_add(&all->taken, 1) : LEFT_MOST;
    struct left *left;

    if (place >= LEFT_MOST)
        return;
    left = &all->left[place];
    left->inquiry = *inquiry;
    statement_text_copy(&left->text, inquiry->question.text);
    left->values = *inquiry->question.values;
    left->inquiry.question = (struct provenance_question){.text = &left->text, .values = &left->values};
    left->inquiry.until = clock_ticks();
    atomic_store(&left->is_ready, true);
}

/* The next one that was left; NULL: there is none yet. */
static struct left *next_left(const struct elsewhere *elsewhere)
{
    struct all_left *all = atomic_load(&elsewhere->all_left);
    uint32_t read = atomic_load(&elsewhere->read);

    return all && read < LEFT_MOST && atomic_load(&all->left[read].is_ready) ? &all->left[read] : NULL;
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

/* Rows that the thread read itself, where it is one of several that take turns. */
static void take_own_rows(const struct thread *thread, const struct group_shard *shard, struct inquiry *inquiry)
{
    const struct provenance_question *question = &inquiry->question;
    const struct lookout *own = shard->lookout;
    uint32_t episode;

    for (uint32_t i = 0; i < own->candidates && inquiry->own_rows < OWN_MOST; i++) {
        const struct candidate *c = &own->candidate[i];
        uint64_t value = values_of_slot(question->values, question->text, c->slot);
        if (candidate_is_valid(c) && c->searched == own->searches && c->source->shard->group != shard->group &&
            c->source->began >= thread->work_began && source_find_elsewhere(c->source, c->column, value, &episode))
            inquiry->own[inquiry->own_rows++] = (struct own_row){c->source, c->serial, episode, c->column, c->slot};
    }
}

static void find_own_rows(struct thread *thread, const struct group_shard *shard, struct lookout *lookout,
                          const struct inquiry *inquiry)
{
    const struct provenance_question *question = &inquiry->question;

    for (uint32_t i = 0; i < inquiry->own_rows; i++) {
        const struct own_row *own = &inquiry->own[i];
        if (own->source->serial == own->serial)
            found(thread, shard, lookout, question->text, own->source, own->column, own->slot, own->episode,
                  values_of_slot(question->values, question->text, own->slot), true);
    }
}

/* Searches the rows that other threads read since the asking one began its present work. */
static void search(struct thread *thread, const struct group_shard *shard, struct lookout *lookout, const struct inquiry *inquiry)
{
    const struct provenance_question *question = &inquiry->question;

    lookout->searches++;
    lookout->weak = 0;
    for (uint32_t slot = 0; slot < question->text->slot_count; slot++) {
        if (values_of_slot(question->values, question->text, slot) == VALUE_NULL)
            lookout->nulls[slot]++;
    }
    for (struct sources *sources = sources_first(); sources; sources = sources->next) {
        for (uint32_t i = 0; sources != inquiry->sources && i < sources->count && i < SOURCE_MAX; i++) {
            struct source *source = atomic_load_explicit(&sources->source[i], memory_order_acquire);
            const struct group_shard *parent = source ? source->shard : NULL;
            if (parent && parent->group != shard->group && source->began >= inquiry->since && source->began <= inquiry->until)
                search_source(thread, shard, lookout, source, question);
        }
    }
    find_own_rows(thread, shard, lookout, inquiry);
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

/* shard: the calling thread's share of the group, whoever asked. */
static void look(struct thread *thread, const struct group_shard *shard, struct lookout *lookout, const struct inquiry *inquiry)
{
    struct candidate *best;

    if (lookout->searches >= SEARCH_MOST)
        return;
    if (lookout->chosen && !candidate_is_valid(lookout->chosen))
        lookout->chosen = NULL;
    search(thread, shard, lookout, inquiry);
    best = candidate_best(lookout, shard);
    if (best && best != lookout->chosen)
        choice_make(thread, shard->group, lookout, best, inquiry->question.text->slots_in_all);
    else if (lookout->chosen)
        choice_update(lookout);
}

static void look_for_left(struct thread *thread, const struct group_shard *shard, struct elsewhere *elsewhere)
{
    struct left *left;

    while ((left = next_left(elsewhere)) != NULL) {
        look(thread, shard, &elsewhere->lookout, &left->inquiry);
        atomic_fetch_add(&elsewhere->read, 1);
    }
}

void elsewhere_look(struct thread *thread, struct group_shard *shard, const struct provenance_question *question)
{
    uint32_t others = atomic_load_explicit(&sources_count, memory_order_relaxed) - (thread->sources != NULL);
    struct inquiry inquiry = {.question = *question, .sources = thread->sources, .until = UINT64_MAX};
    struct elsewhere *elsewhere;

    if (thread->work_waits != thread->waits) {
        thread->work_waits = thread->waits;
        thread->work_began = clock_ticks();
    }
    if (others == 0 || !(elsewhere = elsewhere_of(thread, shard->group)))
        return;
    inquiry.since = thread->work_began;
    take_own_rows(thread, shard, &inquiry);
    if (take(elsewhere)) {
        look_for_left(thread, shard, elsewhere);
        look(thread, shard, &elsewhere->lookout, &inquiry);
        atomic_store(&elsewhere->is_taken, false);
    } else {
        leave(thread, elsewhere, &inquiry);
    }
    /* Left in the meantime, by us or by others: whoever leaves one looks behind that, too, so none stays. */
    while (next_left(elsewhere) && take(elsewhere)) {
        look_for_left(thread, shard, elsewhere);
        atomic_store(&elsewhere->is_taken, false);
    }
}
