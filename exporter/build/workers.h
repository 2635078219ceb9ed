/* Work that a process hands out, one row of a result each, to processes that it forked: a pool of workers.
 *
 * The workers' values cannot be compared with those that their parent read: hashes are salted anew in each process, and rows go
 * through a pipe. What can be seen is that the workers together execute a statement exactly once for each row of a result of the
 * process that forked them all, or that had a server fork them (multiprocessing's forkserver). One thread at a time.
 */
#ifndef NPLUS1_EXPORTER_BUILD_WORKERS_H
#define NPLUS1_EXPORTER_BUILD_WORKERS_H

#include "exporter/model/model.h"

struct workers;

struct workers *workers_create(void);

/* What one process did of a group of the model. */
struct share {
    uint32_t group;
    uint32_t pid, parent_pid, grandparent_pid;
    uint64_t executions;
    uint64_t rows;
};

void workers_add(struct workers *workers, const struct share *share);

/* Sets handed_out of the groups of which that is so. */
void workers_mark(const struct workers *workers, struct model *model);

void workers_destroy(struct workers *workers); /* takes NULL */

#endif
