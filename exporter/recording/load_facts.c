#include "exporter/recording/load_facts.h"

#include <stdlib.h>

/* Its facts, none so far where it had none. */
static struct fact_sums *facts_of(struct recording *r, uint32_t group)
{
    struct recording_group *g = &r->groups.at[group];
    if (!g->facts) {
        ALLOC_GROW(r->facts.at, r->facts.count, r->facts.capacity);
        r->facts.at[r->facts.count++] = (struct fact_sums){0};
        g->facts = r->facts.count;
    }
    return &r->facts.at[g->facts - 1];
}

bool load_facts(struct loader *l, const Nplus1__Facts *f)
{
    struct recording *r = l->recording;
    uint32_t group;
    if (!refer(&r->groups.ids, f->group, &group) || group == RECORDING_NONE)
        return false;
    SUMS_ADD_MESSAGE(COUNTERS_FACTS, FACT_FIELDS, facts_of(r, group)->all, f);
    return true;
}

bool load_open_transaction(struct loader *l, const Nplus1__OpenTransaction *t)
{
    if (t->since_ticks == 0)
        return true;
    if (t->opener > UINT32_MAX)
        return false;
    ALLOC_GROW(l->transactions, l->transaction_count, l->transaction_capacity);
    l->transactions[l->transaction_count++] = (struct unfinished){(uint32_t)t->opener, t->shard, t->since_ticks, t->busy_ticks};
    return true;
}

/* A thread's work in all, and the last moment at which it is known to have lived. */
struct shard_life {
    uint64_t ticks;
    uint64_t last; /* a statement ran for the first time */
};

/* An end that did not come counts as one when the process ended. When it was killed nobody said when that was: but the thread
 * lived when it last ran a statement that it had never run before. */
static void end_transaction(struct loader *l, const struct unfinished *t, const struct shard_life *life)
{
    struct recording *r = l->recording;
    struct fact_sums *facts = facts_of(r, t->opener);
    uint64_t end = l->exit_ticks ? l->exit_ticks : life->last;
    uint64_t taken = add_saturated(life->ticks, r->left_out_ticks);
    uint64_t busy = taken > t->busy ? taken - t->busy : 0;
    uint64_t open = end > t->since ? end - t->since : 0;
    uint64_t known = facts->transaction_ns > facts->transaction_busy_ns ? facts->transaction_ns - facts->transaction_busy_ns : 0;
    if (open > busy && open - busy > known) { /* all still in ticks */
        facts->transaction_ns = open;
        facts->transaction_busy_ns = busy;
    }
}

/* A record is used again for another transaction, whose group may stand behind it. */
static void find_openers(struct loader *l)
{
    struct recording *r = l->recording;
    uint32_t count = 0;

    for (uint32_t i = 0; i < l->transaction_count; i++) {
        struct unfinished t = l->transactions[i];
        uint32_t opener;
        if (!refer(&r->groups.ids, t.opener, &opener) || opener == RECORDING_NONE) {
            r->lost++;
            continue;
        }
        t.opener = opener;
        l->transactions[count++] = t;
    }
    l->transaction_count = count;
}

/* A second reading, as for stays. */
void load_open_transactions(struct loader *l, struct stream_reader *reader)
{
    struct map shards = {0};
    const Nplus1__Record *record;
    find_openers(l);
    if (l->transaction_count == 0) {
        free(l->transactions);
        l->transactions = NULL;
        return;
    }
    struct shard_life *lives = alloc_zeroed(l->transaction_count, sizeof *lives);
    bool added;
    for (uint32_t i = 0; i < l->transaction_count; i++)
        map_intern(&shards, l->transactions[i].shard, i, &added);
    stream_reader_rewind(reader);
    while ((record = stream_reader_next(reader, NULL))) {
        const Nplus1__Counters *c = record->counters;
        uint32_t at;
        if (!c || !map_find(&shards, c->shard, NULL, NULL, &at))
            continue;
        lives[at].ticks = add_saturated(lives[at].ticks, c->ticks);
        lives[at].last = larger(lives[at].last, c->first_ticks);
    }
    for (uint32_t i = 0; i < l->transaction_count; i++)
        end_transaction(l, &l->transactions[i], &lives[map_intern(&shards, l->transactions[i].shard, i, &added)]);
    map_finish(&shards);
    free(lives);
    free(l->transactions);
    l->transactions = NULL;
}

