#include "agent/patching/late/way.h"

#include "agent/patching/callers/mixed.h"
#include "agent/patching/late/objects.h"
#include "agent/patching/outline/outline.h"

static bool fail(struct patch_outcome *ret, enum patch_result result)
{
    *ret = (struct patch_outcome){.result = result};
    return false;
}

static bool find_all(const struct image *image, const struct copies_hidden *library, const struct found_table *table,
                     uintptr_t place, struct way *way, struct patch_outcome *outcome)
{
    if (!plan_make(image, library, table, NULL, place, &way->plan, outcome))
        return false;
    if (library->file_name) /* exported: callers know no more than the ABI says, and nobody asks who they are */
        return true;
    if (!reach_make(image, table->slots, table->count, NULL, &way->reach))
        return fail(outcome, PATCH_MEMORY);
    if (!mixed_is(image, library, table, &way->reach))
        return true;
    reach_free(&way->reach);
    return fail(outcome, mixed_is_unused(image, library, table) ? PATCH_UNUSED : PATCH_MIXED);
}

/* A module that does not say where its functions begin and end. */
static bool find_by_outline(const struct copies_hidden *library, const struct found_table *table, uintptr_t place,
                            struct way *way, struct patch_outcome *outcome)
{
    uintptr_t opening[OUTLINE_FOREIGN] = {0};
    struct outline outline;

    for (size_t i = 0; i < library->opening_count && i < OUTLINE_FOREIGN; i++)
        opening[i] = plan_function(library, table, i);
    if (!outline_make(&way->image, table->slots, table->count, opening, &outline))
        return false;
    outline_attach(&outline, &way->image);
    if (!plan_make(&way->image, library, table, NULL, place, &way->plan, outcome) ||
        !reach_make_of_outline(&outline, &way->reach)) {
        outline_free(&outline);
        return false;
    }
    if (mixed_is_unused(&way->image, library, table))
        outcome->result = PATCH_UNUSED;
    else if (mixed_is_called_inside(&way->image, library, table))
        outcome->result = PATCH_MIXED;
    if (outcome->result == PATCH_DONE)
        return true;
    reach_free(&way->reach);
    return false;
}

static bool is_without_functions(const struct patch_outcome *outcome)
{
    return outcome->result == PATCH_MOVE && outcome->move == MOVE_NO_FUNCTION;
}

/* What the collector asks of the copy has to be there. */
static bool has_needed(const struct copies_hidden *library, const struct found_table *table)
{
    for (size_t i = 0; i < library->late_needed_count; i++) {
        if (!plan_function(library, table, library->late_needed[i]))
            return false;
    }
    return library->late_count > 0 && table->count > library->late_least_slot;
}

static bool find_late(const struct image *image, const struct copies_hidden *library, const struct found_table *table,
                      uintptr_t place, struct way *way)
{
    struct patch_outcome outcome;
    struct objects objects;
    bool found;

    if (!has_needed(library, table) || !plan_make(image, library, table, library->late, place, &way->plan, &outcome) ||
        !objects_make(image, &objects))
        return false;
    found = reach_make(image, table->slots, table->count, &objects, &way->reach);
    objects_free(&objects);
    if (!found)
        return false;
    way->is_late = late_is_possible(image, library, table, &way->reach, &way->late);
    if (!way->is_late)
        reach_free(&way->reach);
    return way->is_late;
}

bool way_find(const struct image *image, const struct copies_hidden *library, const struct found_table *table, uintptr_t place,
              struct way *ret, struct patch_outcome *outcome)
{
    ret->is_late = false;
    ret->image = *image;
    ret->reach = (struct reach){0};
    if (find_all(image, library, table, place, ret, outcome))
        return true;
    if (library->file_name)
        return false;
    if (is_without_functions(outcome))
        return find_by_outline(library, table, place, ret, outcome);
    if (outcome->result == PATCH_MEMORY || !find_late(image, library, table, place, ret))
        return false;
    *outcome = (struct patch_outcome){.result = PATCH_DONE};
    return true;
}
