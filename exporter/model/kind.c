#include "exporter/model/kind.h"

#include <stddef.h>
#include <string.h>

#define OF_GROUP(member)   .offset = offsetof(struct model_group, member)
#define OF_FINDING(member) .offset = offsetof(struct model_finding, member), .is_of_finding = true

static bool has_parent(const struct model_group *g, const struct model_finding *f)
{
    return f->parent != MODEL_NONE;
}

static bool has_units(const struct model_group *g, const struct model_finding *f)
{
    return f->max_per_episode > 0;
}

static bool is_repeated_elsewhere(const struct model_group *g, const struct model_finding *f)
{
    return f->repeated_elsewhere > 0;
}

static bool has_one_transaction(const struct model_group *g, const struct model_finding *f)
{
    return g->facts.transactions == 1;
}

static bool has_commits(const struct model_group *g, const struct model_finding *f)
{
    return g->facts.commit_ns > 0;
}

static bool has_unread_rows(const struct model_group *g, const struct model_finding *f)
{
    return g->facts.unread_rows > g->facts.watched_rows / 2;
}

static const struct kind kinds[KIND_COUNT] = {
    [VERDICT_NONE] = {.name = "none", .title = "none", .help = "", .sentences = {{""}}},
    [VERDICT_N_PLUS_ONE] =
        {
            .name = "n_plus_one",
            .title = "N+1",
            .nested_title = "nested N+1",
            .is_loop = true,
            .help = "One statement runs once for each row of another one's result. Load the rows of all parents at once: "
                    "by a join, or by one list of their keys.",
            .fields = {{"executions", OF_FINDING(executions)},
                       {"distinct_values", OF_FINDING(distinct_values)},
                       {"max_per_episode", OF_FINDING(max_per_episode)}},
            .sentences =
                {{"{executions} executions with {distinct_values} different values, up to {max_per_episode} for one execution of "
                  "the parent",
                  has_parent},
                 {"{executions} executions with {distinct_values} different values, up to {max_per_episode} in one unit of work",
                  has_units},
                 {"{executions} executions with {distinct_values} different values, no unit of work seen"}},
        },
    [VERDICT_DUPLICATE_QUERY] =
        {
            .name = "duplicate_query",
            .title = "duplicate query",
            .help = "The same statement with the same values runs again in one unit of work. Keep the first result and "
                    "pass it on.",
            .fields = {{"repeated", OF_GROUP(repeated), .is_evidence = true},
                       {"repeated_elsewhere", OF_FINDING(repeated_elsewhere), .is_evidence = true, .is_left_out_at_0 = true},
                       {"executions", OF_FINDING(executions)}},
            .sentences = {{"this place and others repeated each other {repeated_elsewhere} times in one unit of work",
                           is_repeated_elsewhere},
                          {"{repeated} of {executions} executions asked again what the same unit of work had asked before"}},
        },
    [VERDICT_WRITE_LOOP] =
        {
            .name = "write_loop",
            .title = "write loop",
            .is_loop = true,
            .help = "Rows are written one by one, each with a round trip or a transaction of its own. Write them by one "
                    "statement, or in one transaction.",
            .fields = {{"transactions", OF_GROUP(facts.transactions), .is_evidence = true},
                       {"commit_ns", KIND_UNIT_NS, OF_GROUP(facts.commit_ns), .is_evidence = true, .is_left_out_at_0 = true},
                       {"executions", OF_FINDING(executions)},
                       {"in_unit", OF_GROUP(unit_executions_max)}},
            .sentences = {{"{executions} executions, up to {in_unit} in one unit of work, in one transaction",
                           has_one_transaction},
                          {"{executions} executions, up to {in_unit} in one unit of work, in {transactions} transactions whose "
                           "commits took {commit_ns}",
                           has_commits},
                          {"{executions} executions, up to {in_unit} in one unit of work, in {transactions} transactions"}},
        },
    [VERDICT_JOIN_FANOUT] =
        {
            .name = "join_fanout",
            .title = "join fan-out",
            .help = "A join to many rows repeats the columns of the row that they belong to. Load the many by a second "
                    "statement.",
            .fields = {{"rows", OF_GROUP(facts.fanout_rows), .is_evidence = true},
                       {"parents", OF_GROUP(facts.fanout_parents), .is_evidence = true},
                       {"repeated_columns", OF_GROUP(facts.fanout_columns), .is_evidence = true}},
            .sentences = {{"{rows} rows repeat {repeated_columns} columns of {parents} parents"}},
        },
    [VERDICT_UNUSED_ROWS] =
        {
            .name = "unused_rows",
            .title = "unused rows or columns",
            .help = "Rows or columns are fetched that the program never reads. Ask for those that it needs.",
            .fields = {{"rows", OF_GROUP(facts.watched_rows), .is_evidence = true},
                       {"unread_rows", OF_GROUP(facts.unread_rows), .is_evidence = true},
                       {"columns", OF_GROUP(facts.watched_columns), .is_evidence = true},
                       {"read_columns", KIND_UNIT_BITS, OF_GROUP(facts.read_columns), .is_evidence = true}},
            .sentences = {{"{unread_rows} of {rows} rows that were fetched were never read", has_unread_rows},
                          {"{read_columns} of {columns} columns were read, of {rows} rows"}},
        },
    [VERDICT_LARGE_IN_LIST] =
        {
            .name = "large_in_list",
            .title = "large IN list",
            .help = "A list has more than 1,000 elements. Pass an array, join a table, or split the list.",
            .fields = {{"elements", OF_GROUP(facts.list_max), .is_evidence = true},
                       {"executions", OF_GROUP(facts.large_lists), .is_evidence = true}},
            .sentences = {{"a list of {elements} elements; {executions} executions with more than 1,000"}},
        },
    [VERDICT_REPREPARE] =
        {
            .name = "reprepare",
            .title = "statement prepared repeatedly",
            .help = "A statement is prepared again for each execution. Keep the prepared one.",
            .fields = {{"prepared", OF_GROUP(prepared), .is_evidence = true}, {"executions", OF_FINDING(executions)}},
            .sentences = {{"prepared {prepared} times for {executions} executions"}},
        },
    [VERDICT_LONG_TRANSACTION] =
        {
            .name = "long_transaction",
            .title = "long transaction",
            .help = "A transaction stays open while the program does other work. Do that work before or after it.",
            .fields = {{"open_ns", KIND_UNIT_NS, OF_GROUP(facts.transaction_ns), .is_evidence = true},
                       {"busy_ns", KIND_UNIT_NS, OF_GROUP(facts.transaction_busy_ns), .is_evidence = true}},
            .sentences = {{"open for {open_ns}, of which its statements took {busy_ns}"}},
        },
    [VERDICT_CHATTY_FETCH] =
        {
            .name = "chatty_fetch",
            .title = "cursor drained in small steps",
            .help = "A cursor gives its rows a few at a time, a round trip each. Fetch more rows at once.",
            .fields = {{"rows", OF_GROUP(rows), .is_evidence = true},
                       {"executions", OF_FINDING(executions)},
                       {"in_unit", OF_GROUP(unit_executions_max)}},
            .sentences = {{"{executions} fetches for {rows} rows, up to {in_unit} fetches in one unit of work"}},
        },
    [VERDICT_BATCHED_N_PLUS_ONE] =
        {
            .name = "batched_n_plus_one",
            .title = "batch inside a loop",
            .help = "A list of keys is loaded once for each execution of a parent. Collect the keys of all parents and "
                    "load them by one list.",
            .fields = {{"executions", OF_FINDING(executions)}, {"episodes", OF_FINDING(episodes)}},
            .sentences = {{"{executions} lists, one for each of {episodes} executions of the parent"}},
        },
};
static const struct kind unknown = {.name = "unknown", .title = "unknown", .help = "", .sentences = {{""}}};

const struct kind *kind_of(enum verdict_kind kind)
{
    return (size_t)kind < KIND_COUNT ? &kinds[kind] : &unknown;
}

enum verdict_kind kind_named(const char *name)
{
    for (enum verdict_kind kind = VERDICT_NONE + 1; kind < KIND_COUNT; kind++) {
        if (strcmp(name, kinds[kind].name) == 0)
            return kind;
    }
    return VERDICT_NONE;
}

uint64_t kind_value(const struct kind_field *field, const struct model *model, const struct model_finding *f)
{
    const void *base = field->is_of_finding ? (const void *)f : (const void *)&model->groups[f->group];
    uint64_t value;
    memcpy(&value, (const char *)base + field->offset, sizeof value);
    return field->unit == KIND_UNIT_BITS ? (uint64_t)__builtin_popcountll(value) : value;
}

const char *kind_sentence(const struct model *model, const struct model_finding *f)
{
    const struct kind_sentence *s = kind_of(f->kind)->sentences;
    while (s->holds && !s->holds(&model->groups[f->group], f))
        s++;
    return s->text;
}
