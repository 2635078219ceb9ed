#include "tests/programs/tools/make_crowds.h"

#include <stdio.h>

static const struct builder_edge_counters PROVEN = {50, 50, 50, 10, 9};

static struct builder_counters loop_of(uint32_t i)
{
    return (struct builder_counters){
        .executions = 50 + i % 97, .rows = 50, .ticks = 1000, .distinct_values = 50, .units = 1, .unit_max = 50};
}

static uint32_t add_group(struct recording_builder *b, uint32_t statement, uint32_t stack, uint32_t database, uint32_t i)
{
    uint32_t group = builder_group(b, statement, stack, database);
    builder_counters(b, group, 1, loop_of(i));
    return group;
}

static uint32_t add_statement(struct recording_builder *b, uint32_t i)
{
    char text[96];
    snprintf(text, sizeof text, "select name from table_%u where id = ?", i);
    return builder_statement(b, 1000 + i, text, NPLUS1__VERB__VERB_SELECT);
}

static uint32_t add_frame(struct recording_builder *b, uint32_t i)
{
    char name[32];
    snprintf(name, sizeof name, "load_%u", i);
    return builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, name, "/opt/shop/app.py", 1 + i);
}

static uint32_t add_database(struct recording_builder *b)
{
    return builder_database(b, NPLUS1__SYSTEM__SYSTEM_POSTGRESQL, "shop");
}

void crowds_add_wide(struct recording_builder *b, uint32_t groups)
{
    uint32_t database = add_database(b);
    uint32_t outer = builder_stack(b, 0, add_frame(b, 0));
    uint32_t root = builder_group(b, add_statement(b, 0), outer, database);
    uint32_t parent = root;
    builder_counters(b, root, 1, (struct builder_counters){.executions = 1, .rows = 50});
    for (uint32_t i = 1; i < groups; i++) {
        uint32_t group = add_group(b, add_statement(b, i), builder_stack(b, outer, add_frame(b, i)), database, i);
        builder_edge_counters(b, builder_edge(b, i % 2 ? root : parent, "id", group, 1), 1, PROVEN);
        parent = group;
    }
}

void crowds_add_alike(struct recording_builder *b, uint32_t groups)
{
    uint32_t database = add_database(b);
    uint32_t statement = add_statement(b, 0);
    uint32_t line = add_frame(b, 0);
    uint32_t parents = add_statement(b, 1);
    for (uint32_t i = 1; i < groups; i += 2) {
        uint32_t outer = builder_stack(b, 0, add_frame(b, i));
        uint32_t parent = builder_group(b, parents, outer, database);
        builder_counters(b, parent, 1, (struct builder_counters){.executions = 1, .rows = 50});
        uint32_t group = add_group(b, statement, builder_stack(b, outer, line), database, i);
        builder_edge_counters(b, builder_edge(b, parent, "id", group, 1), 1, PROVEN);
    }
}

void crowds_add_deep(struct recording_builder *b, uint32_t groups)
{
    enum { FRAMES = 500 };
    uint32_t database = add_database(b);
    uint32_t statement = add_statement(b, 0);
    uint32_t stack = 0;
    for (uint32_t i = 0; i < FRAMES; i++)
        add_frame(b, i);
    for (uint32_t i = 0; i < groups; i++) {
        stack = builder_stack(b, stack, 1 + i % FRAMES);
        add_group(b, statement, stack, database, i);
    }
}

void crowds_add_ring(struct recording_builder *b, uint32_t groups)
{
    uint32_t database = add_database(b);
    uint32_t first = 0;
    uint32_t before = 0;
    for (uint32_t i = 0; i < groups; i++) {
        uint32_t group = add_group(b, add_statement(b, i), builder_stack(b, 0, add_frame(b, i)), database, i);
        if (before)
            builder_edge_counters(b, builder_edge(b, before, "id", group, 1), 1, PROVEN);
        else
            first = group;
        before = group;
    }
    builder_edge_counters(b, builder_edge(b, before, "id", first, 1), 1, PROVEN);
}

void crowds_add_knot(struct recording_builder *b, uint32_t groups)
{
    enum { FEW = 16 };
    uint32_t database = add_database(b);
    uint32_t knot[FEW];
    for (uint32_t i = 0; i < FEW; i++)
        knot[i] = add_group(b, add_statement(b, i), builder_stack(b, 0, add_frame(b, i)), database, i);
    for (uint32_t i = 0; i < groups; i++) {
        char column[32];
        snprintf(column, sizeof column, "column_%u", i / (FEW * FEW));
        builder_edge_counters(b, builder_edge(b, knot[i % FEW], column, knot[i / FEW % FEW], i), 1, PROVEN);
    }
}

/* With what terminals, pages and tables of programs would act on. */
void crowds_add_texts(struct recording_builder *b, uint32_t groups)
{
    static const char bad[] = "\x1b]0;owned\x07\x1b[31m\r\n=1+1<script>alert(1)</script>\"'`|,;]]>\xe2\x80\xae\xff";
    for (uint32_t i = 0; i < groups; i++) {
        char text[256];
        char sql[320];
        snprintf(text, sizeof text, "%s%u", bad, i);
        snprintf(sql, sizeof sql, "select %s from t where a = ?", text);
        uint32_t database = builder_database(b, NPLUS1__SYSTEM__SYSTEM_POSTGRESQL, text);
        uint32_t statement = builder_statement(b, 1000 + i, sql, NPLUS1__VERB__VERB_SELECT);
        uint32_t frame = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, text, text, i);
        uint32_t group = add_group(b, statement, builder_stack(b, 0, frame), database, i);
        if (i % 3 == 1)
            builder_edge_counters(b, builder_edge(b, group - 1, text, group, 1), 1, PROVEN);
    }
}
