/* "did you mean": the known word that is nearest to one that is not known. Pure. */
#ifndef NPLUS1_VIEWER_WORDS_SUGGESTION_H
#define NPLUS1_VIEWER_WORDS_SUGGESTION_H

#include <stddef.h>

struct suggestion {
    const char *word; /* what was written; the caller's */
    size_t length;    /* of what of it counts */
    const char *best; /* the nearest of those that were offered; NULL: none is near */
    size_t distance;
};

struct suggestion suggestion_of(const char *word);
struct suggestion suggestion_of_part(const char *word, size_t length);

/* Considers a word, which must last; of two that are equally near the first one stays. */
void suggestion_offer(struct suggestion *suggestion, const char *known);

/* " (did you mean PREFIXword?)", or "" when nothing is near; to be freed. */
char *suggestion_words(const struct suggestion *suggestion, const char *prefix);

#endif
