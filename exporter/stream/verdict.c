#include "exporter/stream/verdict.h"

#include <stddef.h>
#include <string.h>

/* Of enum Verb in nplus1.proto; the generated header is not needed for a few numbers. */
enum {
    VERB_SELECT = 1,
    VERB_INSERT = 2,
    VERB_UPDATE = 3,
    VERB_DELETE = 4,
    VERB_MERGE = 5,
    VERB_BEGIN = 6,
    VERB_SAVEPOINT = 9,
    VERB_COPY = 15,
    VERB_DECLARE = 16,
    VERB_FETCH = 17
};

/* Executions in one unit of work. Preparing anew is a round trip, or some 10 us in the same process. */
#define REPREPARED_REMOTE 10
#define REPREPARED_LOCAL  1000
#define FANOUT_MIN        32  /* rows for each parent */
#define FANOUT_ROWS_MIN   500 /* fewer cost nothing */
#define UNREAD_ROWS_MIN   100
#define UNREAD_COLUMNS    5  /* that many and two thirds of them */
#define FETCHES_MIN       50 /* of a cursor in one unit of work */
#define FETCHED_ROWS      10 /* a fetch of fewer is mostly a round trip */
#define COPIED_ROWS       10 /* by a COPY: more are a batch */
#define BRANCH_ROWS       10 /* for each */
#define LISTS_FEW         4  /* the last chunk of a batch may be a list of one */
#define TRANSACTION_NS    UINT64_C(500000000)
#define TRANSACTION_TIMES 10 /* open so many times as long as busy */

#define TREE_BITS         16  /* of evidence that a branch of a tree is walked: more than small numbers have */
#define EPISODES_OF_A_BIT 8   /* of several executions each: what chance alone may be taken for */
#define EPISODES_COMPARED 256 /* of a long loop the first ones are, and some of the others */

#define HINT_BITS 2 /* of evidence for a parent that make fewer executions than the threshold worth saying */

typedef struct verdict (*rule)(const struct verdict_evidence *e, uint64_t threshold);

static struct verdict nothing(void)
{
    return (struct verdict){VERDICT_NONE, VERDICT_CONFIDENCE_NONE};
}

bool verdict_is_most(uint64_t part, uint64_t whole)
{
    return whole > 0 && part >= whole - whole / 10;
}

uint64_t verdict_bits(const struct edge_sums *e)
{
    uint64_t of_several = e->episodes > e->episodes_of_1 ? e->episodes - e->episodes_of_1 : 0;
    uint64_t by_chance = (of_several < EPISODES_COMPARED ? of_several : EPISODES_COMPARED) / EPISODES_OF_A_BIT;

    return e->bits > by_chance ? e->bits - by_chance : 0;
}

static bool has_any(const char *text, const char *const *words)
{
    for (; *words; words++) {
        if (strstr(text, *words))
            return true;
    }
    return false;
}

uint32_t verdict_text(const char *text, bool is_cut)
{
    /* Both databases reserve the prefixes of their schemas. */
    static const struct {
        uint32_t bit;
        const char *const words[11]; /* any of them; NULL ends them */
    } facts[] = {
        {VERDICT_TEXT_TABLE, {" from "}},
        {VERDICT_TEXT_JOIN, {" join "}},
        {VERDICT_TEXT_OFFSET, {" offset ?", " limit ?, ?"}},
        {VERDICT_TEXT_LIST, {"carray(?"}},
        {VERDICT_TEXT_COPY_IN, {" from stdin"}},
        {VERDICT_TEXT_BEHIND, {" > ", " >= ", " < ", " <= ", " between "}},
        {VERDICT_TEXT_SCHEMA, {"from pg_", "from information_schema.", "from sqlite_"}},
        {VERDICT_TEXT_VOLATILE,
         {"random(", "now()", "clock_timestamp(", "nextval(", "changes(", "last_insert_rowid(", "gen_random_uuid(", " for update",
          " for share", "pg_notification"}},
    };
    uint32_t bits = VERDICT_TEXT_KNOWN | (is_cut ? VERDICT_TEXT_CUT : 0);

    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        bits |= has_any(text, facts[i].words) ? facts[i].bit : 0;
    return bits;
}

