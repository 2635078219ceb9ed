#include "agent/evidence/episodes.h"

#include <string.h>

#include "agent/base/memory.h"
#include "agent/process/thread.h"

static struct episode *place(struct episodes *episodes, uint32_t number)
{
    return episodes->many ? &episodes->many[number % EPISODES_MANY] : &episodes->few[number % EPISODES_FEW];
}

void episodes_go_on(struct thread *thread, struct episodes *to, const struct episodes *from)
{
    struct episode *many = to->many ? to->many : pool_alloc_spare(&thread->pool, EPISODES_MANY * sizeof *many);

    *to = *from;
    to->many = many;
    if (!many)
        return;
    memset(many, 0, EPISODES_MANY * sizeof *many);
    for (unsigned i = 0; i < EPISODES_FEW; i++) {
        if (from->few[i].number)
            *place(to, from->few[i].number) = from->few[i];
    }
}

void episodes_give_back(struct episodes *to, const struct episodes *from)
{
    *to = *from;
    to->many = NULL;
    memset(to->few, 0, sizeof to->few);
    for (unsigned i = 0; from->many && i < EPISODES_MANY; i++) {
        if (from->many[i].number > place(to, from->many[i].number)->number)
            *place(to, from->many[i].number) = from->many[i];
    }
}

void episodes_turn(struct episodes *episodes, uint32_t number, uint32_t value)
{
    const struct episode *back = place(episodes, number);
    struct walk_position at = {0};
    uint64_t before = 0;

    /* A value that comes again may be another walk over the same parents: for an episode with one row it proves
     * nothing. */
    if (back->number == number) {
        at = back->at;
        if (back->last_value != value)
            before = back->children;
    }
    if (episodes->now)
        *place(episodes, episodes->now) = (struct episode){episodes->now, episodes->last_value, (uint32_t)episodes->in_now,
                                                           episodes->at};
    episodes->now = number;
    episodes->in_now = before;
    episodes_grow(episodes);
    episodes->at = at;
    episodes->count += before == 0;
    episodes->moved += before > 0;
}
