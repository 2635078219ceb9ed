#include "exporter/recording/recording.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/path.h"
#include "exporter/recording/load_facts.h"
#include "exporter/recording/loader.h"

static const char *text_of(struct loader *l, ProtobufCBinaryData bytes)
{
    return text_intern(l->pool, (const char *)bytes.data, bytes.len);
}

static struct recording_bytes bytes_of(struct loader *l, ProtobufCBinaryData bytes)
{
    struct recording_bytes copy = {NULL, bytes.len};
    if (bytes.len > 0) {
        if (!l->pool->arena)
            l->pool->arena = arena_create();
        copy.data = memcpy(arena_alloc(l->pool->arena, bytes.len), bytes.data, bytes.len);
    }
    return copy;
}

static const char **texts_of(struct loader *l, char **texts, size_t count)
{
    const char **copy = alloc_zeroed(count, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = text_intern_string(l->pool, texts[i]);
    return copy;
}

static void load_clock(struct recording_clock *clock, uint64_t ticks, uint64_t monotonic_ns)
{
    if (monotonic_ns > clock->monotonic_ns) {
        clock->ticks = ticks;
        clock->monotonic_ns = monotonic_ns;
    }
}

static void load_header(struct loader *l, const Nplus1__Header *h)
{
    struct recording *r = l->recording;
    if (r->program)
        return; /* a second header says nothing new */
    r->pid = h->pid;
    r->parent_pid = h->parent_pid;
    r->grandparent_pid = h->grandparent_pid;
    r->program = text_intern_string(l->pool, h->program ? h->program : "?");
    r->exe = text_intern_string(l->pool, h->exe);
    r->command = texts_of(l, h->command, h->n_command);
    r->command_count = h->n_command;
    r->working_directory = text_intern_string(l->pool, h->working_directory);
    r->host = text_intern_string(l->pool, h->host);
    r->boot_id = text_intern_string(l->pool, h->boot_id);
    r->start_ticks = h->start_ticks;
    r->started_unix_ns = h->started_unix_ns;
    r->threshold = h->threshold;
    r->max_stream = h->max_stream;
    r->notes = texts_of(l, h->notes, h->n_notes);
    r->note_count = h->n_notes;
    r->walkers = texts_of(l, h->stack_walkers, h->n_stack_walkers);
    r->walker_count = h->n_stack_walkers;
    r->agent_version = text_intern_string(l->pool, h->agent_version);
    if (h->clock) {
        r->clock_first.ticks = h->clock->ticks;
        r->clock_first.monotonic_ns = h->clock->monotonic_ns;
        r->clock_first.ticks_per_second = h->clock->ticks_per_second;
    }
}

static void load_status(struct recording *r, const Nplus1__Status *s)
{
    load_clock(&r->clock_last, s->ticks, s->monotonic_ns);
    SUMS_ADD_MESSAGE(COUNTERS_STATUS, STATUS_FIELDS, r->status, s);
}

static bool load_frame(struct loader *l, const Nplus1__Frame *f)
{
    struct recording *r = l->recording;
    uint32_t module;
    bool complete = refer(&r->modules.ids, f->module, &module);
    return TABLE_ADD(r->frames, f->id,
                     (struct recording_frame){.language = (uint32_t)f->language,
                                              .module = module,
                                              .offset = f->offset,
                                              .function = text_intern_string(l->pool, f->function),
                                              .file = text_intern_string(l->pool, f->file),
                                              .line = f->line,
                                              .column = f->column,
                                              .first_line = f->first_line,
                                              .last_instruction = f->last_instruction,
                                              .line_table = bytes_of(l, f->line_table),
                                              .line_table_format = f->line_table_format}) &&
           complete;
}

static bool load_stack(struct recording *r, const Nplus1__Stack *s)
{
    uint32_t parent;
    uint32_t frame;
    bool has_parent = refer(&r->stacks.ids, s->parent, &parent);
    bool has_frame = refer(&r->frames.ids, s->frame, &frame);
    return TABLE_ADD(r->stacks, s->id, (struct recording_stack){parent, frame, s->truncated || !has_parent, s->suspended}) &&
           has_parent && has_frame;
}

static bool load_group(struct recording *r, const Nplus1__Group *g)
{
    uint32_t statement;
    uint32_t stack;
    uint32_t database;
    bool complete = refer(&r->statements.ids, g->statement, &statement);
    complete = refer(&r->stacks.ids, g->stack, &stack) && complete;
    complete = refer(&r->databases.ids, g->database, &database) && complete;
    return TABLE_ADD(r->groups, g->id, (struct recording_group){.statement = statement, .stack = stack, .database = database}) &&
           complete;
}

static bool load_counters(struct recording *r, const Nplus1__Counters *c)
{
    uint32_t group;
    r->shards = c->shard > r->shards ? c->shard : r->shards;
    if (!refer(&r->groups.ids, c->group, &group) || group == RECORDING_NONE) {
        /* The group was lost with a damaged part of the file: what it did still counts. */
        r->left_out_executions = add_saturated(r->left_out_executions, c->executions);
        r->left_out_rows = add_saturated(r->left_out_rows, c->rows);
        r->left_out_errors = add_saturated(r->left_out_errors, c->errors);
        r->left_out_ticks = add_saturated(r->left_out_ticks, c->ticks);
        return false;
    }
    struct counter_sums shard = {0};
    SUMS_ADD_MESSAGE(COUNTERS_GROUP, COUNTER_FIELDS, shard.counters, c);
    shard.unit_executions_start = c->unit_executions_start;
    shard.unit_repeated_start = c->unit_repeated_start;
    sums_settle(&shard);
    sums_add(COUNTERS_GROUP, r->groups.at[group].counters.counters, shard.counters);
    return true;
}

static bool load_edge(struct loader *l, const Nplus1__Edge *e)
{
    struct recording *r = l->recording;
    uint32_t parent;
    uint32_t child;
    if (!refer(&r->groups.ids, e->parent, &parent) || !refer(&r->groups.ids, e->child, &child) || parent == RECORDING_NONE ||
        child == RECORDING_NONE)
        return false;
    return TABLE_ADD(r->edges, e->id,
                     (struct recording_edge){.parent = parent,
                                             .child = child,
                                             .column = e->column,
                                             .parameter = e->parameter,
                                             .sent_count = e->slots,
                                             .column_name = e->has_column_name ? text_of(l, e->column_name) : NULL});
}

static bool load_edge_counters(struct recording *r, const Nplus1__EdgeCounters *c)
{
    uint32_t edge;
    if (!refer(&r->edges.ids, c->edge, &edge) || edge == RECORDING_NONE)
        return false;
    SUMS_ADD_MESSAGE(COUNTERS_EDGE, EDGE_FIELDS, r->edges.at[edge].sums.all, c);
    return true;
}

/* $ORIGIN/../lib is how a program finds libraries that come with it. */
static const char *path_of_module(struct loader *l, const char *path)
{
    char *plain = path && path[0] == '/' && strstr(path, "/../") ? path_normalise(NULL, path) : NULL;
    const char *interned = text_intern_string(l->pool, plain ? plain : path);

    free(plain);
    return interned;
}

static bool load_interned(struct loader *l, const Nplus1__Record *record)
{
    struct recording *r = l->recording;
    bool complete = true;
    if (record->module) {
        const Nplus1__Module *m = record->module;
        complete = TABLE_ADD(r->modules, m->id, (struct recording_module){path_of_module(l, m->path), bytes_of(l, m->build_id)});
    }
    if (record->statement) {
        const Nplus1__Statement *s = record->statement;
        complete = TABLE_ADD(r->statements, s->id,
                             (struct recording_statement){s->fingerprint, text_of(l, s->text), s->length, (uint32_t)s->verb,
                                                          s->facts}) &&
                   complete;
    }
    if (record->database) {
        const Nplus1__Database *d = record->database;
        complete = TABLE_ADD(r->databases, d->id,
                             (struct recording_database){(uint32_t)d->system, text_of(l, d->name),
                                                         text_intern_string(l->pool, d->host)}) &&
                   complete;
    }
    return complete;
}

static void load_record(struct loader *l, const Nplus1__Record *record)
{
    struct recording *r = l->recording;
    bool complete = true;
    if (record->counters)
        complete = load_counters(r, record->counters);
    if (record->edge_counters)
        complete = load_edge_counters(r, record->edge_counters) && complete;
    if (record->group)
        complete = load_group(r, record->group) && complete;
    if (record->stack)
        complete = load_stack(r, record->stack) && complete;
    if (record->frame)
        complete = load_frame(l, record->frame) && complete;
    if (record->edge)
        complete = load_edge(l, record->edge) && complete;
    if (record->facts)
        complete = load_facts(l, record->facts) && complete;
    if (record->open_transaction)
        complete = load_open_transaction(l, record->open_transaction) && complete;
    if (record->scope || record->visit || record->visit_counters)
        complete = load_scopes(l, record) && complete;
    if (record->tally || record->tally_counters)
        complete = load_tallies(l, record) && complete;
    if (record->module || record->statement || record->database)
        complete = load_interned(l, record) && complete;
    if (record->header)
        load_header(l, record->header);
    if (record->status)
        load_status(r, record->status);
    if (record->exit) {
        r->exited = true;
        r->exit_unix_ns = record->exit->unix_ns;
        l->exit_ticks = record->exit->ticks;
        load_clock(&r->clock_last, record->exit->ticks, record->exit->monotonic_ns);
    }
    r->lost += !complete;
}

static uint64_t to_ns(const void *context, uint64_t ticks)
{
    return recording_ns(context, ticks);
}

static void convert_times(struct recording *r)
{
    for (uint32_t i = 0; i < r->groups.count; i++)
        sums_convert(COUNTERS_GROUP, r->groups.at[i].counters.counters, to_ns, r);
    for (uint32_t i = 0; i < r->facts.count; i++)
        sums_convert(COUNTERS_FACTS, r->facts.at[i].all, to_ns, r);
}

struct recording *recording_load_reader(struct stream_reader *reader, const char *path, struct text_pool *pool)
{
    struct recording *r = alloc_zeroed(1, sizeof *r);
    struct loader loader = {.recording = r, .pool = pool};
    r->path = text_intern_string(pool, path);

    const Nplus1__Record *record;
    while ((record = stream_reader_next(reader, NULL)))
        load_record(&loader, record);

    r->end = stream_reader_end(reader);
    r->records = stream_reader_records(reader);
    r->skipped = stream_reader_skipped(reader);
    r->bytes = stream_reader_bytes(reader);
    r->bytes_used = stream_reader_bytes_used(reader);
    load_open_stays(&loader, reader);
    load_open_transactions(&loader, reader);
    convert_times(r);
    return r;
}

struct recording *recording_load(const char *path, struct text_pool *pool, const char **error)
{
    struct stream_reader *reader = stream_reader_open(path, error);
    if (!reader)
        return NULL;
    struct recording *r = recording_load_reader(reader, path, pool);
    stream_reader_destroy(reader);
    return r;
}

uint64_t recording_ns(const struct recording *r, uint64_t ticks)
{
    const uint64_t far_enough_ns = 1000000;
    uint64_t part = r->clock_first.ticks_per_second;
    uint64_t whole = 1000000000;
    if (r->clock_last.monotonic_ns >= r->clock_first.monotonic_ns + far_enough_ns && r->clock_last.ticks > r->clock_first.ticks) {
        part = r->clock_last.ticks - r->clock_first.ticks;
        whole = r->clock_last.monotonic_ns - r->clock_first.monotonic_ns;
    }
    if (part == 0)
        return ticks;
    unsigned __int128 ns = (unsigned __int128)ticks * whole / part;
    return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

#define TABLE_FINISH(table)                                                                                                      \
    do {                                                                                                                         \
        free((table).at);                                                                                                        \
        ids_finish(&(table).ids);                                                                                                \
    } while (0)

void recording_destroy(struct recording *r)
{
    if (!r)
        return;
    TABLE_FINISH(r->modules);
    TABLE_FINISH(r->frames);
    TABLE_FINISH(r->stacks);
    TABLE_FINISH(r->statements);
    TABLE_FINISH(r->databases);
    TABLE_FINISH(r->groups);
    TABLE_FINISH(r->edges);
    TABLE_FINISH(r->scopes);
    TABLE_FINISH(r->visits);
    TABLE_FINISH(r->tallies);
    free(r->facts.at);
    free(r->command);
    free(r->notes);
    free(r->walkers);
    free(r);
}
