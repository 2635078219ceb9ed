/* The recording of this process: when it begins, what is written, and what had to be left out.
 *
 * recording_lock guards the writer and every table of interned things (statements, databases, stacks, modules, groups, edges):
 * a new thing is interned and written under it, known things are found without it. It is never held across a database call.
 * Functions whose comment says "locked" want it held.
 *
 * A generation is one recording: a child of fork starts the next one, and what was interned before is written again when it is
 * used.
 */
#ifndef NPLUS1_AGENT_RECORDING_RECORDING_H
#define NPLUS1_AGENT_RECORDING_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"

#include "agent/base/lock.h"
#include "agent/base/memory.h"
#include "exporter/stream/counters.h"
#include "exporter/stream/nplus1.pb-c.h"

extern HIDDEN struct lock recording_lock;
extern HIDDEN uint32_t recording_generation; /* 1 for the first process */
extern HIDDEN struct pool recording_pool;    /* memory of interned things; locked */

/* The executable's path; empty: nobody knows it. Locked, from recording_begin on. */
const char *recording_executable(void);

/* Creates the file on the first call of a generation; false when there is none to be had (said once on stderr). Locked. */
bool recording_begin(void);

/* Adds a remark to the header: what the agent could not do. Before recording_begin; `note` must stay valid. Any thread, locked.
 */
void recording_note(const char *note);

/* Records the name of a stack walker in use. */
void recording_note_walker(const char *name);

/* The limit of the stream or of the disk is reached: nothing new fits. Any thread, no lock. */
bool recording_is_full(void);

/* False when it does not fit; what was left out is counted by the caller with recording_left_out. Locked. */
bool recording_append(const Nplus1__Record *record);
uint64_t *recording_append_counters(enum counters_kind kind, uint32_t id, uint32_t shard);

/* What is written so far, for who wants to read of it what the agent does not keep; NULL: nothing. It stays where it is for the
 * life of the process. Locked. */
const unsigned char *recording_bytes(size_t *ret_size);

/* Adds to a counter of Status. Any thread, no lock. Counts nothing while there is no recording. */
void recording_left_out(enum status_counter what, uint64_t count);

/* Renews the second point of the recording's clock. Any thread, no lock, about 40 ns. */
void recording_touch_clock(void);

/* At exit nobody waits for ever: other threads go on, and any of them may have stopped for good with the lock taken. What is not
 * written then is a verdict that readers find themselves, and that the end was an exit. */
#define RECORDING_EXIT_WAIT_NS UINT64_C(200000000)

/* exit() was called: writes the Exit record and gives unused space back. Takes the lock. */
void recording_end(void);

/* In the child of fork, nothing else runs: lets go of the parent's file, frees the lock. */
void recording_reset_after_fork(void);

#endif
