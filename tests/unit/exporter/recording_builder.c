#include "recording_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recording_builder {
    uint8_t *data;
    size_t size;
    size_t capacity;
    uint32_t modules, frames, stacks, statements, databases, groups, edges;
    Nplus1__Header header;
    Nplus1__Clock clock;
    char *command[2];
    bool header_due;
};

static void require(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "recording_builder: %s\n", what);
        abort();
    }
}

static uint8_t *room(struct recording_builder *b, size_t size)
{
    while (b->capacity - b->size < size) {
        b->capacity = b->capacity ? b->capacity * 2 : 4096;
        b->data = realloc(b->data, b->capacity);
        require(b->data != NULL, "out of memory");
    }
    uint8_t *at = b->data + b->size;
    b->size += size;
    return at;
}

struct recording_builder *builder_create(void)
{
    struct recording_builder *b = calloc(1, sizeof *b);
    require(b != NULL, "out of memory");
    return b;
}

static void append(struct recording_builder *b, Nplus1__Record *record)
{
    /* Padding (field 15) takes 2 bytes at least, and the length 4. */
    size_t plain = nplus1__record__get_packed_size(record);
    size_t padding = (8 - (4 + plain + 2) % 8) % 8;
    uint8_t zeros[8] = {0};
    record->has_padding = true;
    record->padding = (ProtobufCBinaryData){padding, zeros};
    size_t length = nplus1__record__get_packed_size(record);
    uint8_t *at = room(b, 4 + length);
    at[0] = (uint8_t)(0x80 | (length & 0x7f));
    at[1] = (uint8_t)(0x80 | (length >> 7 & 0x7f));
    at[2] = (uint8_t)(0x80 | (length >> 14 & 0x7f));
    at[3] = (uint8_t)(length >> 21 & 0x7f);
    nplus1__record__pack(record, at + 4);
    require(b->size % 8 == 0, "a record that is not padded");
}

static void flush_header(struct recording_builder *b)
{
    if (!b->header_due)
        return;
    b->header_due = false;
    Nplus1__Record first = NPLUS1__RECORD__INIT;
    first.header = &b->header;
    append(b, &first);
    Nplus1__Record second = NPLUS1__RECORD__INIT;
    Nplus1__Status status = NPLUS1__STATUS__INIT;
    second.status = &status;
    append(b, &second);
}

struct recording_builder *builder_create_started(void)
{
    struct recording_builder *b = builder_create();
    nplus1__header__init(&b->header);
    nplus1__clock__init(&b->clock);
    b->header.has_version = b->header.has_pid = b->header.has_threshold = b->header.has_started_unix_ns = true;
    b->header.version = 1;
    b->header.pid = 42;
    b->header.threshold = 5;
    b->header.started_unix_ns = UINT64_C(1700000000123456789);
    b->header.program = (char *)"shop";
    b->header.exe = (char *)"/opt/shop/shop";
    b->command[0] = (char *)"./shop";
    b->command[1] = (char *)"--all";
    b->header.command = b->command;
    b->header.n_command = 2;
    b->clock.has_ticks_per_second = true;
    b->clock.ticks_per_second = 1000000000;
    b->header.clock = &b->clock;
    b->header_due = true;
    return b;
}

Nplus1__Header *builder_header(struct recording_builder *b)
{
    require(b->header_due, "the header is already written");
    return &b->header;
}

void builder_record(struct recording_builder *b, Nplus1__Record *record)
{
    flush_header(b);
    append(b, record);
}

void builder_bytes(struct recording_builder *b, const void *data, size_t size)
{
    flush_header(b);
    memcpy(room(b, size), data, size);
}

void builder_zeros(struct recording_builder *b, size_t size)
{
    flush_header(b);
    memset(room(b, size), 0, size);
}

