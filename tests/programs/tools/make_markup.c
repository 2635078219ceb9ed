#include "tests/programs/tools/make_markup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* HTML, XML's ends, links, mentions, fences, workflow commands, quick actions, formulas, no characters. */
#define MARKUP                                                                                                                   \
    "=HYPERLINK(1)<script>alert(1)</script><img src=x onerror=alert(2)>]]>--><!-- &amp; @user org/repo#1 #2 GH-3 !4 :tada: "     \
    "[x](javascript:alert(3)) **bold** ```` ``` ` | ~~~ https://evil.example www.evil.example 0123456789abcdef0123 %0A%25::x "   \
    "##[error]x ${{ x }} {{x}} a,b;c:d \"q\" 'q' \\ \n::error::owned\n/close\n# head\n---\r\n\t\xef\xbf\xbe\xef\xbf\xbf "        \
    "\xf0\x9f\x90\x98\xe2\x80\xae end"

static struct builder_counters loop_of(uint32_t executions)
{
    return (struct builder_counters){.executions = executions,
                                     .rows = executions,
                                     .ticks = 1000,
                                     .distinct_values = executions,
                                     .units = 1,
                                     .unit_max = executions};
}

static void add_visit(struct recording_builder *b, uint32_t id, const char *scope, uint32_t group, uint64_t executions)
{
    Nplus1__Record records[3] = {NPLUS1__RECORD__INIT, NPLUS1__RECORD__INIT, NPLUS1__RECORD__INIT};
    Nplus1__Scope named = NPLUS1__SCOPE__INIT;
    Nplus1__Visit visit = NPLUS1__VISIT__INIT;
    Nplus1__VisitCounters counters = NPLUS1__VISIT_COUNTERS__INIT;
    named.has_id = visit.has_id = visit.has_group = visit.has_scope = true;
    named.id = visit.id = visit.scope = id;
    named.name = (char *)scope;
    visit.group = group;
    counters.has_executions = counters.has_stays = counters.has_visit = counters.has_shard = true;
    counters.executions = executions;
    counters.stays = counters.shard = 1;
    counters.visit = id;
    records[0].scope = &named;
    records[1].visit = &visit;
    records[2].visit_counters = &counters;
    for (int i = 0; i < 3; i++)
        builder_record(b, &records[i]);
}

static uint32_t add_group(struct recording_builder *b, uint64_t fingerprint, const char *statement, const char *function,
                          const char *file, uint32_t database, uint32_t executions)
{
    uint32_t text = builder_statement(b, fingerprint, statement, NPLUS1__VERB__VERB_SELECT);
    uint32_t frame = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, function, file, 7);
    uint32_t group = builder_group(b, text, builder_stack(b, 0, frame), database);
    builder_counters(b, group, 1, loop_of(executions));
    return group;
}

void markup_add(struct recording_builder *b)
{
    static char name[] = MARKUP;
    builder_header(b)->program = name;
    uint32_t database = builder_database(b, NPLUS1__SYSTEM__SYSTEM_POSTGRESQL, MARKUP);
    uint32_t parent = add_group(b, 1, "select " MARKUP " from a", MARKUP, "/opt/" MARKUP ".py", database, 1);
    uint32_t child = add_group(b, 2, "select * from b where \"" MARKUP "\" = ?", "@user::" MARKUP, "/opt/x/" MARKUP "/y.py",
                               database, 30);
    builder_edge_counters(b, builder_edge(b, parent, MARKUP, child, 1), 1, (struct builder_edge_counters){30, 30, 30, 1, 30});
    add_group(b, 3, "-1+1", "=1+1", "@SUM(A1).py", database, 12);
    add_visit(b, 1, MARKUP, child, 30);
}

void markup_add_long(struct recording_builder *b, size_t size)
{
    static const char start[] = "select * from t where a = ? and b = ";
    char *statement = malloc(sizeof start + size);
    if (!statement)
        abort();
    char *text = stpcpy(statement, start);
    for (size_t i = 0; i < size; i++)
        text[i] = "`<a&b \"x\"|@\\"[i % 12];
    text[size] = '\0';
    uint32_t database = builder_database(b, NPLUS1__SYSTEM__SYSTEM_SQLITE, text);
    uint32_t parent = add_group(b, 1, text, text, text, database, 1);
    uint32_t child = add_group(b, 2, statement, text, text, database, 30);
    builder_edge_counters(b, builder_edge(b, parent, text, child, 1), 1, (struct builder_edge_counters){30, 30, 30, 1, 30});
    add_visit(b, 1, text, child, 30);
    free(statement);
}

void markup_add_many(struct recording_builder *b, uint32_t findings)
{
    uint32_t database = builder_database(b, NPLUS1__SYSTEM__SYSTEM_SQLITE, "/srv/shop.db");
    for (uint32_t i = 0; i < findings; i++) {
        char statement[80];
        char function[32];
        snprintf(statement, sizeof statement, "select name from table_%u where id = ?", i);
        snprintf(function, sizeof function, "load_%u", i);
        uint32_t group = add_group(b, 100 + i, statement, function, "/opt/shop/app.py", database, 10 + i % 1000);
        if (i % 2 == 0)
            add_visit(b, i + 1, function, group, 10);
    }
}

void markup_add_circle(struct recording_builder *b)
{
    uint32_t database = builder_database(b, NPLUS1__SYSTEM__SYSTEM_SQLITE, "/srv/shop.db");
    uint32_t groups[3];
    for (uint32_t i = 0; i < 3; i++)
        groups[i] = add_group(b, 10 + i, "select id from tree where parent = ?", "walk", "/opt/shop/tree.py", database, 30);
    for (uint32_t i = 0; i < 3; i++)
        builder_edge_counters(b, builder_edge(b, groups[i], "id", groups[(i + 1) % 3], 1), 1,
                              (struct builder_edge_counters){30, 30, 30, 10, 9});
    builder_edge_counters(b, builder_edge(b, groups[0], "id", groups[0], 1), 1,
                          (struct builder_edge_counters){30, 30, 30, 10, 9});
}
