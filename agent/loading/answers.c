#include "agent/loading/answers.h"

#include <stddef.h>

#include "agent/base/compiler.h"
#include "agent/loading/objects/known.h"

#define VERSION_HIDDEN 0x8000 /* of a symbol that only who asks for its version finds */

struct sought {
    struct answers_question *questions;
    size_t count;
    uintptr_t start, end; /* where they should be */
    bool alone, is_passed;
};

/* One that the loader gives to whoever asks for no version: it has none, or the default one. */
static bool is_plain(const struct known_object *object, const ElfW(Sym) * symbol)
{
    size_t number = (size_t)(symbol - object->names.symbols);

    return object->names.table && known_is_exported(symbol) && !(object->versions && object->versions[number] & VERSION_HIDDEN);
}

static bool seek(const struct known_object *object, void *argument)
{
    struct sought *sought = argument;
    bool is_there = object->start >= sought->start && object->start < sought->end;

    for (size_t i = 0; i < sought->count; i++) {
        struct answers_question *question = &sought->questions[i];
        const ElfW(Sym) * symbol;
        if (likely(object->names.table) && !gnu_hash_may_have(&object->names, question->hash))
            continue;
        symbol = known_symbol(object, question->name, question->hash);
        if (!symbol)
            continue;
        if (!is_there)
            question->elsewhere = true;
        else if (is_plain(object, symbol))
            question->found = (void *)(object->base + symbol->st_value);
        else
            question->is_doubtful = true;
    }
    sought->is_passed = sought->is_passed || is_there;
    return is_there && object->is_first && sought->alone;
}

void answers_ask(struct answers_question *questions, size_t count, uintptr_t start, uintptr_t end, bool alone)
{
    struct sought sought = {.questions = questions, .count = count, .start = start, .end = end, .alone = alone};
    bool is_known;

    for (size_t i = 0; i < count; i++) {
        questions[i].hash = gnu_hash_of(questions[i].name);
        questions[i].found = NULL;
        questions[i].is_doubtful = questions[i].elsewhere = false;
    }
    is_known = known_visit(seek, &sought) && sought.is_passed;
    for (size_t i = 0; i < count; i++) {
        struct answers_question *question = &questions[i];
        /* What is not there may be behind it, where nobody has looked when the search has ended there. */
        question->is_doubtful = question->is_doubtful || !is_known || (question->elsewhere && (alone || !question->found)) ||
                                (alone && !question->found);
    }
}

struct preceding {
    const char *name;
    uint32_t hash;
    bool is_found;
};

static bool seek_before(const struct known_object *object, void *argument)
{
    struct preceding *preceding = argument;

    preceding->is_found = object->precedes && known_symbol(object, preceding->name, preceding->hash);
    return !object->precedes || preceding->is_found;
}

bool answers_precede(const char *name)
{
    struct preceding preceding = {.name = name, .hash = gnu_hash_of(name)};

    return !known_visit(seek_before, &preceding) || preceding.is_found;
}