uint32_t builder_module(struct recording_builder *b, const char *path, const void *build_id, size_t length)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Module module = NPLUS1__MODULE__INIT;
    module.has_id = true;
    module.id = ++b->modules;
    module.path = (char *)path;
    module.has_build_id = length > 0;
    module.build_id = (ProtobufCBinaryData){length, (uint8_t *)build_id};
    record.module = &module;
    builder_record(b, &record);
    return module.id;
}

uint32_t builder_native_frame(struct recording_builder *b, uint32_t module_id, uint64_t offset)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Frame frame = NPLUS1__FRAME__INIT;
    frame.has_id = frame.has_language = frame.has_offset = true;
    frame.id = ++b->frames;
    frame.language = NPLUS1__LANGUAGE__LANGUAGE_NATIVE;
    frame.has_module = module_id != 0;
    frame.module = module_id;
    frame.offset = offset;
    record.frame = &frame;
    builder_record(b, &record);
    return frame.id;
}

uint32_t builder_frame(struct recording_builder *b, Nplus1__Language language, const char *function, const char *file,
                       uint32_t line)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Frame frame = NPLUS1__FRAME__INIT;
    frame.has_id = frame.has_language = frame.has_line = true;
    frame.id = ++b->frames;
    frame.language = language;
    frame.function = (char *)function;
    frame.file = (char *)file;
    frame.line = line;
    record.frame = &frame;
    builder_record(b, &record);
    return frame.id;
}

static uint32_t add_stack(struct recording_builder *b, uint32_t parent, uint32_t frame, bool suspended)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Stack stack = NPLUS1__STACK__INIT;
    stack.has_id = stack.has_parent = stack.has_frame = true;
    stack.id = ++b->stacks;
    stack.parent = parent;
    stack.frame = frame;
    stack.has_suspended = stack.suspended = suspended;
    record.stack = &stack;
    builder_record(b, &record);
    return stack.id;
}

uint32_t builder_stack(struct recording_builder *b, uint32_t parent, uint32_t frame)
{
    return add_stack(b, parent, frame, false);
}

uint32_t builder_suspended_stack(struct recording_builder *b, uint32_t parent, uint32_t frame)
{
    return add_stack(b, parent, frame, true);
}

uint32_t builder_statement(struct recording_builder *b, uint64_t fingerprint, const char *text, Nplus1__Verb verb)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Statement statement = NPLUS1__STATEMENT__INIT;
    statement.has_id = statement.has_fingerprint = statement.has_text = statement.has_length = statement.has_verb = true;
    statement.id = ++b->statements;
    statement.fingerprint = fingerprint;
    statement.text = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
    statement.length = strlen(text);
    statement.verb = verb;
    record.statement = &statement;
    builder_record(b, &record);
    return statement.id;
}

uint32_t builder_database(struct recording_builder *b, Nplus1__System system, const char *name)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Database database = NPLUS1__DATABASE__INIT;
    database.has_id = database.has_system = database.has_name = true;
    database.id = ++b->databases;
    database.system = system;
    database.name = (ProtobufCBinaryData){strlen(name), (uint8_t *)name};
    record.database = &database;
    builder_record(b, &record);
    return database.id;
}

uint32_t builder_group(struct recording_builder *b, uint32_t statement, uint32_t stack, uint32_t database)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Group group = NPLUS1__GROUP__INIT;
    group.has_id = group.has_statement = group.has_stack = group.has_database = true;
    group.id = ++b->groups;
    group.statement = statement;
    group.stack = stack;
    group.database = database;
    record.group = &group;
    builder_record(b, &record);
    return group.id;
}

uint32_t builder_edge(struct recording_builder *b, uint32_t parent, const char *column_name, uint32_t child, uint32_t parameter)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Edge edge = NPLUS1__EDGE__INIT;
    edge.has_id = edge.has_parent = edge.has_column = edge.has_child = edge.has_parameter = true;
    edge.id = ++b->edges;
    edge.parent = parent;
    edge.child = child;
    edge.parameter = parameter;
    edge.has_column_name = column_name != NULL;
    if (column_name)
        edge.column_name = (ProtobufCBinaryData){strlen(column_name), (uint8_t *)column_name};
    record.edge = &edge;
    builder_record(b, &record);
    return edge.id;
}

