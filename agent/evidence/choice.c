#include "agent/evidence/choice.h"

#include "agent/evidence/candidates.h"
#include "agent/evidence/edges.h"
#include "agent/group/shard.h"
#include "exporter/stream/verdict.h"

/* Rows: that many are hardly met by chance, where the parameter varies; fewer where each of them proves its own. */
#define SAID_FROM 5

void choice_take_back(struct lookout *lookout)
{
    for (unsigned field = EDGE_MATCHES; lookout->edge.counters && field <= EDGE_LAST; field++)
        *counters_word(lookout->edge.counters, field) = lookout->kept[field];
}

_Static_assert(EDGE_EPISODES_OF_1 + EPISODES_SIZES - 1 == EDGE_EPISODES_OF_512, "a counter for each size");

void choice_set_sizes(struct lookout_edge *edge, const uint64_t *before, const struct episodes *episodes)
{
    for (unsigned size = 0; size < EPISODES_SIZES; size++)
        *edge_word(edge, EDGE_EPISODES_OF_1 + size) = before[EDGE_EPISODES_OF_1 + size] + episodes->of_size[size];
}

static void set_edge(struct lookout_edge *edge, const uint64_t *before, const struct lookout *lookout,
                     const struct candidate *candidate)
{
    const struct episodes *episodes = &candidate->episodes;
    uint64_t most = before[EDGE_MAX_PER_EPISODE];

    *edge_word(edge, EDGE_MATCHES) = before[EDGE_MATCHES] + candidate->matches;
    *edge_word(edge, EDGE_JUDGED) = before[EDGE_JUDGED] + lookout->searches - candidate->silent;
    *edge_word(edge, EDGE_DISTINCT_VALUES) = before[EDGE_DISTINCT_VALUES] + candidate_distinct(candidate);
    *edge_word(edge, EDGE_EPISODES) = before[EDGE_EPISODES] + episodes->count;
    *edge_word(edge, EDGE_MAX_PER_EPISODE) = episodes->in_most > most ? episodes->in_most : most;
    *edge_word(edge, EDGE_BITS) = before[EDGE_BITS] + walk_bits(&candidate->walk);
    *edge_word(edge, EDGE_IN_ORDER) = before[EDGE_IN_ORDER] + candidate->walk.in_order;
    *edge_word(edge, EDGE_MOVED) = before[EDGE_MOVED] + episodes->moved;
    *edge_word(edge, EDGE_PREFERRED) = before[EDGE_PREFERRED] + (candidate == lookout->chosen);
    choice_set_sizes(edge, before, episodes);
}

/* The edge of one that is chosen. What it had as the second best is no count of its own. */
static void open_edge(struct thread *thread, const struct group *child, struct lookout *lookout,
                      const struct candidate *candidate, uint32_t slots)
{
    edge_open(thread, child, candidate, slots, false, &lookout->edge);
    if (lookout->edge.counters == lookout->second.counters && lookout->second.counters) {
        for (unsigned field = EDGE_MATCHES; field <= EDGE_LAST; field++)
            *counters_word(lookout->second.counters, field) = 0;
        lookout->second.counters = NULL;
    }
}

/* Of what the edge has, that which is not the candidate's own: it is added up as before when that grows. */
static void go_on_counting(struct lookout *lookout, const struct candidate *candidate)
{
    const struct episodes *episodes = &candidate->episodes;
    uint64_t own[EDGE_LAST + 1] = {0};

    own[EDGE_BITS] = walk_bits(&candidate->walk);
    own[EDGE_IN_ORDER] = candidate->walk.in_order;
    own[EDGE_EPISODES] = episodes->count;
    own[EDGE_MOVED] = episodes->moved;
    for (unsigned size = 0; size < EPISODES_SIZES; size++)
        own[EDGE_EPISODES_OF_1 + size] = episodes->of_size[size];
    for (unsigned field = EDGE_MATCHES; field <= EDGE_LAST; field++) {
        uint64_t all = *counters_word(lookout->edge.counters, field);
        lookout->before[field] = all > own[field] ? all - own[field] : 0;
    }
}

