/* A library of few functions that is known by its table, as SQLite is: for tests of what reads modules. */
#ifndef NPLUS1_TESTS_UNIT_AGENT_PATCHING_MADE_LIBRARY_H
#define NPLUS1_TESTS_UNIT_AGENT_PATCHING_MADE_LIBRARY_H

#include <string.h>

#include "agent/loading/copies_kind.h"

#define MADE_SLOTS  24 /* as many as every version of it has */
#define MADE_NUMBER 1002003
#define MADE_TEXT   "1.2.3"
#define MADE_PART   "a part of the library"

/* Slots of the table. */
enum {
    MADE_SLOT_TEXT,
    MADE_SLOT_NUMBER,
    MADE_SLOT_SOURCE,
    MADE_SLOT_OPEN,
    MADE_SLOT_PREPARE,
    MADE_SLOT_STEP,
    MADE_SLOT_COLUMN,
    MADE_SLOT_EXEC
};

static inline size_t made_slots_of(const char *version, uint64_t number)
{
    return strcmp(version, MADE_TEXT) == 0 && number == MADE_NUMBER ? MADE_SLOTS : 0;
}

static const uint16_t made_slots[] = {MADE_SLOT_OPEN, MADE_SLOT_PREPARE, MADE_SLOT_STEP, MADE_SLOT_COLUMN};
static const char *const made_names[] = {"open", "prepare", "step", "column"};

/* By their numbers: step, which is all that a copy is watched by when it is watched late, and needs column. */
static const uint16_t made_late[] = {2}, made_late_needed[] = {2, 3};

/* open makes connections; column is only called. */
static const struct copies_hidden made_library = {
    .text_slot = MADE_SLOT_TEXT,
    .number_slot = MADE_SLOT_NUMBER,
    .source_slot = MADE_SLOT_SOURCE,
    .behalf_slots = {MADE_SLOT_EXEC, MADE_SLOT_EXEC},
    .least_slots = MADE_SLOTS,
    .least_functions = 7,
    .slots = made_slots,
    .names = made_names,
    .part_texts = {MADE_PART, "another part of the library"},
    .opening_count = 1,
    .interposed_count = 3,
    .late = made_late,
    .late_needed = made_late_needed,
    .late_count = 1,
    .late_needed_count = 2,
    .late_least_slot = MADE_SLOT_COLUMN,
    .slots_of = made_slots_of,
};

#endif
