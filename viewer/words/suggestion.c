#include "viewer/words/suggestion.h"

#include <string.h>

#include "exporter/base/alloc.h"

#define LONGEST 32 /* what is longer is no word of ours */

struct suggestion suggestion_of_part(const char *word, size_t length)
{
    return (struct suggestion){.word = word, .length = length};
}

struct suggestion suggestion_of(const char *word)
{
    return suggestion_of_part(word, strlen(word));
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to add, drop, change or swap with their neighbour. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

void suggestion_offer(struct suggestion *s, const char *known)
{
    size_t length = strlen(known);
    if (s->length == 0 || s->length > LONGEST || length > LONGEST)
        return;
    /* A third of the letters may be wrong; the beginning of a word is near it. */
    size_t far = distance(s->word, s->length, known, length);
    if (far > (length + 2) / 3 && s->length >= 3 && strncmp(s->word, known, s->length) == 0)
        far = (length + 2) / 3;
    if (far <= (length + 2) / 3 && far < length && (!s->best || far < s->distance)) {
        s->best = known;
        s->distance = far;
    }
}

char *suggestion_words(const struct suggestion *s, const char *prefix)
{
    return s->best ? alloc_format(" (did you mean %s%s?)", prefix, s->best) : alloc_format("%s", "");
}
