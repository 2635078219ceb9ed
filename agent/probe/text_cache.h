/* The texts that a thread sent lately, as statements: what is on the path of every prepare and of every command that carries its
 * text.
 *
 * A text that was seen before, or that differs from one in the values of its literals alone (template.h), is recognised without
 * lexing it; other texts are lexed and take the place of an older one. Each remembers the stack and the group of its last
 * execution, as a prepared statement does.
 *
 * Per thread and without a lock; bounded.
 */
#ifndef NPLUS1_AGENT_PROBE_TEXT_CACHE_H
#define NPLUS1_AGENT_PROBE_TEXT_CACHE_H

#include <stddef.h>

struct probe_statement;
struct sql_dialect;
struct thread;

/* sql need not be terminated. The statement's text is filled, the rest is as its last user left it, zeroed at first; it stays the
 * thread's, and is valid until the next call. NULL: no memory. */
struct probe_statement *text_find(struct thread *thread, const struct sql_dialect *dialect, const char *sql, size_t length);

#endif
