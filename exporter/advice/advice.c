#include "exporter/advice/advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "exporter/advice/rewrite/join.h"
#include "exporter/advice/rewrite/selects.h"
#include "exporter/advice/rewrite/writes.h"
#include "exporter/base/alloc.h"

#define NAME_SHOWN 100 /* bytes of a name */

/* An advice while it is put together. */
struct draft {
    const struct advice_input *in;
    struct sql_statements *statements;
    const struct sql_statement *statement; /* NULL: it was cut */
    FILE *out;                             /* its words */
    struct advice advice;
};

struct advice_shape advice_shape_of(uint64_t executions, uint64_t rows, uint64_t distinct_values)
{
    return (struct advice_shape){
        .has_rows = rows > 0,
        .has_one_row = rows <= executions,
        .has_many = rows > executions && rows - executions > executions / 20,
        .repeats_values = distinct_values > 0 && distinct_values <= executions / 2,
    };
}

static void write_why_not(struct draft *d, const struct rewriting *r)
{
    static const char *const words[] = {
        [REWRITE_DISTINCT] = "its DISTINCT would be over all parents",
        [REWRITE_GROUPED] = "its GROUP BY needs the parent's key as well",
        [REWRITE_WINDOW] = "its window functions need PARTITION BY the parent's key",
        [REWRITE_SET_OPERATION] = "each part of its UNION needs the list and the parent's key",
        [REWRITE_SUBSELECT] = "it has a sub-select, whose parameters may vary too",
        [REWRITE_LOCKING] = "it locks its rows, and would lock all of them at once",
        [REWRITE_LIMIT] =
            "its LIMIT is for each parent: that needs row_number() over (partition by the parent's key), or LATERAL",
        [REWRITE_LIMIT + 1] = NULL,
    };
    const char *why = r->form == REWRITE_NONE ? words[r->why_not] : NULL;
    if (why)
        fprintf(d->out, "; %s", why);
}

/* Takes over the SQL of a rewriting, or says why there is none. */
static void take(struct draft *d, struct rewriting r)
{
    write_why_not(d, &r);
    if (r.sql && strlen(r.sql) > ADVICE_SQL_MAX) {
        free(r.sql);
        return;
    }
    if (r.sql && r.drops_limit)
        fputs("; right if the column is unique", d->out);
    if (r.sql && r.has_others)
        fputs("; right if the other parameters are the same each time, else compare pairs: (a, b) in (values (?, ?), ...)",
              d->out);
    d->advice.sql = r.sql;
    d->advice.joins = r.form == REWRITE_JOIN;
}

static void write_orm(struct draft *d, enum orm_fix fix)
{
    char table[NAME_SHOWN];
    if (!d->in->orm.orm)
        return;
    bool known = d->statement && rewrite_table(d->statement, table, sizeof table);
    char *words = orm_describe_fix(&d->in->orm, fix, known ? table : NULL);
    if (words)
        fprintf(d->out, "; %s", words);
    free(words);
}

static struct rewrite_input rewrite_input_of(const struct draft *d)
{
    const struct advice_input *in = d->in;
    return (struct rewrite_input){
        .statement = d->statement,
        .dialect = &in->system->dialect,
        .parameter = in->parameter,
        .has_one_row = in->shape.has_rows && in->shape.has_one_row,
    };
}

