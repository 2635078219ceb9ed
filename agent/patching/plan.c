#include "agent/patching/plan.h"

#include "agent/patching/unknown.h"

_Static_assert(PLAN_STUB + MOVE_MAX <= PLAN_PLACE, "room for both");

const char *plan_words(const struct patch_outcome *outcome)
{
    static const char *const moves[] = {
        [MOVE_NO_FUNCTION] = "no call frame information says where a function begins and ends",
        [MOVE_UNKNOWN] = "a function has an instruction that is not known",
        [MOVE_FIXED] = "a function begins with an instruction that works only where it stands",
        [MOVE_SHORT] = "a function is too short",
        [MOVE_BRANCH] = "a function comes back to its beginning",
        [MOVE_FAR] = "a function's beginning cannot be reached from where there is room",
    };
    static const char *const results[] = {
        [PATCH_DONE] = "patched",
        [PATCH_KNOWN] = "a function calls nothing that its callers do not know",
        [PATCH_MIXED] = "its functions were compiled into those that call them",
        [PATCH_UNUSED] = "nothing calls its functions that open a connection, or they were compiled into what does",
        [PATCH_SHARED] = "two functions are one",
        [PATCH_MEMORY] = "there is no memory for code near it",
        [PATCH_WRITE] = "its code may not be written",
        [PATCH_LATE] = "other threads may be running it",
        [PATCH_TRANSLATED] = "valgrind runs a translation of its code",
    };

    return outcome->result == PATCH_MOVE ? moves[outcome->move] : results[outcome->result];
}

static bool fail(struct patch_outcome *ret, enum patch_result result, const char *function)
{
    *ret = (struct patch_outcome){.result = result, .function = function};
    return false;
}

uintptr_t plan_function(const struct copies_hidden *library, const struct found_table *table, size_t symbol)
{
    unsigned slot = library->slots[symbol];

    return slot < table->count ? table->slots[slot] : 0;
}

static bool is_planned(const struct plan *plan, uintptr_t function)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->functions[i] == function)
            return true;
    }
    return false;
}

bool plan_make(const struct image *image, const struct copies_hidden *library, const struct found_table *table,
               const uint16_t *only, uintptr_t place, struct plan *plan, struct patch_outcome *outcome)
{
    plan->count = 0;
    for (size_t k = 0; k < (only ? library->late_count : library->interposed_count); k++) {
        size_t i = only ? only[k] : k;
        uintptr_t function = plan_function(library, table, i);
        size_t n = plan->count;
        enum move_result move;
        if (!function)
            continue;
        if (n == PLAN_FUNCTIONS)
            return fail(outcome, PATCH_MEMORY, library->names[i]);
        if (is_planned(plan, function))
            return fail(outcome, PATCH_SHARED, library->names[i]);
        move = move_beginning(image, function, place + n * PLAN_PLACE + PLAN_STUB, &plan->moved[n]);
        if (move != MOVE_DONE) {
            *outcome = (struct patch_outcome){PATCH_MOVE, move, library->names[i]};
            return false;
        }
        if (!unknown_is_called_by(image, function))
            return fail(outcome, PATCH_KNOWN, library->names[i]);
        plan->functions[n] = function;
        plan->symbols[n] = i;
        plan->count++;
    }
    *outcome = (struct patch_outcome){.result = PATCH_DONE};
    return plan->count > 0;
}