void builder_counters(struct recording_builder *b, uint32_t group, uint32_t shard, struct builder_counters c)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Counters counters = NPLUS1__COUNTERS__INIT;
    counters.has_executions = counters.has_rows = counters.has_ticks = counters.has_distinct_values = counters.has_errors = true;
    counters.has_batched = counters.has_units = counters.has_unit_max = counters.has_group = counters.has_shard = true;
    counters.executions = c.executions;
    counters.rows = c.rows;
    counters.ticks = c.ticks;
    counters.distinct_values = c.distinct_values;
    counters.errors = c.errors;
    counters.batched = c.batched;
    counters.units = c.units;
    counters.unit_max = c.unit_max;
    counters.has_unit_executions_max = counters.has_unit_executions_start = true;
    counters.unit_executions_max = c.unit_max;
    counters.unit_executions_start = c.executions; /* no unit of work is going on */
    counters.group = group;
    counters.shard = shard;
    record.counters = &counters;
    builder_record(b, &record);
}

void builder_edge_counters(struct recording_builder *b, uint32_t edge, uint32_t shard, struct builder_edge_counters c)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__EdgeCounters counters = NPLUS1__EDGE_COUNTERS__INIT;
    counters.has_matches = counters.has_judged = counters.has_distinct_values = counters.has_episodes = true;
    counters.has_max_per_episode = counters.has_bits = counters.has_in_order = counters.has_edge = counters.has_shard = true;
    counters.matches = c.matches;
    counters.judged = c.judged;
    counters.distinct_values = c.distinct_values;
    counters.episodes = c.episodes;
    counters.max_per_episode = c.max_per_episode;
    counters.bits = c.bits > 0 ? c.bits : BUILDER_BITS * c.matches;
    counters.in_order = c.in_order > 0 ? c.in_order : c.matches;
    counters.edge = edge;
    counters.shard = shard;
    record.edge_counters = &counters;
    builder_record(b, &record);
}

void builder_exit(struct recording_builder *b, uint64_t ticks, uint64_t monotonic_ns)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Exit exit_record = NPLUS1__EXIT__INIT;
    exit_record.has_ticks = exit_record.has_monotonic_ns = true;
    exit_record.ticks = ticks;
    exit_record.monotonic_ns = monotonic_ns;
    record.exit = &exit_record;
    builder_record(b, &record);
}

uint32_t builder_simple_group(struct recording_builder *b, uint64_t fingerprint, const char *text, const char *function,
                              uint32_t line, struct builder_counters counters)
{
    uint32_t database = b->databases ? 1 : builder_database(b, NPLUS1__SYSTEM__SYSTEM_SQLITE, "/srv/shop.db");
    uint32_t statement = builder_statement(b, fingerprint, text, NPLUS1__VERB__VERB_SELECT);
    uint32_t frame = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, function, "/opt/shop/app.py", line);
    uint32_t group = builder_group(b, statement, builder_stack(b, 0, frame), database);
    builder_counters(b, group, 1, counters);
    return group;
}

const uint8_t *builder_data(struct recording_builder *b, size_t *ret_size)
{
    flush_header(b);
    *ret_size = b->size;
    return b->data;
}

void builder_write(struct recording_builder *b, const char *path)
{
    size_t size;
    const uint8_t *data = builder_data(b, &size);
    FILE *file = fopen(path, "wb");
    require(file && fwrite(data, 1, size, file) == size, path);
    require(fclose(file) == 0, path);
}

void builder_destroy(struct recording_builder *b)
{
    if (!b)
        return;
    free(b->data);
    free(b);
}
