/* The report model: what one or more recordings say together, ready to be written in any format.
 *
 * Plain data, read-only once built; it owns everything that it points to. Filling it is for one thread, reading is safe from any.
 * Every text is valid UTF-8 without a NUL, but may hold control characters. The same recordings give the same model, in whatever
 * order they are named.
 */
#ifndef NPLUS1_EXPORTER_MODEL_MODEL_H
#define NPLUS1_EXPORTER_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/base/clean_text.h"
#include "exporter/stream/reader.h"
#include "exporter/stream/sums.h"
#include "exporter/stream/verdict.h"

#define MODEL_NONE UINT32_MAX /* an index of nothing */

enum model_ended {
    MODEL_ENDED_EXIT,
    MODEL_ENDED_KILLED,
    MODEL_ENDED_RUNNING,
};

struct model_process {
    uint32_t pid;
    const char *program;
    const char *name; /* what people call it: its script, where an interpreter runs one */
    const char *exe;  /* may be NULL */
    const char **command;
    size_t command_count;
    const char *working_directory; /* may be NULL */
    uint64_t started_unix_ns;      /* 0: unknown */
    enum model_ended ended;
    const char *other_host; /* where it may still run although it counts as killed; NULL: it ran on this one */
    const char *recording;
    uint64_t left_out; /* executions that belong to no group */
    uint64_t left_out_groups;
    uint64_t left_out_connections; /* that were not followed, and may have executed anything */
    enum stream_end end;
    uint64_t skipped;   /* records that could not be read or refer to nothing */
    const char **notes; /* what the agent could not do */
    size_t note_count;
};

struct orm; /* orm.h */

struct model_frame {
    const char *function; /* "?" when unknown */
    const char *file;     /* NULL: unknown */
    uint32_t line;        /* 0: unknown */
    const char *module;   /* NULL: unknown, or a language frame without one */
    uint64_t offset;      /* the address in the module where no line is known, else 0 */
    const char *language;
    bool in_app;
    bool is_main;            /* of the program's own executable */
    const struct orm *orm;   /* the object-relational mapper that it belongs to; NULL: none, or not asked for (orm_mark) */
    bool is_library;         /* the database's client library, or the agent */
    uint32_t orm_clues;      /* what the frame says of a statement, enum orm_clue; 0: not asked for */
    const char *permissions; /* how the library does it for many objects; NULL: it checks none (orm.h) */
    uint8_t rank;            /* how well it says where a statement comes from; set once all are known */
    bool is_wrapper;         /* most statements come through it, from many places: it says nothing */
    bool is_test_client;     /* it asks an application of the same process for a page, as nobody outside can see */
    bool hides_callers;      /* it goes on with what functions began that stand on no stack any more, or on none that is read */
    bool is_setup;           /* a package's, which makes and changes tables */
};

/* A call stack is a node and its parents, innermost first. A node's parent has a smaller index. */
struct model_node {
    uint32_t parent;
    uint32_t frame;
    uint32_t place; /* the node of the stack from here outwards that says best where a statement comes from; set with the ranks */
    uint32_t request;  /* the innermost node from here outwards that is a test's client; MODEL_NONE: there is none; likewise */
    bool is_cut;       /* an outermost one: in some stack frames are missing outside of it */
    bool is_suspended; /* in some stack the frame stood on no thread's: its function awaited what the one inside of it did, or its
                          answer */
};

struct model_statement {
    uint64_t fingerprint;
    const char *text;
    uint64_t length; /* of the whole text; text may be cut */
    uint32_t verb;   /* enum Verb of nplus1.proto */
    uint32_t facts;  /* bits of StatementFact, see there */
};

struct model_database {
    uint32_t system; /* enum System of nplus1.proto */
    const char *name;
    const char *host; /* may be NULL */
};

/* Counters, facts and the like have the names of fields.h; times are in nanoseconds. */
struct model_group {
    uint32_t statement;
    uint32_t database; /* MODEL_NONE: unknown */
    uint32_t stack;    /* innermost node; MODEL_NONE: none could be taken */
    bool has_stack;    /* a whole one */
    bool handed_out;   /* once for each row of a result, to processes that the one with the result forked */
    uint32_t location; /* frame; MODEL_NONE: none */
    uint32_t edge;     /* the best edge that leads here; MODEL_NONE: none */
    uint32_t second;   /* the best of the others that explain the same parameter; MODEL_NONE: none */
    uint32_t also;     /* the one of `also_count` edges that explains most executions beside those of `edge`; MODEL_NONE: none */
    uint32_t also_count;
    uint32_t companion;       /* edge: another parameter's, that stood in the same rows as that of `edge`; MODEL_NONE: none */
    uint32_t finding;         /* MODEL_NONE: none */
    uint32_t next_of_finding; /* the next group of its finding, on another database; MODEL_NONE: none */
    uint64_t site; /* name that is the same in every run and when lines move; groups of several databases can share one */
    uint64_t threshold;
    SUMS_MEMBERS(COUNTER_FIELDS, counters);
    struct fact_sums facts;
    uint32_t visit; /* the first of its visits; those of one group stand together, most executions first */
    uint32_t visit_count;
    uint32_t tally; /* the first of its classes of errors; those of one group stand together, most executions first */
    uint32_t tally_count;
    /* Of the process with the most: what happens once in each of several is no loop. */
    uint64_t distinct_in_process;
    uint64_t repeated_in_process;
    uint64_t bytes_in; /* that COPY took from the program */
    uint64_t bytes_out;
};