static bool has(const struct verdict_evidence *e, uint32_t bit)
{
    return (e->text & bit) != 0;
}

/* Several connections are busy at once, and whose task a statement is of is not known: a pool gives each the next one that is
 * free. So a value may be taken for one of another task's rows, which have it, too. */
static bool is_crowded(const struct verdict_evidence *e)
{
    return e->crowded > e->executions / 8;
}

/* Tasks with one child each, whose parents had the same row, have one value: a loop goes on to others. */
static bool goes_on(const struct verdict_evidence *e)
{
    return e->edge.moved > 0 && e->edge.moved >= e->edge.matches / 4;
}

/* The children's values stand in one column of an earlier result set, several of them for one execution of the parent. That may
 * be the statement itself: a tree that is walked node by node. */
static bool comes_from_parent(const struct verdict_evidence *e)
{
    if (e->edge.distinct_values < 2 || e->edge.max_per_episode < 2)
        return false;
    if (is_crowded(e) && !goes_on(e))
        return false;
    /* The first nodes of a tree come from where the walk began. */
    if (e->edge_from_itself && e->edge.judged > 0 && e->edge.matches >= e->edge.judged - e->edge.judged / 4)
        return true;
    return verdict_is_most(e->edge.matches, e->edge.judged);
}

/* Whoever walks a tree asks for the nodes that it was given. Rows whose keys are the numbers from 1 on are met by all that
 * counts, their own parents' keys among them; most of them are asked for by nobody then. A branch that is picked has keys of its
 * own. */
static bool is_no_tree(const struct verdict_evidence *e)
{
    return e->edge_from_itself && e->rows - e->rows / 3 > e->executions && e->edge.bits < TREE_BITS;
}

/* And that is no coincidence. */
static bool is_proven(const struct verdict_evidence *e)
{
    return comes_from_parent(e) && verdict_bits(&e->edge) >= VERDICT_PROOF_BITS && !is_no_tree(e);
}

/* Several connections that are busy at once are taken for as many tasks. A program that hands the rows of one result to a pool
 * has them busy, too: its children are those of one execution of the parent, or of several that were handed out like that, and
 * no other work has come in between. Where it has, for some, their parents are out of sight. */
static bool is_fanned_out(const struct verdict_evidence *e, uint64_t threshold)
{
    return e->crowded > 0 && e->crowded >= e->units_seen - e->units_seen / 2 && !e->edge_from_itself &&
           e->edge.distinct_values >= 2 && e->edge.matches >= e->edge.judged - e->edge.judged / 4 && goes_on(e) &&
           (e->edge.max_per_episode >= threshold || (e->parent_loops && e->edge.matches >= threshold));
}

/* Ranges of texts with few rows, each for itself, are no chunks of a table: such a range is what stands below a node whose path
 * its ends begin with (a materialized path, as django-treebeard's). */
static bool is_branch(const struct verdict_evidence *e)
{
    return e->text_ranges > e->executions / 2 && e->rows / BRANCH_ROWS < e->executions;
}

/* From a row to the one that it names, and on: up a tree, along a list. A page has what comes behind a value, or many rows. */
static bool is_climb(const struct verdict_evidence *e)
{
    return has(e, VERDICT_TEXT_KNOWN) && !has(e, VERDICT_TEXT_CUT | VERDICT_TEXT_BEHIND) && e->rows <= e->executions &&
           e->rows > e->executions / 2;
}

/* Each execution takes its parameter from the one before, one for each: the next page. The first page has no source, so half is
 * enough. Or the text says that it skips rows, other ones each time. */
