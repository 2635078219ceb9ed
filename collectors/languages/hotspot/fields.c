#include "collectors/languages/hotspot/fields.h"

#include <stddef.h>
#include <string.h>

#include "agent/loading/exports.h"

#define ENTRIES_MAX 20000

static uint64_t word(uintptr_t address)
{
    uint64_t value;

    memcpy(&value, (const void *)address, sizeof value);
    return value;
}

/* The value of an exported word. */
static bool exported(const char *name, uint64_t *ret)
{
    void *at = exports_find(name);

    if (!at)
        return false;
    *ret = word((uintptr_t)at);
    return true;
}

static bool is_named(uintptr_t entry, uint64_t offset, const char *name)
{
    const char *text = (const char *)word(entry + offset);

    return text && strcmp(text, name) == 0;
}

bool hotspot_field(const char *type, const char *field, uintptr_t *ret)
{
    uint64_t entry, stride, type_at, field_at, static_at, offset_at, address_at;

    if (!exported("gHotSpotVMStructs", &entry) || !exported("gHotSpotVMStructEntryArrayStride", &stride) ||
        !exported("gHotSpotVMStructEntryTypeNameOffset", &type_at) ||
        !exported("gHotSpotVMStructEntryFieldNameOffset", &field_at) ||
        !exported("gHotSpotVMStructEntryIsStaticOffset", &static_at) ||
        !exported("gHotSpotVMStructEntryOffsetOffset", &offset_at) ||
        !exported("gHotSpotVMStructEntryAddressOffset", &address_at) || !entry || !stride)
        return false;
    for (int i = 0; i < ENTRIES_MAX && word(entry + type_at); i++, entry += stride) {
        if (!is_named(entry, type_at, type) || !is_named(entry, field_at, field))
            continue;
        *ret = word(entry + ((int32_t)word(entry + static_at) ? address_at : offset_at));
        return true;
    }
    return false;
}

bool hotspot_size(const char *type, uintptr_t *ret)
{
    uint64_t entry, stride, type_at, size_at;

    if (!exported("gHotSpotVMTypes", &entry) || !exported("gHotSpotVMTypeEntryArrayStride", &stride) ||
        !exported("gHotSpotVMTypeEntryTypeNameOffset", &type_at) || !exported("gHotSpotVMTypeEntrySizeOffset", &size_at) ||
        !entry || !stride)
        return false;
    for (int i = 0; i < ENTRIES_MAX && word(entry + type_at); i++, entry += stride) {
        if (!is_named(entry, type_at, type))
            continue;
        *ret = word(entry + size_at);
        return true;
    }
    return false;
}
