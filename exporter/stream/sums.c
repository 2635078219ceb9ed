#include "exporter/stream/sums.h"

#include <stddef.h>

#include "exporter/stream/nplus1.pb-c.h"

/* protobuf-c lays the fields of a message out in the order of the schema, a flag and eight bytes each: so where a member stands
 * says which field it is, and a row of fields.h that differs from nplus1.proto does not compile. */
#define FIELD_OFFSET(place) (sizeof(ProtobufCMessage) + 16 * (size_t)(place)-8)
#define TIED(message, number, name)                                                                                              \
    _Static_assert(offsetof(message, name) == FIELD_OFFSET(FIELD_PLACE(number)) &&                                               \
                       sizeof(((message *)0)->name) == sizeof(uint64_t),                                                         \
                   #message "." #name " has another number in nplus1.proto");
#define TIE_STATUS(number, NAME, name, ...)  TIED(Nplus1__Status, number, name)
#define TIE_COUNTER(number, NAME, name, ...) TIED(Nplus1__Counters, number, name)
#define TIE_EDGE(number, NAME, name, ...)    TIED(Nplus1__EdgeCounters, number, name)
#define TIE_FACT(number, NAME, name, ...)    TIED(Nplus1__Facts, number, name)
#define TIE_VISIT(number, NAME, name, ...)   TIED(Nplus1__VisitCounters, number, name)
#define TIE_OPEN(number, NAME, name, ...)    TIED(Nplus1__OpenTransaction, number, name)
#define TIE_TALLY(number, NAME, name, ...)   TIED(Nplus1__TallyCounters, number, name)
#define TIE_MESSAGE(number, NAME, message, prefix, fields)                                                                       \
    fields(TIE_##prefix, TIE_##prefix) /* and none is missing: the padding comes next */                                         \
        _Static_assert(offsetof(message, has_padding) == FIELD_OFFSET(prefix##_LAST + 1) - 8,                                    \
                       #message " has fields in nplus1.proto that are not in fields.h");
FIELD_MESSAGES(TIE_MESSAGE)

static uint64_t saturated(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a && (a < b || !b) ? a : b;
}

/* A field of a list, by how it adds up; WITH comes when the larger one of the field before it is in sums already. */
#define ADD_SUM(i)   sums[i] = saturated(sums[i], more[i]);
#define ADD_MAX(i)   sums[i] = larger(sums[i], more[i]);
#define ADD_OR(i)    sums[i] |= more[i];
#define ADD_FIRST(i) sums[i] = earlier(sums[i], more[i]);
#define ADD_WITH(i)                                                                                                              \
    if (more[(i)-1] == sums[(i)-1])                                                                                              \
        sums[i] = more[i];
#define ADD_PRESENT(i)
#define ADD(number, NAME, name, adds, ...) ADD_##adds(FIELD_PLACE(number) - 1)
#define ADD_CASE(number, NAME, message, prefix, fields)                                                                          \
    case COUNTERS_##NAME:                                                                                                        \
        fields(ADD, ADD);                                                                                                        \
        break;

void sums_add(enum counters_kind kind, uint64_t *sums, const uint64_t *more)
{
    switch (kind) {
        FIELD_MESSAGES(ADD_CASE)
    }
}

#define KEEP(number, NAME, name, adds)
#define CONVERT(number, NAME, name, adds, ns) sums[FIELD_PLACE(number) - 1] = to_ns(context, sums[FIELD_PLACE(number) - 1]);
#define CONVERT_CASE(number, NAME, message, prefix, fields)                                                                      \
    case COUNTERS_##NAME:                                                                                                        \
        fields(KEEP, CONVERT);                                                                                                   \
        break;

void sums_convert(enum counters_kind kind, uint64_t *sums, sums_conversion to_ns, const void *context)
{
    switch (kind) {
        FIELD_MESSAGES(CONVERT_CASE)
    }
}

void sums_read(enum counters_kind kind, uint64_t *ret, const uint64_t *words)
{
    for (unsigned place = 1; place <= counters_fields(kind); place++)
        ret[place - 1] = *(const volatile uint64_t *)counters_word((uint64_t *)(uintptr_t)words, place);
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
