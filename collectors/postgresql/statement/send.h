/* Beginnings of executions, when a command is sent. slot: where the program called from. */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_STATEMENT_SEND_H
#define NPLUS1_COLLECTORS_POSTGRESQL_STATEMENT_SEND_H

#include "collectors/postgresql/state/command.h"

struct pq_parameters {
    int count;
    const unsigned *types; /* may be NULL, as the three below */
    const char *const *values;
    const int *lengths;
    const int *formats; /* 1: binary */
    bool sized;         /* lengths are those of texts, too; else texts are terminated */
};

/* The statement that a command will execute, and its values: found out before the library gets it, so that what is needed
 * afterwards comes from memory meanwhile. */
struct pq_bound {
    struct probe_statement *statement; /* NULL: not known */
    uint32_t found;                    /* of a text: probe_is_known_still; of a prepared one: pq_prepared_changes */
    struct thread *thread;             /* of a text that is bound by hand: who found it */
    uint32_t elements;                 /* of the longest array among the parameters */
    struct values values;
};

/* Texts of the simple protocol, of any number of statements: parameters is NULL. */
void pq_bind_text(struct thread *thread, struct pq_connection *connection, const char *sql,
                  const struct pq_parameters *parameters, struct pq_bound *ret);
void pq_bind_prepared(struct pq_connection *connection, const char *name, const struct pq_parameters *parameters,
                      struct pq_bound *ret);

/* Commands that were added; NULL: there was no memory to follow it, and its execution is counted all the same. */
void pq_send_text(struct thread *thread, struct pq_connection *connection, struct pq_command *command, const uintptr_t *slot,
                  const char *sql, const struct pq_parameters *parameters, struct pq_bound *bound);
void pq_send_prepared(struct thread *thread, struct pq_connection *connection, struct pq_command *command, const uintptr_t *slot,
                      const char *name, const struct pq_parameters *parameters, struct pq_bound *bound);

/* A text that is sent again and again: it is looked for only when its thread has looked for others since. */
struct pq_text {
    struct thread *thread; /* NULL: it was not looked for */
    struct probe_statement *statement;
    uint32_t found;
};

void pq_text_look(struct thread *thread, struct pq_connection *connection, const char *sql, size_t length, struct pq_text *ret);

static inline void pq_text_find(struct thread *thread, struct pq_connection *connection, const char *sql, size_t length,
                                struct pq_text *text)
{
    if (unlikely(text->thread != thread) || unlikely(!probe_is_known_still(thread, text->found)))
        pq_text_look(thread, connection, sql, length, text);
}

/* The same with values that were bound earlier, by hand. statement: NULL when the name is not known. */
void pq_send_text_bound(struct thread *thread, struct pq_connection *connection, struct pq_command *command,
                        const uintptr_t *slot, const char *sql, struct pq_bound *bound);
void pq_send_prepared_bound(struct thread *thread, struct pq_connection *connection, struct pq_command *command,
                            const uintptr_t *slot, struct probe_statement *statement, const struct pq_bound *bound);

/* The connection's pending command begins; nothing when there is none. thread may be NULL: then it is not counted. errno is
 * preserved. */
void pq_pending_begin(struct thread *thread, struct pq_connection *connection);

/* All return NULL when there is no memory to follow the command; its execution is counted all the same. */
struct pq_command *pq_send_function(struct thread *thread, struct pq_connection *connection, const uintptr_t *slot,
                                    uint64_t since, uint32_t function, const struct values *arguments);
/* These execute nothing. */
struct pq_command *pq_send_prepare(struct thread *thread, struct pq_connection *connection, uint64_t since, const char *name,
                                   const char *sql, int count, const unsigned *types);
struct pq_command *pq_send_close(struct pq_connection *connection, uint64_t since, const char *name);

#endif