static void advise_n_plus_one(struct draft *d)
{
    const struct advice_input *in = d->in;
    const struct rewrite_input rewrite = rewrite_input_of(d);
    struct rewriting r = d->statement ? rewrite_select(&rewrite) : (struct rewriting){.why_not = REWRITE_STRANGE};
    bool aggregate = in->shape.has_one_row && d->statement && rewrite_is_aggregate(d->statement);
    bool top = r.form == REWRITE_TOP || (r.form == REWRITE_NONE && r.why_not == REWRITE_LIMIT);
    enum orm_fix fix = ORM_MANY;
    if (aggregate) {
        d->advice.strategy = "aggregate";
        fix = ORM_AGGREGATE;
        fputs("aggregate for all parents at once with GROUP BY; a parent without rows has none in the result", d->out);
    } else if (in->parent_is_itself) {
        d->advice.strategy = "selectin";
        fputs(
            "a tree is walked node by node: load one list per level, with the keys of the level above, or the whole tree by one "
            "recursive CTE (WITH RECURSIVE)",
            d->out);
    } else if (in->shape.has_many || top || in->parent_is_elsewhere) {
        d->advice.strategy = "selectin";
        fputs("load the rows of all parents by one list: collect the values", d->out);
        if (in->parent_column)
            fprintf(d->out, " of %.*s", NAME_SHOWN, in->parent_column);
        if (r.form == REWRITE_TOP)
            fputs("; a window function counts the first rows of each parent", d->out);
    } else {
        d->advice.strategy = "join";
        fix = ORM_ONE;
        fputs("JOIN the one row of each parent into its statement, or load all by one list", d->out);
    }
    if (fix == ORM_ONE && in->parent_statement && in->parent_column && d->statement) {
        const struct sql_statement *parent = sql_statements_get(d->statements, in->parent_statement);
        struct rewriting joined = rewrite_join(&rewrite, parent, in->parent_column);
        if (joined.form != REWRITE_NONE) {
            free(r.sql);
            r = joined;
        }
    }
    write_orm(d, fix);
    if (in->parent_is_tied)
        free(r.sql);
    else
        take(d, r);
    if (in->shape.repeats_values)
        fputs("; few values come again and again: keep what was loaded (identity map, cache)", d->out);
}

static bool begins_with(const char *statement, const char *word)
{
    return strncasecmp(statement, word, strlen(word)) == 0 && statement[strlen(word)] == ' ';
}

static void advise_write_loop(struct draft *d)
{
    const struct advice_input *in = d->in;
    const struct rewrite_input rewrite = rewrite_input_of(d);
    struct rewriting r = {.why_not = REWRITE_STRANGE};
    d->advice.strategy = "batch";
    if (begins_with(in->statement, "delete")) {
        fputs("delete all rows with one statement and the list of their keys", d->out);
        if (d->statement)
            r = rewrite_delete(&rewrite);
    } else if (begins_with(in->statement, "update")) {
        fputs("all rows get the same values: one UPDATE with the list of their keys; else UPDATE ... FROM (VALUES ...), or "
              "executemany in one transaction",
              d->out);
    } else if (begins_with(in->statement, "copy")) {
        fputs("send all rows through one COPY: begin it before the loop, end it behind it", d->out);
    } else {
        fprintf(d->out,
                "insert many rows with one statement, or executemany in one transaction%s; INSERT ... SELECT where the "
                "values come from a query",
                in->system->bulk_load);
        if (d->statement)
            r = rewrite_insert(&rewrite);
        if (r.sql && strstr(in->statement, " do update"))
            fputs("; no key twice in one statement", d->out);
    }
    take(d, r);
    if (!begins_with(in->statement, "delete"))
        write_orm(d, ORM_BATCH);
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
    write_orm(d, ORM_MANY);
}

static void advise_unused_rows(struct draft *d)
{
    d->advice.strategy = "project";
    fputs("fetch what is read: name its columns instead of all, LIMIT where the rest of the rows is left, and drop an eager load "
          "that nobody uses",
          d->out);
    write_orm(d, ORM_PROJECT);
}

static void advise_large_in_list(struct draft *d)
{
    if (d->in->system->dialect.has_arrays) {
        d->advice.strategy = "array";
        fputs("pass the list as one array parameter, so that its length does not make a new statement each time; JOIN the query "
              "or a "
              "temporary table that the values come from when there are many thousands",
              d->out);
        const struct rewrite_input rewrite = rewrite_input_of(d);
        if (d->statement)
            take(d, rewrite_array(&rewrite));
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
        [VERDICT_N_PLUS_ONE] = advise_n_plus_one,     [VERDICT_DUPLICATE_QUERY] = advise_duplicate_query,
        [VERDICT_WRITE_LOOP] = advise_write_loop,     [VERDICT_JOIN_FANOUT] = advise_join_fanout,
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
