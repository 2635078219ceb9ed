/* Scopes: units of work that the program names, with nplus1_scope_begin and nplus1_scope_end or with sqlcommenter's tags.
 *
 * Scopes nest, per thread. What a group does in one is counted in a visit (group/visit.h). Names are cut at SCOPE_NAME bytes;
 * there are SCOPE_MAX different ones at the most, later ones share one name but are units of work all the same. A thread that
 * ends and a process that forks leave their scopes.
 *
 * While one thread alone is in a scope that the program began, threads that are in none do its work: a test begins one, and what
 * it tests has threads of its own. They are told so by their `stay`, which then has SCOPE_OF_ANOTHER; only when somebody asked
 * for findings (scope_is_wanted), as it costs a look at each thread.
 */
#ifndef NPLUS1_AGENT_UNIT_SCOPE_H
#define NPLUS1_AGENT_UNIT_SCOPE_H

#include <stddef.h>
#include <stdint.h>

#include <stdatomic.h>
#include <stdbool.h>

#include "agent/base/compiler.h"
#include "agent/process/thread.h"

#define SCOPE_NAME 200 /* bytes */
#define SCOPE_MAX  4096

#define SCOPE_OF_ANOTHER (UINT32_C(1) << 31)

extern HIDDEN _Atomic bool scope_is_wanted;

struct scope;

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

/* The program's own. allows: what runs in it is meant, for the reason that is its name. Pairs, per thread. */
void scope_begin(struct thread *thread, const char *name, bool allows);
void scope_end(struct thread *thread);

/* The stay of a scope that the program began: level 0 is the outermost one, below min(scope_depth, SCOPE_DEPTH). */
uint32_t scope_stay_at(const struct thread *thread, uint32_t level);

/* The stay that other threads have while they work for the thread's outermost scope; 0: none do. */
uint32_t scope_stay_of_others(const struct thread *thread);

/* The thread begins. */
void scope_enter_thread(struct thread *thread);

/* The thread ends. */
void scope_leave_all(struct thread *thread);

void scope_reset_after_fork(void);

#endif
