#include "agent/stack/frame.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/base/table.h"
#include "agent/loading/real.h"
#include "agent/stack/module.h"
#include "agent/recording/recording.h"

/* Written under recording_lock. Values are ids, which are never 0, as pointers. */
static struct table frames_by_address = TABLE_INIT; /* return address and loader changes -> frame id */
static struct table frames_by_offset = TABLE_INIT;  /* module and offset -> frame id */
static struct table frames_by_key = TABLE_INIT;     /* of a VM's frame and its language -> frame id */
static struct table frames_by_place = TABLE_INIT;   /* what is recorded of a VM's frame -> frame id */
static struct table functions = TABLE_INIT;         /* frame ids -> what tells the function from others */
static struct table runners = TABLE_INIT;           /* ids of frames that run tasks -> frame id */
static struct table clients = TABLE_INIT;           /* frame ids of database clients -> frame id */
static uint32_t last_frame;

static void *id_value(uint32_t id)
{
    return (void *)(uintptr_t)id;
}

static uint32_t value_id(void *value)
{
    return (uint32_t)(uintptr_t)value;
}

static uint64_t valid_key(uint64_t key)
{
    return key > TABLE_DELETED ? key : key + 2;
}

/* Of frames and what is known of them. */
static uint64_t id_key(uint32_t id)
{
    return (uint64_t)id << 4; /* tables look at bits 4 and up */
}

static void note_function(uint32_t id, uint64_t function)
{
    if (function)
        table_put(&functions, id_key(id), (void *)(uintptr_t)function);
}

static uint32_t native_add(uintptr_t address, uint64_t address_key, uintptr_t function)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Frame message = NPLUS1__FRAME__INIT;
    struct module_address at = module_resolve(address);
    uint64_t key = valid_key(hash_mix(at.offset, at.module));
    uint32_t id = value_id(table_get(&frames_by_offset, key));

    if (!id) {
        message.has_id = message.has_language = message.has_module = message.has_offset = true;
        message.id = last_frame + 1;
        message.language = NPLUS1__LANGUAGE__LANGUAGE_NATIVE;
        message.module = at.module;
        message.offset = at.offset;
        record.frame = &message;
        if (!table_reserve(&frames_by_offset) || !recording_append(&record))
            return 0;
        id = ++last_frame;
        table_put(&frames_by_offset, key, id_value(id));
        note_function(id, function);
        if (at.runs_tasks)
            table_put(&runners, id_key(id), id_value(id));
    }
    table_put(&frames_by_address, address_key, id_value(id));
    return id;
}

static uint64_t key_of_address(uintptr_t address)
{
    return valid_key(hash_mix(address, real_loader_changes));
}

uint32_t frame_known_native(uintptr_t address)
{
    return value_id(table_get(&frames_by_address, key_of_address(address)));
}

uint32_t frame_intern_native(uintptr_t address)
{
    uint64_t key = key_of_address(address);
    uint32_t id = frame_known_native(address);
    uintptr_t function;

    if (likely(id != 0) || recording_is_full())
        return id;
    function = walkers_have_native() ? native_walker->function(address) : 0;
    lock_take(&recording_lock);
    id = value_id(table_get(&frames_by_address, key));
    if (!id && recording_begin())
        id = native_add(address, key, function);
    lock_release(&recording_lock);
    return id;
}

/* Code that is compiled again and again (eval, templates, reloaded modules) has ever new keys, and instructions that a VM
 * rewrites have several: what is recorded of a frame decides whether it is a new one. */
static uint64_t hash_of_place(const struct vm_description *description, enum walker_language language)
{
    uint64_t hash = hash_bytes(description->function, strlen(description->function), language);

    hash = hash_bytes(description->file, strlen(description->file), hash);
    hash = hash_mix(hash, (uint64_t)description->line << 32 | description->line_table_format);
    hash = hash_mix(hash, (uint64_t)description->first_line << 32 | description->last_instruction);
    if (description->column)
        hash = hash_mix(hash, description->column);
    return valid_key(hash_bytes(description->line_table, description->line_table_size, hash));
}

static uint64_t hash_of_function(const struct vm_description *description, enum walker_language language)
{
    uint64_t hash = hash_bytes(description->function, strlen(description->function), language);

    hash = hash_bytes(description->file, strlen(description->file), hash);
    return description->function_key ? hash_mix(hash, description->function_key) | 1 : 0;
}

static bool is_of_client(const struct language_walker *walker, const char *file)
{
    for (const char *const *part = walker->clients; part && *part; part++) {
        if (strstr(file, *part))
            return true;
    }
    return false;
}

uint64_t frame_function(uint32_t id)
{
    return (uintptr_t)table_get(&functions, id_key(id));
}

bool frame_runs_task(uint32_t id)
{
    return table_get(&runners, id_key(id)) != NULL;
}

bool frame_is_client(uint32_t id)
{
    return table_get(&clients, id_key(id)) != NULL;
}

/* Locked. The descriptions are large and the program's stack may be small. */
static uint32_t vm_add(const struct language_walker *walker, const struct vm_frame *frame, uint64_t key)
{
    static struct vm_description description;
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Frame message = NPLUS1__FRAME__INIT;
    uint64_t place;
    uint32_t id;

    memset(&description, 0, sizeof description);
    walker->describe(frame, &description);
    place = hash_of_place(&description, walker->language);
    id = value_id(table_get(&frames_by_place, place));
    if (id) {
        table_put(&frames_by_key, key, id_value(id));
        return id;
    }
    message.has_id = message.has_language = true;
    message.id = last_frame + 1;
    message.language = (Nplus1__Language)walker->language;
    message.function = description.function;
    message.file = description.file;
    message.has_line = description.line != 0;
    message.line = description.line;
    message.has_column = description.column != 0;
    message.column = description.column;
    if (description.line_table_size > 0 && description.line_table_size <= VM_LINE_TABLE) {
        message.has_line_table = message.has_line_table_format = true;
        message.line_table.data = (uint8_t *)(uintptr_t)description.line_table;
        message.line_table.len = description.line_table_size;
        message.line_table_format = description.line_table_format;
    }
    message.has_first_line = message.has_last_instruction = description.first_line != 0;
    message.first_line = description.first_line;
    message.last_instruction = description.last_instruction;
    record.frame = &message;
    if (!table_reserve(&frames_by_place) || !recording_append(&record))
        return 0;
    id = ++last_frame;
    if (is_of_client(walker, description.file))
        table_put(&clients, id_key(id), id_value(id));
    note_function(id, hash_of_function(&description, walker->language));
    table_put(&frames_by_place, place, id_value(id));
    table_put(&frames_by_key, key, id_value(id));
    return id;
}

uint32_t frame_intern_vm(const struct language_walker *walker, const struct vm_frame *frame)
{
    uint64_t key = valid_key(hash_mix(frame->key, walker->language));
    uint32_t id = value_id(table_get(&frames_by_key, key));

    if (likely(id != 0) || recording_is_full())
        return id;
    lock_take(&recording_lock);
    id = value_id(table_get(&frames_by_key, key));
    if (!id && recording_begin())
        id = vm_add(walker, frame, key);
    lock_release(&recording_lock);
    return id;
}

void frame_reset_after_fork(void)
{
    frames_by_address = frames_by_offset = frames_by_key = frames_by_place = functions = runners = clients = (struct table)
        TABLE_INIT;
    last_frame = 0;
    module_reset_after_fork();
}
