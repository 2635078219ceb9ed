#include "agent/patching/exported/exported.h"

#include <string.h>

#include "agent/loading/objects/object.h"

static bool is_the_library(const struct object *object, const ElfW(Dyn) * dynamic, const char *file_name)
{
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_SONAME)
            return strncmp(object->names.strings + dynamic->d_un.d_val, file_name, strlen(file_name)) == 0;
    }
    return false;
}

static uintptr_t function_of(const struct object *object, const char *name)
{
    const ElfW(Sym) *symbol = gnu_hash_find(&object->names, name, gnu_hash_of(name));

    return symbol && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC ? object->base + symbol->st_value : 0;
}

bool exported_find(const struct image *image, const struct client_library *kind, uintptr_t *slots, struct found_table *ret)
{
    const ElfW(Dyn) *dynamic = (const ElfW(Dyn) *)image->dynamic;
    struct object object;

    if (!dynamic || kind->symbol_count > EXPORTED_MAX || !object_read(image->base, dynamic, &object))
        return false;
    for (size_t i = 0; i < kind->symbol_count; i++) {
        slots[i] = function_of(&object, kind->symbols[i].name);
        if (!slots[i] || !image_is_code(image, slots[i]))
            return false;
    }
    if (is_the_library(&object, dynamic, kind->direct->file_name))
        return false;
    *ret = (struct found_table){.slots = slots, .count = kind->symbol_count};
    return true;
}
