#include "exporter/symbols/dwarf_index.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/symbols/demangle.h"
#include "exporter/base/path.h"

#define NESTING_MAX 64
#define RANGES_MAX  (1u << 22) /* of a unit, or of all units: a list of ranges may be named by many entries of a damaged file */

struct range {
    uint64_t low;
    uint64_t high;
    uint32_t value; /* index of a unit or function */
};

struct ranges {
    struct range *at;
    uint32_t count;
    uint32_t capacity;
};

struct unit {
    Dwarf_Die die;
    bool indexed;
    bool nested_too;      /* functions inside of others, too */
    struct ranges ranges; /* of its functions */
    Dwarf_Die *functions;
    uint32_t function_count;
    uint32_t function_capacity;
};

struct dwarf_index {
    struct text_pool *pool;
    struct ranges ranges; /* of the units */
    struct unit *units;
    uint32_t unit_count;
    uint32_t unit_capacity;
};

static int compare_ranges(const void *a, const void *b)
{
    const struct range *x = a;
    const struct range *y = b;
    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    return x->value < y->value ? -1 : x->value > y->value;
}

static void sort_ranges(struct ranges *ranges)
{
    if (ranges->count > 0)
        qsort(ranges->at, ranges->count, sizeof *ranges->at, compare_ranges);
}

/* Appends the address ranges of an entry; false when it has none. */
static bool add_ranges(struct ranges *ranges, Dwarf_Die *die, uint32_t value)
{
    Dwarf_Addr base;
    Dwarf_Addr low;
    Dwarf_Addr high;
    ptrdiff_t offset = 0;
    bool any = false;
    while (ranges->count < RANGES_MAX && (offset = dwarf_ranges(die, offset, &base, &low, &high)) > 0) {
        if (high <= low)
            continue;
        ALLOC_GROW(ranges->at, ranges->count, ranges->capacity);
        ranges->at[ranges->count++] = (struct range){low, high, value};
        any = true;
    }
    return any;
}

static bool find_range(const struct ranges *ranges, uint64_t address, uint32_t *ret)
{
    uint32_t low = 0;
    uint32_t high = ranges->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ranges->at[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || address >= ranges->at[low - 1].high)
        return false;
    *ret = ranges->at[low - 1].value;
    return true;
}

static bool holds_functions(int tag, bool nested_too)
{
    switch (tag) {
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
        return true;
    case DW_TAG_subprogram:
    case DW_TAG_lexical_block:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
        return nested_too;
    default:
        return false;
    }
}

/* `last`: the offset of the entry that was visited last. Each lies behind the one before; siblings that a damaged file names
 * among an entry's children would be visited over and over. */
static void index_functions(struct unit *unit, Dwarf_Die *parent, Dwarf_Off *last, int depth)
{
    Dwarf_Die die;
    if (depth > NESTING_MAX || dwarf_child(parent, &die) != 0)
        return;
    do {
        if (dwarf_dieoffset(&die) <= *last)
            return;
        *last = dwarf_dieoffset(&die);
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_subprogram && add_ranges(&unit->ranges, &die, unit->function_count)) {
            ALLOC_GROW(unit->functions, unit->function_count, unit->function_capacity);
            unit->functions[unit->function_count++] = die;
        }
        if (holds_functions(tag, unit->nested_too))
            index_functions(unit, &die, last, depth + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

struct dwarf_index *dwarf_index_create(Dwarf *dwarf, struct text_pool *pool)
{
    struct dwarf_index *index = alloc_zeroed(1, sizeof *index);
    index->pool = pool;
    Dwarf_CU *cu = NULL;
    Dwarf_Half version;
    uint8_t type;
    Dwarf_Die die;
    Dwarf_Die split;
    while (dwarf_get_units(dwarf, cu, &cu, &version, &type, &die, &split) == 0) {
        int tag = dwarf_tag(&die);
        if (tag != DW_TAG_compile_unit && tag != DW_TAG_skeleton_unit)
            continue;
        if (!add_ranges(&index->ranges, &die, index->unit_count))
            continue;
        ALLOC_GROW(index->units, index->unit_count, index->unit_capacity);
        index->units[index->unit_count++] = (struct unit){.die = type == DW_UT_skeleton && split.cu ? split : die};
    }
    sort_ranges(&index->ranges);
    return index;
}

static const char *language_of(Dwarf_Die *unit)
{
    switch (dwarf_srclang(unit)) {
    case DW_LANG_C_plus_plus:
    case DW_LANG_C_plus_plus_03:
    case DW_LANG_C_plus_plus_11:
    case DW_LANG_C_plus_plus_14:
        return "c++";
    case DW_LANG_Rust:
        return "rust";
    case DW_LANG_Go:
        return "go";
    case DW_LANG_D:
        return "d";
    case DW_LANG_Swift:
        return "swift";
    case DW_LANG_Ada83:
    case DW_LANG_Ada95:
        return "ada";
    case DW_LANG_Fortran77:
    case DW_LANG_Fortran90:
    case DW_LANG_Fortran95:
    case DW_LANG_Fortran03:
    case DW_LANG_Fortran08:
        return "fortran";
    case DW_LANG_Pascal83:
        return "pascal";
    case DW_LANG_ObjC:
        return "objective-c";
    case DW_LANG_ObjC_plus_plus:
        return "objective-c++";
    case DW_LANG_Mips_Assembler:
        return "assembler";
    default:
        return "c";
    }
}

static const char *function_name(const struct dwarf_index *index, Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
    if (!name)
        name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute));
    if (name && (strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0))
        return demangle(index->pool, name);
    const char *plain = dwarf_diename(die);
    return plain ? text_intern_string(index->pool, plain) : demangle(index->pool, name);
}