static bool is_pagination(const struct verdict_evidence *e)
{
    if (has(e, VERDICT_FACT_KEY_PAGE) || (has(e, VERDICT_FACT_RANGE) && !is_branch(e)))
        return true;
    if (has(e, VERDICT_TEXT_OFFSET | VERDICT_FACT_OFFSET) && e->unmoved <= e->executions / 2)
        return true;
    return e->edge_from_itself && !is_climb(e) && e->edge.matches > 0 && e->edge.matches >= e->edge.judged - e->edge.judged / 2 &&
           (e->edge.max_per_episode < 2 || e->edge.episodes >= e->edge.matches - e->edge.matches / 4);
}

static bool is_batched(const struct verdict_evidence *e)
{
    if (has(e, VERDICT_TEXT_LIST))
        return true;
    /* Where every other list has one key, the average has less than two. */
    return e->batched > 0 && e->batched >= e->executions - e->executions / 2 &&
           (e->executions <= LISTS_FEW || e->batched > e->executions / 2);
}

/* A library asks for the schema when it starts or first meets a table: the program cannot change that. */
static bool is_about_schema(const struct verdict_evidence *e)
{
    return has(e, VERDICT_TEXT_SCHEMA);
}

/* Without a table there are no rows to load at once, and in the same process a call of a function costs next to nothing. Django
 * quotes values that way for its log of the statements, one by one. */
static bool is_call_of_function(const struct verdict_evidence *e)
{
    return has(e, VERDICT_TEXT_KNOWN) && !has(e, VERDICT_TEXT_CUT) && !e->is_remote && !has(e, VERDICT_TEXT_TABLE);
}

/* What asks no table, gives no value to a function and takes none of a parent is no child of anything (select 1, now(), nextval);
 * a job that is taken off a queue is not asked for by anybody, and set_config() asks nothing. */
static bool is_childless(const struct verdict_evidence *e)
{
    return has(e, VERDICT_FACT_DEQUEUE | VERDICT_FACT_SESSION) ||
           (has(e, VERDICT_FACT_NO_TABLE) && !has(e, VERDICT_FACT_FUNCTION_CALL) && !is_proven(e));
}

/* The next job is asked for, again and again by the same question, and each answer causes one execution: what is done for a job.
 */
static bool is_one_per_job(const struct verdict_evidence *e)
{
    return e->parent_is_polled && e->edge.max_per_episode == 1 && verdict_is_most(e->edge.matches, e->edge.judged) &&
           verdict_bits(&e->edge) >= VERDICT_PROOF_BITS;
}

/* A cursor's rows are fetched by its name, and the statement is the one that declares it. */
static bool loads(const struct verdict_evidence *e)
{
    return e->verb == VERB_SELECT || e->verb == VERB_DECLARE;
}

/* Of what happens again in a unit of work. */
static enum verdict_confidence likely(const struct verdict_evidence *e)
{
    return e->has_stack && !e->in_request ? VERDICT_LIKELY : VERDICT_POSSIBLE;
}

/* Of what comes from a parent's rows. */
static enum verdict_confidence at_most(const struct verdict_evidence *e, enum verdict_confidence confidence)
{
    return e->in_request && !e->parent_in_request ? VERDICT_POSSIBLE : confidence;
}

static struct verdict n_plus_one(const struct verdict_evidence *e, uint64_t threshold)
{
    /* A value that was read again after a write counts twice in a unit of work. */
    uint64_t in_unit = e->unit_max < e->distinct_values ? e->unit_max : e->distinct_values;

