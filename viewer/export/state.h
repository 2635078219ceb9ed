/* What was sent already, in a file, so that nothing is sent twice: of each finding how often, and what it was then. One process
 * at a time: the file is locked. */
#ifndef NPLUS1_VIEWER_EXPORT_STATE_H
#define NPLUS1_VIEWER_EXPORT_STATE_H

#include <stdbool.h>

#include "exporter/model/model.h"

struct state;

/* Reads the file, or begins an empty one. NULL with a complaint: it cannot be read or is in use. */
struct state *state_open(const char *path);
void state_close(struct state *state); /* takes NULL; does not save */

/* Whether the finding is new to the collector: never sent, another kind or surer by now, or of another run. One that has grown is
 * sent again when it has doubled, or with `all` at once. */
bool state_is_due(const struct state *state, const struct model *model, uint32_t finding, bool all);

/* How often it was sent. */
uint64_t state_round(const struct state *state, const struct model *model, uint32_t finding);

void state_note_sent(struct state *state, const struct model *model, uint32_t finding);

/* Complains and returns false when the file cannot be written. The old one stays until the new one is on the disk. */
bool state_save(const struct state *state);

#endif