static const char *file_name(const struct dwarf_index *index, Dwarf_Die *unit, const char *file)
{
    if (!file)
        return NULL;
    Dwarf_Attribute attribute;
    const char *directory = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
    char *path = path_normalise(directory, file);
    const char *interned = text_intern_string(index->pool, path);
    free(path);
    return interned;
}

/* The innermost of the functions inlined into `die` at the address, if any. */
static bool find_inlined(Dwarf_Die *die, uint64_t address, Dwarf_Die *ret, int depth)
{
    Dwarf_Die child;
    if (depth > NESTING_MAX || dwarf_child(die, &child) != 0)
        return false;
    do {
        int tag = dwarf_tag(&child);
        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block && tag != DW_TAG_try_block &&
            tag != DW_TAG_catch_block)
            continue;
        if (dwarf_haspc(&child, address) != 1)
            continue;
        if (tag != DW_TAG_inlined_subroutine)
            return find_inlined(&child, address, ret, depth + 1);
        *ret = child;
        return true;
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

/* Sets the line at which the inlined function was called: that of the function around it. */
static void call_site(const struct dwarf_index *index, Dwarf_Die *unit, Dwarf_Die *inlined, struct symbol *caller)
{
    Dwarf_Attribute attribute;
    Dwarf_Word line = 0;
    Dwarf_Word file = 0;
    Dwarf_Files *files;
    size_t count;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) == 0 && line <= UINT32_MAX)
        caller->line = (uint32_t)line;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) == 0 &&
        dwarf_getsrcfiles(unit, &files, &count) == 0 && file < count)
        caller->file = file_name(index, unit, dwarf_filesrc(files, file, NULL, NULL));
}

static void source_line(const struct dwarf_index *index, Dwarf_Die *unit, uint64_t address, struct symbol *ret)
{
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    int number = 0;
    if (!line)
        return;
    if (dwarf_lineno(line, &number) == 0 && number > 0)
        ret->line = (uint32_t)number;
    ret->file = file_name(index, unit, dwarf_linesrc(line, NULL, NULL));
}

static void index_unit(struct unit *unit)
{
    Dwarf_Off last = 0;
    unit->ranges.count = unit->function_count = 0;
    index_functions(unit, &unit->die, &last, 0);
    sort_ranges(&unit->ranges);
    unit->indexed = true;
}

/* Ada, Fortran, Pascal, D and GNU C have functions inside of functions, whose code is not inside of theirs: these are looked for
 * where no other has the address, as it takes a walk through all that functions have. */
static bool find_function(struct unit *unit, uint64_t address, uint32_t *ret)
{
    if (!unit->indexed)
        index_unit(unit);
    if (find_range(&unit->ranges, address, ret))
        return true;
    if (unit->nested_too)
        return false;
    unit->nested_too = true;
    index_unit(unit);
    return find_range(&unit->ranges, address, ret);
}

size_t dwarf_index_resolve(struct dwarf_index *index, uint64_t address, struct symbol ret[SYMBOLS_INLINE_MAX])
{
    uint32_t unit_index;
    uint32_t function;
    if (!find_range(&index->ranges, address, &unit_index))
        return 0;
    struct unit *unit = &index->units[unit_index];
    if (!find_function(unit, address, &function))
        return 0;

    /* Outermost first, each one's line given by the call of the next; turned round at the end. */
    struct symbol chain[SYMBOLS_INLINE_MAX];
    size_t count = 0;
    const char *language = language_of(&unit->die);
    Dwarf_Die die = unit->functions[function];
    Dwarf_Die inlined;
    for (;;) {
        chain[count] = (struct symbol){.function = function_name(index, &die), .language = language};
        count++;
        if (count == SYMBOLS_INLINE_MAX || !find_inlined(&die, address, &inlined, 0))
            break;
        call_site(index, &unit->die, &inlined, &chain[count - 1]);
        die = inlined;
    }
    source_line(index, &unit->die, address, &chain[count - 1]);
    for (size_t i = 0; i < count; i++)
        ret[i] = chain[count - 1 - i];
    return count;
}

void dwarf_index_destroy(struct dwarf_index *index)
{
    if (!index)
        return;
    for (uint32_t i = 0; i < index->unit_count; i++) {
        free(index->units[i].ranges.at);
        free(index->units[i].functions);
    }
    free(index->units);
    free(index->ranges.at);
    free(index);
}