    if (!loads(e) || e->executions < 2 || e->distinct_values < 2 || is_batched(e) || is_call_of_function(e) || is_childless(e))
        return nothing();
    if (is_about_schema(e) && !(e->asks_schema_itself && e->executions >= threshold))
        return nothing();
    if (is_proven(e))
        return (struct verdict){VERDICT_N_PLUS_ONE, at_most(e, VERDICT_PROVEN)};
    if (is_pagination(e) || is_one_per_job(e))
        return nothing();
    if (comes_from_parent(e) && verdict_bits(&e->edge) >= HINT_BITS)
        return (struct verdict){VERDICT_N_PLUS_ONE, e->has_stack ? at_most(e, VERDICT_LIKELY) : VERDICT_POSSIBLE};
    if (in_unit >= threshold || is_fanned_out(e, threshold) || (e->handed_out && e->distinct_values >= threshold))
        return (struct verdict){VERDICT_N_PLUS_ONE, likely(e)};
    /* One for each request of a server is none. */
    if (e->executions >= threshold && e->distinct_values >= threshold && e->units_seen < e->executions - e->executions / 2)
        return (struct verdict){VERDICT_N_PLUS_ONE, VERDICT_POSSIBLE};
    return nothing();
}

/* COPY in has text of its own; one of many rows is what loading at once looks like. */
static bool writes(const struct verdict_evidence *e)
{
    if (e->verb == VERB_COPY)
        return has(e, VERDICT_TEXT_COPY_IN) && e->rows / COPIED_ROWS < e->executions;
    return e->verb >= VERB_INSERT && e->verb <= VERB_MERGE;
}

/* What costs is a round trip or a commit for each row. A database in the same process has the former never, and the latter not
 * within one transaction: there a loop of one prepared statement is what its makers recommend (sqlite.org/faq.html#q19). What is
 * sent in a pipeline (JDBC's executeBatch) or in one text is waited for together, and is one transaction. */
static struct verdict write_loop(const struct verdict_evidence *e, uint64_t threshold)
{
    bool waits = e->is_remote && e->pipelined < e->executions - e->executions / 2;
    bool commits = !e->is_memory && e->transactions > e->executions / 2 + e->pipelined;

    if (!writes(e) || is_batched(e) || has(e, VERDICT_FACT_DEQUEUE) || is_one_per_job(e) || !(waits || commits) ||
        (e->unit_executions_max < threshold && !(is_proven(e) && e->edge.matches >= threshold)))
        return nothing();
    if (e->has_stack && is_proven(e))
        return (struct verdict){VERDICT_WRITE_LOOP, at_most(e, VERDICT_PROVEN)};
    return (struct verdict){VERDICT_WRITE_LOOP, likely(e)};
}

/* The text itself shows it. */
static struct verdict large_in_list(const struct verdict_evidence *e, uint64_t threshold)
{
    (void)threshold;
    return e->large_lists ? (struct verdict){VERDICT_LARGE_IN_LIST, VERDICT_PROVEN} : nothing();
}

/* A join to one repeats what many rows share, and is how it should be loaded. */
static struct verdict join_fanout(const struct verdict_evidence *e, uint64_t threshold)
{
    (void)threshold;
    if (!has(e, VERDICT_TEXT_JOIN) || has(e, VERDICT_FACT_JOINS_TO_ONE) || e->fanout_rows < FANOUT_ROWS_MIN ||
        e->fanout_parents < 2 || e->fanout_columns < 2 || e->fanout_rows / FANOUT_MIN < e->fanout_parents)
        return nothing();
    return (struct verdict){VERDICT_JOIN_FANOUT, VERDICT_LIKELY};
}

static struct verdict unused_rows(const struct verdict_evidence *e, uint64_t threshold)
{
    uint64_t read = (uint64_t)__builtin_popcountll(e->read_columns);
    uint64_t unread = e->watched_columns > read && e->watched_columns < 64 ? e->watched_columns - read : 0;

    (void)threshold;
    if (e->watched_rows < UNREAD_ROWS_MIN)
        return nothing();
    if (e->unread_rows > e->watched_rows / 2 || (unread >= UNREAD_COLUMNS && unread * 3 >= e->watched_columns * 2))
        return (struct verdict){VERDICT_UNUSED_ROWS, VERDICT_LIKELY};
    return nothing();
}

/* Without a table, or with a value that is another one each time, the same text is not the same question; a lock is taken anew.
 */
static bool asks_the_same(const struct verdict_evidence *e)
{
    return has(e, VERDICT_TEXT_TABLE) && !is_about_schema(e) && !has(e, VERDICT_TEXT_VOLATILE);
}

