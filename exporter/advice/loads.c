#include "exporter/advice/loads.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/advice/cause.h"
#include "exporter/advice/rewrite/join.h"
#include "exporter/advice/rewrite/selects.h"
#include "exporter/advice/rewrite/writes.h"
#include "exporter/advice/writes.h"

#define OWN_ROW_CLUES (ORM_CLUE_RELOAD | ORM_CLUE_DEFERRED | ORM_CLUE_EXPIRED)

/* The rows' own reasons come first: a row that is in memory needs no list and no JOIN. */
static enum orm_fix fix_of_own_row(uint32_t clues)
{
    if (clues & ORM_CLUE_DEFERRED)
        return ORM_DEFERRED;
    return clues & ORM_CLUE_EXPIRED ? ORM_EXPIRED : ORM_RELOAD;
}

static struct cause_found find_cause(const struct draft *d)
{
    const struct advice_input *in = d->in;
    if (!d->statement)
        return (struct cause_found){.cause = CAUSE_UNKNOWN};
    const struct cause_input input = {
        .statement = d->statement,
        .parameter = in->parameter,
        .parent = in->parent_statement ? sql_statements_get(d->statements, in->parent_statement) : NULL,
        .parent_column = in->parent_column,
        .walks_itself = in->parent_is_itself,
    };
    return cause_find(&input);
}

/* A mapper's frames say it as well, also where the parent is not sure. But a row may be loaded again with what belongs to it. */
static bool is_own_row(const struct draft *d, const struct cause_found *found)
{
    return found->cause == CAUSE_OWN_ROW || ((d->in->orm.clues & OWN_ROW_CLUES) && found->cause != CAUSE_EXISTS &&
                                             found->cause != CAUSE_AGGREGATE && !found->is_of_another);
}

static bool is_for_unique_keys(const struct draft *d, enum cause cause)
{
    if (d->in->orm.clues & ORM_CLUE_UNIQUE)
        return true;
    /* What is there already need not be inserted; a count and EXISTS give a row for nothing, too. */
    bool looks_up = cause == CAUSE_EXISTS || cause == CAUSE_AGGREGATE ||
                    ((cause == CAUSE_UNKNOWN || cause == CAUSE_TO_ONE) &&
                     (d->in->shape.is_mostly_none || d->in->company.inserts_absent));
    return d->in->company.inserts && !d->in->parent_column && looks_up;
}

static void advise_own_row(struct draft *d, enum cause cause)
{
    uint32_t clues = d->in->orm.clues;
    d->advice.strategy = "cache";
    fputs("the program has these rows already, and loads each of them again by its key: ", d->out);
    if (clues & ORM_CLUE_EXPIRED && cause == CAUSE_TO_ONE && d->in->orm.orm->fixes[ORM_SUBCLASS] && d->in->parent_statement) {
        fputs("take the columns of all classes in the parent's statement", d->out);
        draft_write_orm(d, ORM_SUBCLASS);
        return;
    }
    fputs(clues & ORM_CLUE_EXPIRED ? "the commit in the loop made them stale"
                                   : "take all columns that are needed in the parent's statement, and keep what it gave",
          d->out);
    if (clues & OWN_ROW_CLUES)
        draft_write_orm(d, fix_of_own_row(clues));
    else if (clues & ORM_CLUE_LAZY) /* of an attribute that leads nowhere else */
        draft_write_orm(d, ORM_DEFERRED);
}

static void advise_call(struct draft *d, const struct cause_found *found)
{
    const struct sql_part *name = &found->function;
    int length = (int)(name->length < DRAFT_NAME_MAX ? name->length : DRAFT_NAME_MAX);
    bool arrays = d->in->system->dialect.has_arrays;
    if (found->cause == CAUSE_TABLE_CALL) {
        d->advice.strategy = "join";
        fprintf(d->out, "call %.*s() in the parent's FROM: ... from <the parent>%s%.*s(<its column>)", length, name->start,
                arrays ? " cross join lateral " : ", ", length, name->start);
        return;
    }
    d->advice.strategy = "batch";
    fprintf(d->out,
            "the function is called once for each row: call it in the parent's statement, select ..., %.*s(<its column>) from "
            "..., or "
            "for all values at once, select %.*s(v) from %s as t(v)",
            length, name->start, length, name->start, arrays ? "unnest(<the array of them>)" : "(values (?), (?), ...)");
    if (arrays)
        fputs(", generate_series() where they are a range", d->out);
}

