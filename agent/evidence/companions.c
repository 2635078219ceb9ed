#include "agent/evidence/choice.h"
#include "agent/evidence/edges.h"
#include "agent/group/shard.h"
#include "exporter/stream/verdict.h"

/* Rows: that many are hardly met by chance, where the parameter varies; fewer where each of them proves its own. */
#define SAID_FROM 5

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