static struct verdict duplicate_query(const struct verdict_evidence *e, uint64_t threshold)
{
    uint64_t repeated = e->repeated + e->repeated_elsewhere;

    if (e->verb != VERB_SELECT || repeated < threshold - 1 || repeated < (e->executions + e->executions_elsewhere) / 3 ||
        !asks_the_same(e))
        return nothing();
    return (struct verdict){VERDICT_DUPLICATE_QUERY, likely(e)};
}

static struct verdict reprepare(const struct verdict_evidence *e, uint64_t threshold)
{
    bool is_query = e->verb >= VERB_SELECT && e->verb <= VERB_MERGE;

    (void)threshold;
    if (!is_query || is_batched(e) || e->unit_executions_max < (e->is_remote ? REPREPARED_REMOTE : REPREPARED_LOCAL) ||
        !verdict_is_most(e->prepared, e->executions))
        return nothing();
    return (struct verdict){VERDICT_REPREPARE, VERDICT_LIKELY};
}

static struct verdict long_transaction(const struct verdict_evidence *e, uint64_t threshold)
{
    (void)threshold;
    /* Nobody else wants a database in memory. */
    if (e->is_memory || e->transaction_ns < TRANSACTION_NS || e->transaction_busy_ns > e->transaction_ns / TRANSACTION_TIMES)
        return nothing();
    return (struct verdict){VERDICT_LONG_TRANSACTION, VERDICT_LIKELY};
}

/* A cursor that is drained in steps of a row or a few: each is a round trip. */
static struct verdict chatty_fetch(const struct verdict_evidence *e, uint64_t threshold)
{
    (void)threshold;
    if (e->verb != VERB_FETCH || !e->is_remote || e->unit_executions_max < FETCHES_MIN || e->rows / FETCHED_ROWS >= e->executions)
        return nothing();
    return (struct verdict){VERDICT_CHATTY_FETCH, VERDICT_LIKELY};
}

/* A batch inside a loop: one list for each row of a parent that runs once for each row of its own parent. */
static struct verdict batched_n_plus_one(const struct verdict_evidence *e, uint64_t threshold)
{
    if (!loads(e) || !is_batched(e) || !e->parent_loops || e->edge_from_itself || e->edge.episodes < threshold ||
        e->edge.distinct_values < 2 || !verdict_is_most(e->edge.matches, e->edge.judged) ||
        verdict_bits(&e->edge) < VERDICT_PROOF_BITS)
        return nothing();
    return (struct verdict){VERDICT_BATCHED_N_PLUS_ONE, VERDICT_PROVEN};
}

/* Of what holds, the surest; of equals, the first: what follows goes away when it is fixed. */
struct verdict verdict_decide(const struct verdict_evidence *e, uint64_t threshold)
{
    static const rule rules[] = {n_plus_one,      write_loop, large_in_list,    join_fanout,  unused_rows,
                                 duplicate_query, reprepare,  long_transaction, chatty_fetch, batched_n_plus_one};
    struct verdict best = nothing();

    if (threshold < 2)
        threshold = 2;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct verdict verdict = rules[i](e, threshold);
        if (verdict.confidence > best.confidence)
            best = verdict;
    }
    return best;
}

/* Rules ask for a table or a join, or that something else is not there; one of them for a list. */
struct verdict verdict_at_most(const struct verdict_evidence *e, uint64_t threshold)
{
    struct verdict_evidence best = *e;
    struct verdict alone, listed;

    best.text = VERDICT_TEXT_KNOWN | VERDICT_TEXT_TABLE | VERDICT_TEXT_JOIN | VERDICT_TEXT_COPY_IN;
    alone = verdict_decide(&best, threshold);
    if (!e->parent_loops)
        return alone;
    best.text |= VERDICT_TEXT_LIST;
    listed = verdict_decide(&best, threshold);
    return listed.confidence > alone.confidence ? listed : alone;
}
