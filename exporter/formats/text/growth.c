#include "exporter/formats/text/growth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/printable.h"
#include "exporter/formats/text/parts.h"
#include "exporter/model/system.h"
#include "exporter/model/chain.h"
#include "exporter/diff/diff.h"

#define STATEMENT_WIDTH 60
#define ROUND_TRIP_NS   UINT64_C(1000000)

/* Puts `more` behind the words; takes over both. */
static char *join(char *words, char *more)
{
    char *joined = alloc_format("%s%s", words, more);
    free(words);
    free(more);
    return joined;
}

/* Within quotes. */
static char *describe_statement(const struct diff *d, uint32_t site)
{
    const struct model *model;
    uint32_t group = diff_group(d, site, &model);
    char *words = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&words, &length);
    if (!out)
        return alloc_format("?");
    putc('"', out);
    printable_write(out, model->statements[model->groups[group].statement].text, STATEMENT_WIDTH);
    putc('"', out);
    fclose(out);
    return words;
}

static char *describe_number(double number)
{
    char digits[PRINTABLE_NUMBER];
    if (number >= 9.95)
        return alloc_format("%s", printable_number(number < 1e19 ? (uint64_t)(number + 0.5) : UINT64_MAX, digits));
    return alloc_format("%.1f", number);
}

char *growth_describe_times(double times, const char *what)
{
    char *number = describe_number(times < 1 && times > 0 ? 1 / times : times);
    char *words = times < 1 ? alloc_format("1/%s%s%s", number, what ? " of " : "", what ? what : "")
                            : alloc_format("%s times%s%s", number, what ? " " : "", what ? what : "");
    free(number);
    return words;
}

static uint64_t size_of_unit(uint64_t size, uint64_t units)
{
    return units > 1 ? (size + units / 2) / units : size;
}

static bool is_by_rows(const struct diff_data *data)
{
    return data->source == DIFF_DATA_PARENT || data->source == DIFF_DATA_ROWS;
}

char *growth_describe_data(const struct diff *d)
{
    const struct diff_data *data = &d->data;
    char old[PRINTABLE_NUMBER];
    char new[PRINTABLE_NUMBER];
    if (data->source == DIFF_DATA_UNKNOWN)
        return NULL;
    uint64_t old_size = size_of_unit(data->old_size, data->old_units);
    uint64_t new_size = size_of_unit(data->new_size, data->new_units);
    double old_unit = (double)data->old_size / (double)data->old_units;
    char *times = growth_describe_times((double)data->new_size / (double)data->new_units / old_unit, NULL);
    char *words = alloc_format("%s -> %s%s (%s)", printable_number(old_size, old), printable_number(new_size, new),
                               is_by_rows(data) ? " rows" : "", times);
    free(times);
    if (!is_by_rows(data))
        return join(words, alloc_format(", as given"));
    char *statement = describe_statement(d, data->site);
    words = join(words, alloc_format(" %s %s", data->new_units > 1 ? "of each" : "of", statement));
    free(statement);
    return words;
}

static bool is_one_each(uint64_t executions, uint64_t rows)
{
    return executions >= rows - rows / 20 && executions <= rows + rows / 20;
}

/* The levels between the data and the site whose rows grew as well: their growths multiply. */
static char *describe_levels(const struct diff *d, const struct diff_site *p)
{
    char *words = alloc_format("%s", "");
    uint32_t up = p->parent;
    for (int level = 0; level < CHAIN_MAX && up != MODEL_NONE && up != p->data.site; level++, up = d->sites[up].parent) {
        const struct diff_site *parent = &d->sites[up];
        struct growth_sample old = {1, parent->old.executions, parent->old.rows, 0};
        struct growth_sample new = {1, parent->new.executions, parent->new.rows, 0};
        if (!growth_is_scale(old, new))
            continue;
        char *statement = describe_statement(d, up);
        char *times = growth_describe_times((double)new.size / (double)new.units / ((double)old.size / (double)old.units),
                                            "the rows");
        words = join(alloc_format(", and for each of them %s of %s", times, statement), words);
        free(times);
        free(statement);
    }
    return words;
}

/* Whether each execution waits for a server, not only for what it does. */
static bool is_remote(const struct diff *d, const struct diff_site *p)
{
    const struct model *model = p->new.group != MODEL_NONE ? d->new : d->old;
    uint32_t group = p->new.group != MODEL_NONE ? p->new.group : p->old.group;
    uint32_t database = group != MODEL_NONE ? model->groups[group].database : MODEL_NONE;
    return database != MODEL_NONE && system_of(model->databases[database].system)->is_remote;
}

