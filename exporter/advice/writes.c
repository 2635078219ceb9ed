#include "exporter/advice/writes.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "exporter/advice/rewrite/writes.h"

#define OPEN_MIN 100 /* savepoints that are worth a word */

static bool begins_with(const char *statement, const char *word)
{
    return strncasecmp(statement, word, strlen(word)) == 0 && statement[strlen(word)] == ' ';
}

static struct rewriting advise_delete(struct draft *d, const struct rewrite_input *rewrite)
{
    fputs("delete all rows with one statement and the list of their keys", d->out);
    return d->statement ? rewrite_delete(rewrite) : (struct rewriting){.why_not = REWRITE_STRANGE};
}

static struct rewriting advise_insert(struct draft *d, const struct rewrite_input *rewrite)
{
    const struct system *system = d->in->system;
    fprintf(d->out,
            "insert many rows with one statement, or all of them in one transaction%s%s; INSERT ... SELECT where the values "
            "come from a query",
            system->batch, system->bulk_load);
    struct rewriting r = d->statement ? rewrite_insert(rewrite) : (struct rewriting){.why_not = REWRITE_STRANGE};
    if (r.sql && !d->in->system->dialect.upserts_twice && strstr(d->in->statement, " do update"))
        fputs("; no key twice in one statement", d->out);
    return r;
}

void writes_advise_savepoints(struct draft *d)
{
    const struct advice_company *c = &d->in->company;
    if (c->savepoints > 0)
        fprintf(d->out,
                "; each is in a savepoint of its own: %" PRIu64 " statements for %" PRIu64
                " executions, so keep one savepoint for "
                "many rows",
                c->savepoints + c->executions, c->executions);
    if (c->savepoints_open >= OPEN_MIN)
        fprintf(d->out,
                "; %" PRIu64
                " savepoints stay open until the transaction ends, and each of them slows what follows: release them",
                c->savepoints_open);
}

void writes_advise(struct draft *d)
{
    const struct rewrite_input rewrite = draft_rewrite_input(d);
    struct rewriting r = {.why_not = REWRITE_STRANGE};
    enum orm_fix fix = ORM_INSERT;
    d->advice.strategy = "batch";
    if (begins_with(d->in->statement, "delete")) {
        fix = ORM_DELETE;
        r = advise_delete(d, &rewrite);
    } else if (begins_with(d->in->statement, "update")) {
        fix = ORM_UPDATE;
        fprintf(d->out,
                "where all rows get the same values, one UPDATE with the list of their keys; else UPDATE ... FROM (VALUES "
                "...), or all of them in one transaction%s",
                d->in->system->batch);
    } else if (begins_with(d->in->statement, "copy")) {
        fputs("send all rows through one COPY: begin it before the loop, end it behind it", d->out);
    } else {
        r = advise_insert(d, &rewrite);
    }
    draft_take(d, r);
    writes_advise_savepoints(d);
    draft_write_orm(d, fix);
}
