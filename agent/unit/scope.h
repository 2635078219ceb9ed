/* Scopes: units of work that the program names, with nplus1_scope_begin and nplus1_scope_end or with sqlcommenter's tags.
 *
 * Scopes nest, per thread. What a group does in one is counted in a visit (group/visit.h). Names are cut at SCOPE_NAME bytes;
 * there are SCOPE_MAX different ones at the most, later ones share one name but are units of work all the same. A thread that
 * ends and a process that forks leave their scopes.
 */
#ifndef NPLUS1_AGENT_UNIT_SCOPE_H
#define NPLUS1_AGENT_UNIT_SCOPE_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"

#define SCOPE_NAME 200 /* bytes */
#define SCOPE_MAX  4096

struct scope;
struct thread;

/* Lives as long as the process. NULL when there is no memory. Takes the recording's lock for a new name; writes nothing. */
struct scope *scope_intern(const char *name, size_t length);

/* The tags that sqlcommenter put into a statement: scope may be NULL (they name none); *ret_trace tells one request from the next
 * of the same name, 0: they do not say. */
COLD struct scope *scope_of_tags(const char *tags, size_t length, uint64_t *ret_trace);

/* A statement with tags runs: the thread enters that scope unless it is there already, or the program has begun one itself. */
void scope_tagged(struct thread *thread, struct scope *scope, uint64_t trace);

/* A scope that tags opened is over. */
void scope_forget_tags(struct thread *thread);

/* The scope's id in the present recording, written to it if needed; 0: it does not fit. Locked. */
uint32_t scope_record(struct scope *scope);

/* The thread ends. */
void scope_leave_all(struct thread *thread);

void scope_reset_after_fork(void);

#endif
