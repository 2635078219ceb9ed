#include "exporter/advice/advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/advice/draft.h"
#include "exporter/advice/loads.h"
#include "exporter/advice/rewrite/writes.h"
#include "exporter/advice/writes.h"
#include "exporter/base/alloc.h"

struct advice_shape advice_shape_of(uint64_t executions, uint64_t rows, uint64_t distinct_values)
{
    return (struct advice_shape){
        .has_rows = rows > 0,
        .has_one_row = rows <= executions,
        .has_many = rows > executions && rows - executions > executions / 20,
        .is_mostly_none = rows <= executions / 2,
        .repeats_values = distinct_values > 0 && distinct_values <= executions / 2,
    };
}

static void advise_duplicate_query(struct draft *d)
{
    d->advice.strategy = "cache";
    fputs("the same rows are loaded again within one unit of work: keep what was loaded (identity map, cache), or pass it on to "
          "where it is needed",
          d->out);
}

static void advise_join_fanout(struct draft *d)
{
    d->advice.strategy = "selectin";
    fputs(
        "the JOIN repeats each parent's columns for every one of its children: load the parents, then their children by the list "
        "of the parents' keys",
        d->out);
    draft_write_orm(d, ORM_MANY);
}

static void advise_unused_rows(struct draft *d)
{
    d->advice.strategy = "project";
    fputs("fetch what is read: name its columns instead of all, LIMIT where the rest of the rows is left, and drop an eager load "
          "that nobody uses",
          d->out);
    draft_write_orm(d, ORM_PROJECT);
}

static void advise_large_in_list(struct draft *d)
{
    if (d->in->system->dialect.has_arrays) {
        d->advice.strategy = "array";
        fputs("pass the list as one array parameter, so that its length does not make a new statement each time; JOIN the query "
              "or a "
              "temporary table that the values come from when there are many thousands",
              d->out);
        const struct rewrite_input rewrite = draft_rewrite_input(d);
        if (d->statement)
            draft_take(d, rewrite_array(&rewrite));
        return;
    }
    d->advice.strategy = "chunk";
    fputs("cut the list into chunks of some hundred values, or put the values into a temporary table and JOIN it; JOIN the query "
          "that "
          "they come from where there is one",
          d->out);
}

static void advise_reprepare(struct draft *d)
{
    d->advice.strategy = "keep";
    fprintf(
        d->out,
        "keep the prepared statement and bind new values each time%s; text that holds its values has to get placeholders first",
        d->in->system->reuse);
}

static void advise_long_transaction(struct draft *d)
{
    d->advice.strategy = "commit";
    fprintf(d->out, "commit before what takes long and needs no transaction (requests to others, computing, waiting); %s",
            d->in->system->open_transaction);
}

static void advise_chatty_fetch(struct draft *d)
{
    d->advice.strategy = "fetch_size";
    fputs("fetch some thousand rows at once: FETCH 1000 (psycopg: itersize or fetchmany(1000), JDBC: setFetchSize, Django: "
          "iterator(chunk_size=1000)), or do without the cursor where the result is small",
          d->out);
}

static void advise_batched_n_plus_one(struct draft *d)
{
    d->advice.strategy = "batch";
    fputs(
        "collect the keys over all parents and load them by one list, after the loop or before it; the loop that gives each list "
        "its keys is to be batched first",
        d->out);
}

struct advice advice_give(const struct advice_input *in, struct sql_statements *statements)
{
    static void (*const by_kind[])(struct draft *) = {
        [VERDICT_N_PLUS_ONE] = loads_advise,          [VERDICT_DUPLICATE_QUERY] = advise_duplicate_query,
        [VERDICT_WRITE_LOOP] = writes_advise,         [VERDICT_JOIN_FANOUT] = advise_join_fanout,
        [VERDICT_UNUSED_ROWS] = advise_unused_rows,   [VERDICT_LARGE_IN_LIST] = advise_large_in_list,
        [VERDICT_REPREPARE] = advise_reprepare,       [VERDICT_LONG_TRANSACTION] = advise_long_transaction,
        [VERDICT_CHATTY_FETCH] = advise_chatty_fetch, [VERDICT_BATCHED_N_PLUS_ONE] = advise_batched_n_plus_one,
    };
    struct draft draft = {.in = in, .statements = statements};
    draft.statement = in->statement_cut ? NULL : sql_statements_get(statements, in->statement);
    size_t size;
    draft.out = open_memstream(&draft.advice.text, &size);
    if (!draft.out)
        alloc_failed();
    by_kind[(size_t)in->kind < sizeof by_kind / sizeof *by_kind && by_kind[in->kind] ? in->kind : VERDICT_N_PLUS_ONE](&draft);
    if (fclose(draft.out) != 0)
        alloc_failed();
    return draft.advice;
}
