#include "agent/source/fanout.h"

/* Where parents alternate, every column changes with every row; then these have as many values as each other, too. */
static bool belong_together(const struct fanout *fanout, const uint32_t *distinct, uint32_t a, uint32_t b)
{
    if (fanout->column[a].changes != fanout->column[b].changes || fanout->column[a].where != fanout->column[b].where)
        return false;
    return fanout->column[a].changes < fanout->rows / 2 || distinct[a] == distinct[b];
}

uint32_t fanout_parents(const struct fanout *fanout, const uint32_t *distinct, uint32_t columns, uint32_t *ret_columns)
{
    uint32_t parents = 0, most = 1;

    for (uint32_t i = 0; i < columns; i++) {
        uint32_t together = 0, values = 0;
        for (uint32_t j = i; j < columns; j++) {
            if (distinct[j] < 2 || distinct[j] > fanout->rows / 4 || !belong_together(fanout, distinct, i, j))
                continue;
            together++;
            values = distinct[j] > values ? distinct[j] : values;
        }
        if (together > most) {
            most = together;
            parents = values;
        }
    }
    *ret_columns = most;
    return parents;
}