static void advise_unique(struct draft *d, enum cause cause)
{
    d->advice.strategy = "selectin";
    fputs("ask for all keys of the import by one query with their list, or leave it to a unique index: INSERT ... ON CONFLICT DO "
          "NOTHING or DO UPDATE",
          d->out);
    draft_write_orm(d, ORM_UNIQUE);
    if (d->statement) {
        const struct rewrite_input rewrite = draft_rewrite_input(d);
        struct rewriting r = cause == CAUSE_EXISTS ? rewrite_keys(&rewrite) : rewrite_select(&rewrite);
        draft_take(d, r);
    }
}

static void advise_existence(struct draft *d)
{
    d->advice.strategy = "aggregate";
    fputs("ask for all parents at once which of them have rows: one query with the list of their keys, or EXISTS as a "
          "column of the parent's statement",
          d->out);
    draft_write_orm(d, ORM_EXISTS);
    if (d->statement && !d->in->parent_is_tied) {
        const struct rewrite_input rewrite = draft_rewrite_input(d);
        draft_take(d, rewrite_keys(&rewrite));
    }
}

static void advise_tree(struct draft *d, struct rewriting r)
{
    d->advice.strategy = "selectin";
    fputs("a tree is walked node by node: load one list per level, with the keys of the level above, or the whole tree by one "
          "recursive CTE (WITH RECURSIVE)",
          d->out);
    draft_write_orm(d, ORM_TREE);
    draft_take(d, r);
}

static void advise_aggregate(struct draft *d, struct rewriting r)
{
    d->advice.strategy = "aggregate";
    fputs("aggregate for all parents at once with GROUP BY; a parent without rows has none in the result", d->out);
    draft_write_orm(d, ORM_AGGREGATE);
    if (r.form == REWRITE_NONE && r.why_not == REWRITE_LIMIT) /* of the one row that there is: Sequel's count() has it */
        r.why_not = REWRITE_STRANGE;
    draft_take(d, r);
}

static bool has_parent(const struct draft *d)
{
    return d->in->parent_column || d->in->parent_statement || d->in->parent_is_elsewhere;
}

static void advise_list(struct draft *d, struct rewriting r)
{
    d->advice.strategy = "selectin";
    fputs(has_parent(d) ? "load the rows of all parents by one list: collect the values"
                        : "load the rows of all values by one list: collect them",
          d->out);
    if (d->in->parent_column)
        fprintf(d->out, " of %.*s", DRAFT_NAME_MAX, d->in->column_source ? d->in->column_source : d->in->parent_column);
    if (r.form == REWRITE_TOP)
        fputs("; a window function counts the first rows of each parent", d->out);
    draft_write_orm(d, d->in->orm.clues & ORM_CLUE_INVERSE ? ORM_INVERSE : ORM_MANY);
    draft_take(d, r);
}

static void advise_join(struct draft *d, struct rewriting r)
{
    const struct advice_input *in = d->in;
    d->advice.strategy = has_parent(d) ? "join" : "selectin";
    fputs(has_parent(d) ? "JOIN the one row of each parent into its statement, or load all by one list"
                        : "load all of them by one list, or JOIN the statement that the values come from, where there is one",
          d->out);
    if (in->parent_statement && in->parent_column && d->statement && !in->parent_is_tied) {
        const struct rewrite_input rewrite = draft_rewrite_input(d);
        const struct sql_statement *parent = sql_statements_get(d->statements, in->parent_statement);
        struct rewriting joined = rewrite_join(&rewrite, parent, in->parent_column);
        if (joined.form != REWRITE_NONE) {
            free(r.sql);
            r = joined;
        }
    }
    draft_write_orm(d, d->in->orm.clues & ORM_CLUE_INVERSE ? ORM_INVERSE : ORM_ONE);
    draft_take(d, r);
}

/* Keys decide before the number of rows that there are today. */
static bool needs_list(const struct draft *d, enum cause cause, const struct rewriting *r)
{
    const struct advice_input *in = d->in;
    bool top = r->form == REWRITE_TOP || (r->form == REWRITE_NONE && r->why_not == REWRITE_LIMIT);
    return cause == CAUSE_TO_MANY || in->shape.has_many || in->parent_is_elsewhere || (top && cause != CAUSE_TO_ONE);
}