static void choose(struct thread *thread, const struct group *child, struct lookout *lookout, struct candidate *candidate,
                   uint32_t slots)
{
    /* It may be the best once more. Of other threads' rows it counts by itself. */
    if (lookout->chosen && candidate_is_valid(lookout->chosen) && !lookout->chosen->elsewhere)
        episodes_give_back(&lookout->chosen->episodes, &lookout->episodes);
    __atomic_fetch_or(&candidate->source->matched, UINT64_C(1) << candidate->column, __ATOMIC_RELAXED);
    if (!lookout->chosen || lookout->chosen->slot != candidate->slot)
        lookout->asked = lookout->asked_before = 0;
    lookout->chosen = candidate;
    open_edge(thread, child, lookout, candidate, slots);
    lookout->misses = lookout->missed = lookout->missed_since = 0;
    lookout->moved_to = NULL;
    episodes_go_on(thread, &lookout->episodes, &candidate->episodes);
    for (unsigned field = EDGE_MATCHES; field <= EDGE_LAST; field++)
        lookout->kept[field] = lookout->before[field] = *counters_word(lookout->edge.counters, field);
    if (candidate->is_counted) {
        *counters_word(lookout->edge.counters, EDGE_MATCHES) += candidate->met;
        *counters_word(lookout->edge.counters, EDGE_JUDGED) += candidate->met;
        candidate->met = 0;
        go_on_counting(lookout, candidate);
        return;
    }
    set_edge(&lookout->edge, lookout->before, lookout, candidate);
}

void choice_make(struct thread *thread, const struct group *child, struct lookout *lookout, struct candidate *candidate,
                 uint32_t slots)
{
    const struct candidate *chosen = lookout->chosen;

    /* Which does not have the present value: where both have it, they are compared. */
    if (chosen && lookout->misses && candidate->goes_on && candidate->behind == chosen->serial &&
        !candidate_is_rival(candidate, chosen)) {
        choice_pass_on(thread, child, lookout, candidate, slots);
        return;
    }
    choice_take_back(lookout);
    choose(thread, child, lookout, candidate, slots);
}

void choice_pass_on(struct thread *thread, const struct group *child, struct lookout *lookout, struct candidate *candidate,
                    uint32_t slots)
{
    lookout->chosen->is_counted = true;
    lookout->chosen->met = 0;
    *counters_word(lookout->edge.counters, EDGE_JUDGED) -= lookout->missed_since; /* these values are the other one's already */
    if (!candidate->is_counted) /* the searches before were for the other parent's rows */
        candidate->silent = lookout->searches - candidate->matches;
    choose(thread, child, lookout, candidate, slots);
}

void choice_update(struct lookout *lookout)
{
    set_edge(&lookout->edge, lookout->before, lookout, lookout->chosen);
}

void choice_note_second(struct thread *thread, const struct group_shard *shard, struct lookout *lookout, uint32_t slots)
{
    static const uint64_t nothing[EDGE_LAST + 1];
    struct candidate *second = candidate_second(lookout, lookout->chosen, shard);
    uint64_t bits;

    if (lookout->second.counters) {
        for (unsigned field = EDGE_MATCHES; field <= EDGE_LAST; field++)
            *counters_word(lookout->second.counters, field) = 0;
        lookout->second.counters = NULL;
    }
    if (!second)
        return;
    edge_open(thread, shard->group, second, slots, true, &lookout->second);
    if (lookout->second.counters == lookout->edge.counters) { /* another source of the same group */
        lookout->second.counters = NULL;
        return;
    }
    set_edge(&lookout->second, nothing, lookout, second);
    /* Where more than bits tells two that prove apart, readers are not to choose anew by bits alone. */
    bits = *edge_word(&lookout->edge, EDGE_BITS);
    if (bits >= VERDICT_PROOF_BITS && *edge_word(&lookout->second, EDGE_BITS) > bits)
        *edge_word(&lookout->second, EDGE_BITS) = bits;
}

