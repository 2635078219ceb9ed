#include "agent/evidence/fanout.h"

#include "agent/group/group.h"
#include "agent/evidence/source.h"

static void note(struct thread *thread, struct source *source, uint32_t rows, uint32_t parents, uint32_t columns)
{
    uint64_t *facts = group_facts(thread, source->shard);

    if (!facts || rows < *counters_word(facts, FACT_FANOUT_ROWS))
        return;
    *counters_word(facts, FACT_FANOUT_ROWS) = rows;
    *counters_word(facts, FACT_FANOUT_PARENTS) = parents;
    *counters_word(facts, FACT_FANOUT_COLUMNS) = columns;
}

/* Where parents alternate, every column changes with every row; then these have as many values as each other, too. */
static bool belong_together(const struct source *source, uint32_t a, uint32_t b)
{
    const struct fanout *fanout = &source->fanout;

    if (fanout->column[a].changes != fanout->column[b].changes || fanout->column[a].where != fanout->column[b].where)
        return false;
    return fanout->column[a].changes < fanout->rows / 2 || source_distinct(source, a) == source_distinct(source, b);
}

/* The parent is the largest set of columns that belong together and have few values. */
static void look(struct thread *thread, struct source *source)
{
    const struct fanout *fanout = &source->fanout;
    uint32_t parents = 0, most = 1;

    for (uint32_t i = 0; i < source->columns; i++) {
        uint32_t columns = 0, distinct = 0;
        for (uint32_t j = i; j < source->columns; j++) {
            uint32_t values = source_distinct(source, j);
            if (values < 2 || values > fanout->rows / 4 || !belong_together(source, i, j))
                continue;
            columns++;
            distinct = values > distinct ? values : distinct;
        }
        if (columns > most) {
            most = columns;
            parents = distinct;
        }
    }
    if (parents)
        note(thread, source, fanout->rows, parents, most);
}

void fanout_row(struct thread *thread, struct source *source)
{
    uint32_t rows = source->fanout.rows;

    if (rows >= FANOUT_ROWS && (rows & (rows - 1)) == 0)
        look(thread, source);
}
