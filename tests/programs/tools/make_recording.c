/* Writes a recording made to measure, for tests of the command line: make_recording KIND FILE [NUMBER]
 *
 * clean     one statement from one place
 * nested    customers 1 -> orders 30 -> items 300, proven
 * likely    many values from one place in one unit of work
 * hostile   control characters and stray bytes wherever there is text
 * markup    HTML, Markdown, workflow commands and formulas wherever there is text
 * long      a finding whose texts are as many bytes each as are asked for
 * many      as many findings as are asked for
 * circle    groups that are each other's parents
 * wide, alike, deep, ring, knot, texts
 *           as many groups as are asked for, or 1,000,000; make_crowds.h says which
 * big       about 60 MiB: 205,000 groups or as many as are asked for, native stacks into this program and libc
 */
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/programs/tools/make_crowds.h"
#include "tests/programs/tools/make_markup.h"
#include "tests/unit/exporter/recording_builder.h"

#define HOSTILE "\x1b]0;owned\x07\x1b[31m \xc2\x9b\x33m \r\n \xe2\x80\xae \xff <script>\"\\"

static void add_nested(struct recording_builder *b)
{
    uint32_t customers = builder_simple_group(b, 1, "select id, name from customers", "list_customers", 3,
                                              (struct builder_counters){.executions = 1, .rows = 30, .ticks = 90000});
    uint32_t orders = builder_simple_group(
        b, 2, "select id, total from orders where customer_id = ?", "load_orders", 7,
        (struct builder_counters){.executions = 30, .rows = 300, .ticks = 600000, .distinct_values = 30, .unit_max = 30});
    uint32_t items = builder_simple_group(
        b, 3, "select id, price from items where order_id = ?", "load_items", 11,
        (struct builder_counters){.executions = 300, .rows = 900, .ticks = 3000000, .distinct_values = 300, .unit_max = 300});
    builder_edge_counters(b, builder_edge(b, customers, "id", orders, 1), 1, (struct builder_edge_counters){30, 30, 30, 1, 30});
    builder_edge_counters(b, builder_edge(b, orders, "id", items, 1), 1, (struct builder_edge_counters){300, 300, 300, 30, 14});
}

static void add_hostile(struct recording_builder *b)
{
    uint32_t database = builder_database(b, NPLUS1__SYSTEM__SYSTEM_POSTGRESQL, HOSTILE);
    uint32_t statement = builder_statement(b, 5, "select " HOSTILE " from t where a = ?", NPLUS1__VERB__VERB_SELECT);
    uint32_t module = builder_module(b, "/tmp/" HOSTILE, "id", 2);
    uint32_t stack = builder_stack(b, 0, builder_native_frame(b, module, 0x1234));
    stack = builder_stack(b, stack, builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_RUBY, HOSTILE, "/opt/" HOSTILE ".rb", 7));
    uint32_t group = builder_group(b, statement, stack, database);
    builder_counters(b, group, 1,
                     (struct builder_counters){.executions = 9, .rows = 9, .distinct_values = 9, .units = 1, .unit_max = 9});
    uint32_t parent = builder_simple_group(b, 6, HOSTILE, HOSTILE, 3, (struct builder_counters){.executions = 1});
    builder_edge_counters(b, builder_edge(b, parent, HOSTILE, group, 1), 1, (struct builder_edge_counters){9, 9, 9, 1, 9});
}

struct module {
    char path[512];
    uint64_t start, size;
};

static int note_module(struct dl_phdr_info *info, size_t size, void *data)
{
    struct module *modules = data;
    struct module *m = !info->dlpi_name[0] ? &modules[0] : strstr(info->dlpi_name, "libc.so") ? &modules[1] : NULL;
    if (!m)
        return 0;
    if (info->dlpi_name[0]) {
        snprintf(m->path, sizeof m->path, "%s", info->dlpi_name);
    } else {
        ssize_t length = readlink("/proc/self/exe", m->path, sizeof m->path - 1);
        m->path[length > 0 ? length : 0] = '\0';
    }
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
            m->start = info->dlpi_phdr[i].p_vaddr;
            m->size = info->dlpi_phdr[i].p_memsz;
        }
    }
    return 0;
}