/* The row of the chosen column that the present execution met; 0: it is not known any more. */
static uint32_t row_of_chosen(const struct lookout *lookout)
{
    const struct row_log *log = &lookout->chosen->source->log;
    uint32_t row = lookout->episodes.at.row;

    if (lookout->misses || lookout->chosen->elsewhere || lookout->chosen->searched != lookout->searches ||
        row - 1 >= log->newest || log->newest - row > log->rows.mask ||
        *row_log_episode(&log->rows, row) != lookout->episodes.now)
        return 0;
    return row;
}

static bool is_beside(const struct lookout *lookout, const struct candidate *candidate)
{
    return candidate_is_valid(candidate) && candidate->source == lookout->chosen->source &&
           candidate->slot != lookout->chosen->slot && (lookout->varied >> candidate->slot & 1);
}

static uint32_t key_of(const struct candidate *candidate)
{
    return (candidate->serial << 11 ^ (uint32_t)candidate->column << 5 ^ candidate->slot) | UINT32_C(1) << 31;
}

/* In nine of ten rows. */
static bool holds(const struct lookout *lookout, const struct candidate *candidate)
{
    if (candidate->beside < SAID_FROM)
        return candidate->beside > 0 && candidate->beside == lookout->rows && candidate->lately == lookout->chosen->lately &&
               walk_bits(&candidate->walk) >= VERDICT_PROOF_BITS;
    return candidate->beside * 10U >= lookout->rows * 9U;
}

/* Of another choice nothing is known yet, but for one that stood beside the last one in the same rows: that one stands beside it.
 * Returns whether it is so. */
static bool begin(struct lookout *lookout)
{
    struct candidate *chosen = lookout->chosen;
    bool goes_on = holds(lookout, chosen);

    for (uint32_t i = 0; i < lookout->candidates; i++) {
        struct candidate *c = &lookout->candidate[i];
        if (goes_on && key_of(c) == lookout->beside_of && is_beside(lookout, c))
            c->beside = chosen->beside;
        else if (!goes_on || !is_beside(lookout, c))
            c->beside = 0;
    }
    lookout->rows = goes_on ? lookout->rows : 0;
    lookout->beside_of = key_of(chosen);
    return goes_on;
}

/* What was said before holds no longer where that is over. */
static void say(struct thread *thread, const struct group_shard *shard, const struct lookout *lookout,
                struct candidate *candidate, uint32_t slots)
{
    bool is_said = holds(lookout, candidate);
    struct lookout_edge edge;

    if (!is_said && !candidate->beside_is_said)
        return;
    edge_open(thread, shard->group, candidate, slots, true, &edge);
    *edge_word(&edge, EDGE_BESIDE) = is_said ? candidate->beside : 0;
    candidate->beside_is_said = is_said;
}

void choice_note_companions(struct thread *thread, const struct group_shard *shard, struct lookout *lookout, uint32_t slots)
{
    const struct candidate *chosen = lookout->chosen;
    bool is_due = lookout->beside_of != key_of(chosen) && begin(lookout);
    uint32_t row = row_of_chosen(lookout);

    if (!row || !(lookout->varied & ~(UINT32_C(1) << chosen->slot)) || lookout->rows == INT16_MAX)
        return;
    lookout->rows++;
    is_due = is_due || lookout->rows == SAID_FROM || (lookout->rows & (lookout->rows - 1)) == 0;
    for (uint32_t i = 0; i < lookout->candidates; i++) {
        struct candidate *c = &lookout->candidate[i];
        if (!is_beside(lookout, c))
            continue;
        if (row_log_value(&chosen->source->log.rows, row, c->column) == lookout->values[c->slot] >> 32)
            c->beside++;
        if (is_due || holds(lookout, c) != c->beside_is_said)
            say(thread, shard, lookout, c, slots);
    }
}