static bool load_visit(struct recording *r, const Nplus1__Visit *v)
{
    uint32_t group;
    uint32_t scope;
    if (!refer(&r->groups.ids, v->group, &group) || !refer(&r->scopes.ids, v->scope, &scope) || group == RECORDING_NONE ||
        scope == RECORDING_NONE)
        return false;
    return TABLE_ADD(r->visits, v->id, (struct recording_visit){.group = group, .scope = scope});
}

static bool load_visit_counters(struct loader *l, const Nplus1__VisitCounters *c)
{
    struct recording *r = l->recording;
    uint32_t visit;
    if (!refer(&r->visits.ids, c->visit, &visit) || visit == RECORDING_NONE)
        return false;
    struct recording_visit *sum = &r->visits.at[visit];
    SUMS_ADD_MESSAGE(COUNTERS_VISIT, VISIT_FIELDS, sum->counters, c);
    if (c->since) {
        ALLOC_GROW(l->stays, l->stay_count, l->stay_capacity);
        l->stays[l->stay_count++] = (struct open_stay){visit, sum->group, c->shard, c->since};
    }
    return true;
}

bool load_scopes(struct loader *l, const Nplus1__Record *record)
{
    struct recording *r = l->recording;
    bool complete = true;
    if (record->scope)
        complete = TABLE_ADD(r->scopes, record->scope->id,
                             (struct recording_scope){text_intern_string(l->pool, record->scope->name ? record->scope->name : ""),
                                                      record->scope->has_allows && record->scope->allows,
                                                      record->scope->has_judged && record->scope->judged});
    if (record->visit)
        complete = load_visit(r, record->visit) && complete;
    if (record->visit_counters)
        complete = load_visit_counters(l, record->visit_counters) && complete;
    return complete;
}

bool load_tallies(struct loader *l, const Nplus1__Record *record)
{
    struct recording *r = l->recording;
    uint32_t group;
    uint32_t tally;
    bool complete = true;
    if (record->tally) {
        const Nplus1__Tally *t = record->tally;
        complete = refer(&r->groups.ids, t->group, &group) && group != RECORDING_NONE &&
                   TABLE_ADD(r->tallies, t->id,
                             (struct recording_tally){.group = group,
                                                      .kind = (uint32_t)t->kind,
                                                      .name = text_intern_string(l->pool, t->name ? t->name : "")});
    }
    if (record->tally_counters) {
        const Nplus1__TallyCounters *c = record->tally_counters;
        if (!refer(&r->tallies.ids, c->tally, &tally) || tally == RECORDING_NONE)
            return false;
        SUMS_ADD_MESSAGE(COUNTERS_TALLY, TALLY_FIELDS, r->tallies.at[tally].counters, c);
    }
    return complete;
}

static uint64_t stay_key(uint32_t group, uint32_t shard)
{
    return (uint64_t)group << 32 | shard;
}

/* Each needs what its thread's counters of the group say; few recordings have any, so it is looked up in a second reading. */
void load_open_stays(struct loader *l, struct stream_reader *reader)
{
    struct recording *r = l->recording;
    struct map stays = {0};
    const Nplus1__Record *record;
    if (l->stay_count == 0)
        return;
    for (uint32_t i = 0; i < l->stay_count; i++)
        map_add(&stays, stay_key(l->stays[i].group, l->stays[i].shard), i);
    stream_reader_rewind(reader);
    while ((record = stream_reader_next(reader, NULL))) {
        const Nplus1__Counters *c = record->counters;
        uint32_t group;
        uint32_t at;
        if (!c || !refer(&r->groups.ids, c->group, &group) || !map_find(&stays, stay_key(group, c->shard), NULL, NULL, &at))
            continue;
        struct open_stay *stay = &l->stays[at];
        struct recording_visit *sum = &r->visits.at[stay->visit];
        if (c->executions >= stay->since)
            sum->executions = add_saturated(sum->executions, c->executions - stay->since + 1);
        stay->since = UINT64_MAX; /* a second record of the same counters is damage */
    }
    map_finish(&stays);
    free(l->stays);
    l->stays = NULL;
}