static void add_big(struct recording_builder *b, uint32_t groups)
{
    enum { FRAMES = 4000, STATEMENTS = 2000 };
    struct module modules[2] = {0};
    dl_iterate_phdr(note_module, modules);
    uint32_t ids[2] = {builder_module(b, modules[0].path, NULL, 0), builder_module(b, modules[1].path, NULL, 0)};
    uint32_t database = builder_database(b, NPLUS1__SYSTEM__SYSTEM_SQLITE, "/srv/shop.db");
    uint32_t stack = 0;
    uint64_t random = 1;
    for (uint32_t i = 0; i < FRAMES; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const struct module *m = &modules[i % 2];
        builder_native_frame(b, ids[i % 2], m->start + (random >> 33) % m->size);
    }
    for (uint32_t i = 0; i < STATEMENTS; i++) {
        char text[256];
        snprintf(
            text, sizeof text,
            "select c%u.id, c%u.name, c%u.email, c%u.created_at from customers_%u as c%u where c%u.id = ? and c%u.deleted = ?", i,
            i, i, i, i, i, i, i);
        builder_statement(b, 1000 + i, text, NPLUS1__VERB__VERB_SELECT);
    }
    for (uint32_t i = 0; i < groups; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        if (i % 25 == 0)
            stack = 0;
        for (uint32_t depth = 0; depth < 3; depth++)
            stack = builder_stack(b, stack, 1 + (uint32_t)(random >> (20 + 7 * depth)) % FRAMES);
        uint32_t group = builder_group(b, 1 + i % STATEMENTS, stack, database);
        for (uint32_t shard = 1; shard <= 2; shard++)
            builder_counters(
                b, group, shard,
                (struct builder_counters){
                    .executions = 50 + i % 7, .rows = 60, .ticks = i, .distinct_values = 40, .units = 3, .unit_max = i % 40});
        if (group > 1 && i % 3 == 0)
            builder_edge_counters(b, builder_edge(b, group - 1, "id", group, 1), 1,
                                  (struct builder_edge_counters){50, 50, 40, 3, 20});
    }
}

static const struct crowd {
    const char *kind;
    void (*add)(struct recording_builder *b, uint32_t groups);
} crowds[] = {
    {"wide", crowds_add_wide}, {"alike", crowds_add_alike}, {"deep", crowds_add_deep},
    {"ring", crowds_add_ring}, {"knot", crowds_add_knot},   {"texts", crowds_add_texts},
};

/* False: it is none of the crowds. */
static bool add_crowd(struct recording_builder *b, const char *kind, const char *number)
{
    for (size_t i = 0; i < sizeof crowds / sizeof *crowds; i++) {
        if (strcmp(crowds[i].kind, kind) == 0) {
            crowds[i].add(b, number ? (uint32_t)strtoul(number, NULL, 10) : 1000000);
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        fputs("usage: make_recording KIND FILE [NUMBER]\n", stderr);
        return 2;
    }
    const char *kind = argv[1];
    struct recording_builder *b = builder_create_started();
    static char hostile[] = HOSTILE;
    static char hostile_exe[] = "/opt/" HOSTILE;
    char *command[] = {hostile, hostile};
    if (strcmp(kind, "hostile") == 0) {
        builder_header(b)->program = hostile;
        builder_header(b)->exe = hostile_exe;
        builder_header(b)->command = command;
        add_hostile(b);
    } else if (strcmp(kind, "nested") == 0) {
        add_nested(b);
    } else if (strcmp(kind, "remote") == 0) {
        builder_database(b, NPLUS1__SYSTEM__SYSTEM_POSTGRESQL, "shop");
        add_nested(b);
    } else if (strcmp(kind, "likely") == 0) {
        builder_simple_group(
            b, 2, "select id, total from orders where customer_id = ?", "load_orders", 7,
            (struct builder_counters){.executions = 30, .rows = 30, .distinct_values = 30, .units = 1, .unit_max = 30});
    } else if (strcmp(kind, "clean") == 0) {
        builder_simple_group(b, 1, "select id, name from customers", "list_customers", 3,
                             (struct builder_counters){.executions = 1, .rows = 30, .ticks = 90000});
    } else if (strcmp(kind, "markup") == 0) {
        markup_add(b);
    } else if (strcmp(kind, "long") == 0) {
        markup_add_long(b, argc > 3 ? strtoul(argv[3], NULL, 10) : 1000000);
    } else if (strcmp(kind, "many") == 0) {
        markup_add_many(b, argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 1000);
    } else if (strcmp(kind, "circle") == 0) {
        markup_add_circle(b);
    } else if (strcmp(kind, "big") == 0) {
        add_big(b, argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 205000);
    } else if (!add_crowd(b, kind, argc > 3 ? argv[3] : NULL)) {
        fprintf(stderr, "make_recording: %s: is no kind\n", kind);
        return 2;
    }
    builder_exit(b, 5000000, 5000000);
    builder_write(b, argv[2]);
    builder_destroy(b);
    return 0;
}
