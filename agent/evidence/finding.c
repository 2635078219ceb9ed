#include "agent/evidence/finding.h"

#include <stdatomic.h>

#include "agent/base/clock.h"
#include "agent/base/compiler.h"
#include "agent/process/settings.h"
#include "agent/recording/database.h"
#include "agent/recording/recording.h"
#include "agent/stack/stack.h"
#include "agent/statement/statement.h"

void finding_add(struct finding_numbers *numbers, const struct group_shard *shard)
{
    struct counter_sums counters;
    struct fact_sums facts;

    sums_read(COUNTERS_GROUP, counters.counters, shard->counters);
    sums_settle(&counters);
    sums_add(COUNTERS_GROUP, numbers->counters.counters, counters.counters);
    if (!shard->facts)
        return;
    sums_read(COUNTERS_FACTS, facts.all, shard->facts);
    sums_add(COUNTERS_FACTS, numbers->facts.all, facts.all);
}

static uint64_t to_ns(const void *context, uint64_t ticks)
{
    const uint64_t *per_second = context;

    return *per_second ? (uint64_t)((unsigned __int128)ticks * 1000000000U / *per_second) : ticks;
}

static uint32_t text_facts_of(struct statement *statement)
{
    uint32_t facts = atomic_load_explicit(&statement->text_facts, memory_order_relaxed);

    if (likely(facts != 0))
        return facts;
    facts = verdict_text(statement->text, statement->length > statement->text_length) | statement_facts(statement)
                                                                                            << VERDICT_FACTS;
    atomic_store_explicit(&statement->text_facts, facts, memory_order_relaxed);
    return facts;
}

struct verdict finding_decide(const struct group *group, const struct finding_numbers *numbers, struct evidence_edge edge,
                              struct evidence_fan_out fan_out, uint32_t surer_than)
{
    const struct statement *statement = group->statement;
    const struct evidence_subject subject = {
        .verb = statement->verb,
        .has_stack = stack_is_whole(group->stack),
        .is_remote = group->database->is_remote,
        .is_memory = group->database->is_memory,
    };
    struct finding_numbers n = *numbers;
    struct verdict_evidence evidence;

    if (n.facts.transaction_ns) { /* no other time decides anything */
        uint64_t per_second = clock_ticks_per_second();
        sums_convert(COUNTERS_FACTS, n.facts.all, to_ns, &per_second);
    }
    evidence = evidence_build(&subject, n.counters.counters, n.facts.all, edge, fan_out);
    if ((uint32_t)verdict_at_most(&evidence, settings.threshold).confidence <= surer_than)
        return (struct verdict){VERDICT_NONE, VERDICT_CONFIDENCE_NONE};
    evidence.text = text_facts_of(group->statement);
    return verdict_decide(&evidence, settings.threshold);
}

void finding_write(struct group *group, struct verdict verdict, uint32_t edge, uint64_t executions)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Finding message = NPLUS1__FINDING__INIT;

    group->reported = GROUP_REPORTED(verdict.kind, verdict.confidence);
    message.has_kind = message.has_confidence = message.has_group = message.has_ticks = message.has_executions = true;
    message.kind = (Nplus1__Kind)verdict.kind;
    message.confidence = (Nplus1__Confidence)verdict.confidence;
    message.group = group->id;
    message.ticks = clock_ticks();
    message.executions = executions;
    message.has_edge = edge != 0;
    message.edge = edge;
    record.finding = &message;
    recording_append(&record);
}
