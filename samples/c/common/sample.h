/* Every sample has this, whatever its database: the command line, a count of its own executions, a result.
 *
 * The count is made by the program itself, next to each query, so that a report can be compared with it number by number.
 */
#ifndef NPLUS1_SAMPLES_C_COMMON_SAMPLE_H
#define NPLUS1_SAMPLES_C_COMMON_SAMPLE_H

#include <stdint.h>

#include "fail.h"
#include "scene.h"

/* What was loaded; printed at the end, and the same for every way of loading a scene. */
struct tally {
    int64_t customers, orders, items, users, posts, comments, authors, books;
    int64_t sum; /* over something of each loaded object */
};

extern struct tally tally;

struct sample {
    const char *database; /* NULL: the default one */
    int64_t sizes[SCENE_SIZES];
};

void sample_begin(struct sample *sample, int argc, char **argv, const struct scene *scene);
int sample_end(void); /* prints the tally, writes the counts; the exit status */

void sample_count_seed(void);
/* One execution by `function`, with one parameter of that value. */
void sample_count(const char *function, int64_t value, int64_t rows);
/* One execution without a parameter, or with a whole list of them. */
void sample_count_whole(const char *function, int64_t rows);

#endif
