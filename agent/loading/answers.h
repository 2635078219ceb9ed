/* What the loader would say to a dlsym, where that is certain without asking it: each question to it takes a thousand
 * instructions and more, an object that has to be opened for it fifteen times as many, and of a library there are a hundred.
 *
 * Any thread; allocates nothing, leaves errno and dlerror alone. Takes the lock that dl_iterate_phdr takes.
 */
#ifndef NPLUS1_AGENT_LOADING_ANSWERS_H
#define NPLUS1_AGENT_LOADING_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answers_question {
    const char *name;
    void *found;      /* NULL, and not doubtful: no object has the name */
    bool is_doubtful; /* only the loader knows: it may be another object's, or one of several versions, or chosen at run time */
    bool elsewhere;   /* these two are the search's own */
    uint32_t hash;
};

/* What the loader surely says to questions about the object between two addresses, into which it is known to look. alone: it
 * looks into others before, so that none of these may have the name. */
void answers_ask(struct answers_question *questions, size_t count, uintptr_t start, uintptr_t end, bool alone);

/* Whether an object that was loaded before us may have the name. */
bool answers_precede(const char *name);

#endif