/* Errors of a group. */
struct model_tally {
    uint32_t group;
    const char *name; /* class of their SQLSTATE, "": they had none */
    SUMS_MEMBERS(TALLY_FIELDS, counters);
};

/* A group in a scope. */
struct model_visit {
    uint32_t group;
    const char *scope;
    bool allows; /* what runs in it is meant, and its name says why */
    SUMS_MEMBERS(VISIT_FIELDS, counters);
};

struct model_edge {
    uint32_t parent; /* group */
    uint32_t child;  /* group */
    uint32_t column;
    uint32_t parameter;        /* the ? of the statement's text; as recorded where that is not known */
    bool parameter_is_shown;   /* it is known */
    const char *column_name;   /* NULL: unknown */
    const char *column_source; /* the table's column that this name stands for: posts.author_id; NULL: that is its name */
    uint32_t next_companion;   /* of the child's, by the number of their parameters; MODEL_NONE: none */
    union {
        SUMS_MEMBERS(EDGE_FIELDS, counters);
        struct edge_sums sums;
    };
};

struct model_advice {
    const char *strategy;
    const char *text;
    const char *sql; /* NULL: none */
    bool joins;      /* it does the parent's work as well */
};

struct model_finding {
    enum verdict_kind kind;
    enum verdict_confidence confidence;
    uint64_t signature;
    uint64_t first;     /* signature of the first one of the same site, as of a recursion's: this is no other problem */
    uint32_t group;     /* of those on several databases the one whose numbers these are */
    uint32_t databases; /* on which the place works so */
    uint32_t parent;    /* group; MODEL_NONE: unknown */
    uint32_t edge;      /* to the parent; MODEL_NONE: none */
    uint32_t root;      /* group; the finding's own one when no parent is known */
    uint32_t loop;      /* frame of the child's stack at which the loop stands; MODEL_NONE: unknown */
    bool is_tied;       /* the group's second edge explains the parameter as well: neither parent is sure */
    uint64_t executions;
    uint64_t distinct_values;
    uint64_t episodes; /* executions of the parent, or else units of work */
    uint64_t max_per_episode;
    uint64_t time_ns;               /* of a write loop with the commits of its transactions */
    uint64_t executions_everywhere; /* on all of its databases */
    uint64_t time_ns_everywhere;
    const char *allowed;         /* why all of its executions are meant; NULL: not all are */
    bool is_setup;               /* so it is as packages alone set a database up; else the program says so */
    uint64_t repeated_elsewhere; /* what the group, and others with its statement, repeat from different stacks */
    struct model_advice advice;
};

struct model_totals {
    uint64_t executions; /* with those that were left out */
    uint64_t statements; /* different fingerprints */
    uint64_t groups;
    uint64_t rows;
    uint64_t time_ns;
    uint64_t errors;
    uint64_t left_out;
};

struct model {
    struct model_process *processes;
    uint32_t process_count;
    struct model_frame *frames;
    uint32_t frame_count;
    struct model_node *nodes;
    uint32_t node_count;
    struct model_statement *statements;
    uint32_t statement_count;
    struct model_database *databases;
    uint32_t database_count;
    struct model_group *groups; /* a group's id is its index + 1 */
    uint32_t group_count;
    struct model_edge *edges;
    uint32_t edge_count;
    struct model_visit *visits;
    uint32_t visit_count;
    bool is_suite; /* the program asked for the findings of its scopes, as tests do */
    struct model_tally *tallies;
    uint32_t tally_count;
    struct model_finding *findings; /* most executions first, what is allowed last */
    uint32_t finding_count;
    struct model_finding *elsewhere; /* the same places on further databases, each with its own numbers */
    uint32_t elsewhere_count;
    uint32_t hidden_findings; /* that somebody did not ask for (filter.h) */
    struct model_totals totals;
    const char **notes; /* what is missing from this model and why, a line each */
    uint32_t note_count;
    struct text_pool pool; /* of its texts */
};

struct model *model_create(void);        /* empty, to be filled */
void model_destroy(struct model *model); /* takes NULL */

bool model_is_readable(const struct model_process *process); /* all that its file was written: it is neither cut nor damaged */
bool model_is_complete(const struct model_process *process); /* and there was room for all */
bool model_has_all(const struct model *model);               /* every process is complete */
bool model_is_start_code(const char *function);              /* libc's, which calls main; takes NULL */

uint32_t model_system(const struct model *model, uint32_t group); /* enum System of nplus1.proto, of its database */

/* Copies the note; equal ones are kept once, and no more than a reader wants to see. */
void model_add_note(struct model *model, const char *note);

/* Of all groups of the finding: an index of findings, or MODEL_NONE. */
void model_set_finding(struct model *model, const struct model_finding *finding, uint32_t index);

#endif
