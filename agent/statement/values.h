/* The values that a statement is given: those bound as parameters, and those that stand in its text. */
#ifndef NPLUS1_AGENT_STATEMENT_VALUES_H
#define NPLUS1_AGENT_STATEMENT_VALUES_H

#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/value/value.h"
#include "agent/statement/statement.h"

#define VALUES_FOLLOWED 16 /* bound values that are followed one by one; `more` stands for the others */

/* The parameters that are bound when an execution begins: hashes of agent/value/value.h. In the collector's memory. */
struct values {
    uint64_t all; /* over all values, kept up to date by values_bind */
    uint64_t value[VALUES_FOLLOWED];
    uint64_t more; /* what the values of parameters beyond VALUES_FOLLOWED add to `all` */
};

static inline void values_clear(struct values *values)
{
    values->all = values->more = 0;
#pragma GCC unroll 16 /* the macro is not expanded here */
    for (unsigned i = 0; i < VALUES_FOLLOWED; i++)
        values->value[i] = 0;
}

/* Parameters beyond the first few count together. A program binds the same ones for each execution, in the same order. */
COLD void values_bind_more(struct values *values, unsigned index, uint64_t value);

/* index: from 0. */
static inline void values_bind(struct values *values, unsigned index, uint64_t value)
{
    if (unlikely(index >= VALUES_FOLLOWED)) {
        values_bind_more(values, index, value);
        return;
    }
    values->all += (value - values->value[index]) * (2 * index + 1);
    values->value[index] = value;
}

/* All values of an execution. */
static inline uint64_t values_all(const struct values *values, const struct statement_text *text)
{
    return values->all + text->literals;
}

/* The value of a slot of the text. VALUE_NULL where it is not followed. */
static inline uint64_t values_of_slot(const struct values *values, const struct statement_text *text, uint32_t slot)
{
    uint32_t parameter = text->slots[slot].parameter;

    if (!parameter)
        return text->slots[slot].value;
    return parameter <= VALUES_FOLLOWED ? values->value[parameter - 1] : VALUE_NULL;
}

#endif
