#include "exporter/advice/draft.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/advice/rewrite/writes.h"

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

/* (a, b) in ..., as the system has it: the types of a VALUES are PostgreSQL's, and SQLite has no list of rows without it. */
static void write_pairs(struct draft *d, const struct sql_part *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        fprintf(d->out, "%s%.*s", i > 0 ? ", " : "(", names[i].length < DRAFT_NAME_MAX ? (int)names[i].length : DRAFT_NAME_MAX,
                names[i].start);
    fputs(d->in->system->dialect.has_arrays ? ") in ((?" : ") in (values (?", d->out);
    for (uint32_t i = 1; i < count; i++)
        fputs(", ?", d->out);
    fputs("), ...)", d->out);
}

static void write_any_pair(struct draft *d)
{
    static const struct sql_part names[] = {{"a", 1}, {"b", 1}};
    fputs("compare pairs: ", d->out);
    write_pairs(d, names, 2);
}

/* The column that a parameter is compared with by a plain =; false: it is none. */
static bool find_compared(const struct draft *d, uint32_t parameter, struct sql_part *ret)
{
    const struct sql_statement *s = d->statement;
    struct sql_key key;
    if (!s || s->trouble != SQL_PLAIN || !sql_find_key(&s->tokens, s->select.where, parameter, &key))
        return false;
    *ret = sql_last_part(&s->tokens.at[key.column]);
    return true;
}

/* What the parent's row gives besides: a key of several columns, or the ends of a range. */
static void write_others(struct draft *d)
{
    const struct advice_others *others = &d->in->others;
    struct sql_part names[ADVICE_OTHERS_MAX + 1];
    bool all = find_compared(d, d->in->parameter, &names[0]);
    for (uint32_t i = 0; i < others->count; i++)
        all = all && find_compared(d, others->of[i].parameter, &names[i + 1]);
    fputs("; the parent's rows give other parameters, too: ", d->out);
    fputs(d->in->kind == VERDICT_N_PLUS_ONE ? "JOIN on all of them" : "compare all of them", d->out);
    if (all) {
        fputs(", or compare ", d->out);
        write_pairs(d, names, others->count + 1);
    }
}

void draft_take(struct draft *d, struct rewriting r)
{
    write_why_not(d, &r);
    if (r.sql && strlen(r.sql) > ADVICE_SQL_MAX) {
        free(r.sql);
        return;
    }
    bool compares = d->in->kind == VERDICT_N_PLUS_ONE || r.form == REWRITE_LIST; /* what is written is not looked for */
    if (d->in->others.count > 0 && compares && !r.takes_others) {
        write_others(d);
        free(r.sql);
        return;
    }
    if (r.sql && r.has_others && !r.takes_others && d->in->others_vary) {
        fputs("; its other parameters differ, too: JOIN on all of them, or ", d->out);
        write_any_pair(d);
        free(r.sql);
        return;
    }
    if (r.sql && r.drops_limit)
        fputs("; right if the column is unique", d->out);
    if (r.sql && r.has_others) {
        fputs("; right if the other parameters are the same each time, else ", d->out);
        write_any_pair(d);
    }
    d->advice.sql = r.sql;
    d->advice.joins = r.form == REWRITE_JOIN;
}

void draft_write_orm(struct draft *d, enum orm_fix fix)
{
    char table[DRAFT_NAME_MAX];
    if (!d->in->orm.orm)
        return;
    bool known = d->statement && rewrite_table(d->statement, table, sizeof table);
    char *words = orm_describe_fix(&d->in->orm, fix, known ? table : NULL);
    if (words)
        fprintf(d->out, "; %s", words);
    free(words);
}

struct rewrite_input draft_rewrite_input(const struct draft *d)
{
    const struct advice_input *in = d->in;
    return (struct rewrite_input){
        .statement = d->statement,
        .dialect = &in->system->dialect,
        .parameter = in->parameter,
        .has_one_row = in->shape.has_rows && in->shape.has_one_row,
        .others = in->others.of,
        .other_count = in->others.count,
    };
}
