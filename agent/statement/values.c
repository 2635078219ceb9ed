#include "agent/statement/values.h"

#include "agent/base/hash.h"

void values_bind_more(struct values *values, unsigned index, uint64_t value)
{
    uint64_t position = hash_mix(index, value);
    uint64_t more = index == VALUES_FOLLOWED ? position : hash_mix(values->more, position);

    values->all += more - values->more;
    values->more = more;
}