/* What lies between two values that nobody knows the source of: a branch of a tree, a day. */
static bool asks_for_ranges(const struct draft *d)
{
    const char *text = d->in->statement;

    return !d->in->parent_column && (strstr(text, " between ? and ?") || ((strstr(text, " > ?") || strstr(text, " >= ?")) &&
                                                                          (strstr(text, " < ?") || strstr(text, " <= ?"))));
}

/* LIKE: nothing that a list could be compared with. */
static bool asks_for_patterns(const struct draft *d)
{
    return strstr(d->in->statement, " like ?") || strstr(d->in->statement, " ilike ?");
}

static void advise_ranges(struct draft *d, struct rewriting r)
{
    free(r.sql); /* that of a list */
    d->advice.strategy = "selectin";
    fputs("load the rows of all ranges at once, by one range that holds them all or by all of them with OR, and share them out",
          d->out);
}

static void advise_patterns(struct draft *d, struct rewriting r)
{
    free(r.sql);
    d->advice.strategy = "selectin";
    fprintf(d->out, "load what any of the patterns fits at once, %s, and share the rows out",
            d->in->system->dialect.has_arrays ? "by LIKE ANY of an array" : "by all of them with OR");
}

/* FOR UPDATE: what is read is about to be written. */
static void advise_locks(struct draft *d, struct rewriting r)
{
    d->advice.strategy = "selectin";
    fputs("lock the rows by one list, in the order of their key, or let the UPDATE compute the new value, which needs no lock "
          "before it",
          d->out);
    draft_take(d, r);
}

static void advise_rows(struct draft *d, enum cause cause)
{
    const struct rewrite_input rewrite = draft_rewrite_input(d);
    bool rewrites = d->statement && !d->in->parent_is_tied;
    struct rewriting r = rewrites ? rewrite_select(&rewrite) : (struct rewriting){.why_not = REWRITE_STRANGE};
    if (cause == CAUSE_AGGREGATE && d->in->shape.has_one_row)
        advise_aggregate(d, r);
    else if (d->statement && d->statement->trouble == SQL_LOCKING)
        advise_locks(d, r);
    else if (cause == CAUSE_TREE)
        advise_tree(d, r);
    else if (asks_for_ranges(d))
        advise_ranges(d, r);
    else if (asks_for_patterns(d) && !has_parent(d) && r.form == REWRITE_NONE)
        advise_patterns(d, r);
    else if (needs_list(d, cause, &r))
        advise_list(d, r);
    else
        advise_join(d, r);
}

/* A table of permissions and the like. */
static bool asks_for_permissions(const struct draft *d)
{
    static const char *const words[] = {"permission", "privilege", "acl", NULL};
    char table[DRAFT_NAME_MAX];
    if (!d->statement || !rewrite_table(d->statement, table, sizeof table))
        return false;
    for (size_t i = 0; words[i]; i++) {
        const char *at = strstr(table, words[i]);
        if (at && (at == table || at[-1] == '_'))
            return true;
    }
    return false;
}

static void advise_permissions(struct draft *d)
{
    if (d->in->orm.permissions)
        fprintf(d->out, "; permissions for many objects at once: %s", d->in->orm.permissions);
    else if (asks_for_permissions(d))
        fputs("; ask for the permissions of all objects before the loop, by the form that the library has for many", d->out);
}

void loads_advise(struct draft *d)
{
    struct cause_found found = find_cause(d);
    if (is_own_row(d, &found))
        advise_own_row(d, found.cause);
    else if (found.cause == CAUSE_CALL || found.cause == CAUSE_TABLE_CALL)
        advise_call(d, &found);
    else if (is_for_unique_keys(d, found.cause))
        advise_unique(d, found.cause);
    else if (found.cause == CAUSE_EXISTS)
        advise_existence(d);
    else
        advise_rows(d, found.cause);
    advise_permissions(d);
    writes_advise_savepoints(d);
    if (d->in->shape.repeats_values)
        fputs("; few values come again and again: keep what was loaded (identity map, cache)", d->out);
}