/* What so many executions take: round trips to a server; of what is in the same process as much as each took here. */
static char *describe_wait(const struct diff *d, const struct diff_site *p, uint64_t round_trip_ns)
{
    char time[PRINTABLE_NUMBER];
    char each[PRINTABLE_NUMBER];
    bool remote = is_remote(d, p);
    const struct diff_numbers *n = p->new.executions > 0 ? &p->new : &p->old;
    uint64_t each_ns = remote ? round_trip_ns : n->executions > 0 ? n->time_ns / n->executions : 0;
    uint64_t wait = each_ns > 0 && p->predicted > UINT64_MAX / each_ns ? UINT64_MAX : p->predicted * each_ns;
    if (!remote)
        return alloc_format("%s in the database at %s each", printable_time(wait, time), printable_time(each_ns, each));
    char trip[TEXT_ROUND_TRIP];
    return alloc_format("%s with round trips of %s", printable_time(wait, time), text_round_trip(round_trip_ns, trip));
}

static char *describe_prediction(const struct diff *d, const struct diff_site *p, uint64_t round_trip_ns)
{
    char size[PRINTABLE_NUMBER];
    char executions[PRINTABLE_NUMBER];
    double then = (double)p->data.new_size / (double)p->data.new_units * d->factor;
    char *wait = describe_wait(d, p, round_trip_ns);
    char *words = alloc_format("; %s%s will be about %s executions, %s",
                               printable_number(then < 1e19 ? (uint64_t)(then + 0.5) : UINT64_MAX, size),
                               is_by_rows(&p->data) ? " rows" : "", printable_number(p->predicted, executions), wait);
    free(wait);
    return words;
}

static const char *describe_class(enum growth_class class)
{
    switch (class) {
    case GROWTH_SHRINKING:
        return "shrinks";
    case GROWTH_LOGARITHMIC:
        return "grows with the logarithm of the data";
    case GROWTH_SUBLINEAR:
        return "grows more slowly than the data";
    case GROWTH_CHUNKED:
        return "grows with the data, in chunks";
    case GROWTH_LINEAR:
        return "grows with the data";
    case GROWTH_SUPERLINEAR:
        return "grows faster than the data";
    case GROWTH_QUADRATIC:
        return "grows with the square of the data";
    case GROWTH_STEEPER:
        return "grows faster than the square of the data";
    default:
        return "constant";
    }
}

char *growth_describe(const struct diff *d, uint32_t site, uint64_t round_trip_ns)
{
    const struct diff_site *p = &d->sites[site];
    char old[PRINTABLE_NUMBER];
    char new[PRINTABLE_NUMBER];
    if (p->growth.class == GROWTH_UNKNOWN)
        return NULL;
    char *words = alloc_format("%s", describe_class(p->growth.class));
    if (growth_is_growing(p->growth.class))
        words = join(words, alloc_format(" (%s, exponent %.2f)", growth_class_name(p->growth.class), p->growth.exponent));
    char *times = growth_describe_times(p->growth.scale, is_by_rows(&p->data) ? "the rows" : "the data");
    words = join(words, alloc_format(": %s -> %s executions for %s", printable_number(p->old.executions, old),
                                     printable_number(p->new.executions, new), times));
    free(times);
    if (is_by_rows(&p->data)) {
        char *statement = describe_statement(d, p->data.site);
        words = join(words, alloc_format(" %s %s", p->data.new_units > 1 ? "of each" : "of", statement));
        free(statement);
    }
    if (p->data.source == DIFF_DATA_PARENT)
        words = join(words, describe_levels(d, p));
    const struct diff_site *parent = p->parent != MODEL_NONE ? &d->sites[p->parent] : NULL;
    if (parent && is_one_each(p->old.executions, parent->old.rows) && is_one_each(p->new.executions, parent->new.rows))
        words = join(words, alloc_format(", one execution for each row%s", p->parent != p->data.site ? " of its parent" : ""));
    if (p->growth.class == GROWTH_CHUNKED && is_by_rows(&p->data) && p->new.executions > 0)
        words = join(words,
                     alloc_format(", one execution for about %s", printable_number(p->data.new_size / p->new.executions, new)));
    if (growth_is_growing(p->growth.class))
        words = join(words, describe_prediction(d, p, round_trip_ns ? round_trip_ns : ROUND_TRIP_NS));
    return words;
}
