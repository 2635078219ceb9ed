#include "exporter/stream/sums.h"

#include <stdbool.h>
#include <stddef.h>

#include "exporter/stream/nplus1.pb-c.h"

/* protobuf-c lays the fields of a message out in the order of the schema, a flag and eight bytes each: so where a member stands
 * says which field it is, and a row of fields.h that differs from nplus1.proto does not compile. */
#define FIELD_OFFSET(number) (sizeof(ProtobufCMessage) + 16 * (size_t)(number)-8)
#define TIED(message, number, name)                                                                                              \
    _Static_assert(offsetof(message, name) == FIELD_OFFSET(number) && sizeof(((message *)0)->name) == sizeof(uint64_t),          \
                   #message "." #name " has another number in nplus1.proto");
#define TIE_STATUS(number, NAME, name, ...)  TIED(Nplus1__Status, number, name)
#define TIE_COUNTER(number, NAME, name, ...) TIED(Nplus1__Counters, number, name)
#define TIE_EDGE(number, NAME, name, ...)    TIED(Nplus1__EdgeCounters, number, name)
#define TIE_FACT(number, NAME, name, ...)    TIED(Nplus1__Facts, number, name)
#define TIE_VISIT(number, NAME, name, ...)   TIED(Nplus1__VisitCounters, number, name)
#define TIE_OPEN(number, NAME, name, ...)    TIED(Nplus1__OpenTransaction, number, name)
#define TIE_TALLY(number, NAME, name, ...)   TIED(Nplus1__TallyCounters, number, name)
#define TIE_MESSAGE(number, NAME, message, prefix, fields)                                                                       \
    fields(TIE_##prefix, TIE_##prefix) /* And no field of the schema is missing: the padding comes next. */                      \
        _Static_assert(offsetof(message, has_padding) == FIELD_OFFSET(prefix##_LAST + 1) - 8,                                    \
                       #message " has fields in nplus1.proto that are not in fields.h");
FIELD_MESSAGES(TIE_MESSAGE)

enum adds { ADDS_SUM, ADDS_MAX, ADDS_OR, ADDS_FIRST, ADDS_WITH, ADDS_PRESENT };

struct field {
    enum adds adds;
    bool is_time;
};

#define COUNT_ROW(number, NAME, name, adds)         {ADDS_##adds, false},
#define TIME_ROW(number, NAME, name, adds, ns)      {ADDS_##adds, true},
#define ROWS(number, NAME, message, prefix, fields) static const struct field prefix##_rows[] = {fields(COUNT_ROW, TIME_ROW)};
FIELD_MESSAGES(ROWS)

static const struct field *rows_of(enum counters_kind kind)
{
#define ROWS_CASE(number, NAME, message, prefix, fields)                                                                         \
    case COUNTERS_##NAME:                                                                                                        \
        return prefix##_rows;
    switch (kind) {
        FIELD_MESSAGES(ROWS_CASE)
    }
#undef ROWS_CASE
    return NULL;
}

static uint64_t saturated(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void sums_add(enum counters_kind kind, uint64_t *sums, const uint64_t *more)
{
    const struct field *rows = rows_of(kind);

    for (unsigned i = 0; i < counters_fields(kind); i++) {
        switch (rows[i].adds) {
        case ADDS_SUM:
            sums[i] = saturated(sums[i], more[i]);
            break;
        case ADDS_MAX:
            sums[i] = larger(sums[i], more[i]);
            break;
        case ADDS_OR:
            sums[i] |= more[i];
            break;
        case ADDS_FIRST:
            if (more[i] && (!sums[i] || more[i] < sums[i]))
                sums[i] = more[i];
            break;
        case ADDS_WITH: /* the larger one of the two is in sums already */
            if (more[i - 1] == sums[i - 1])
                sums[i] = more[i];
            break;
        case ADDS_PRESENT:
            break;
        }
    }
}

void sums_convert(enum counters_kind kind, uint64_t *sums, sums_conversion to_ns, const void *context)
{
    const struct field *rows = rows_of(kind);

    for (unsigned i = 0; i < counters_fields(kind); i++) {
        if (rows[i].is_time)
            sums[i] = to_ns(context, sums[i]);
    }
}

void sums_read(enum counters_kind kind, uint64_t *ret, const uint64_t *words)
{
    for (unsigned field = 1; field <= counters_fields(kind); field++)
        ret[field - 1] = *(const volatile uint64_t *)counters_word((uint64_t *)(uintptr_t)words, field);
}

void sums_settle(struct counter_sums *c)
{
    /* A damaged record may say that the unit began later than it can have. */
    uint64_t executions = c->executions > c->unit_executions_start ? c->executions - c->unit_executions_start : 0;
    uint64_t repeated = c->repeated > c->unit_repeated_start ? c->repeated - c->unit_repeated_start : 0;

    c->units = saturated(c->units, executions > 1);
    c->unit_max = larger(c->unit_max, executions > repeated ? executions - repeated : 0);
    c->unit_executions_max = larger(c->unit_executions_max, executions);
    c->unit_executions_start = c->unit_repeated_start = 0;
}
