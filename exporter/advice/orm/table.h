/* The mappers, and what frames of theirs and of other libraries tell. Static data, safe from any thread. */
#ifndef NPLUS1_EXPORTER_ADVICE_ORM_TABLE_H
#define NPLUS1_EXPORTER_ADVICE_ORM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum orm_fix {
    ORM_MANY,      /* load the rows of all parents */
    ORM_ONE,       /* join the one row of each parent */
    ORM_AGGREGATE, /* one value for each parent */
    ORM_EXISTS,    /* whether each parent has rows */
    ORM_INSERT,    /* write many */
    ORM_UPDATE,
    ORM_DELETE,
    ORM_PROJECT,  /* load fewer columns */
    ORM_RELOAD,   /* a row that is in memory was loaded again because the program asked for that */
    ORM_DEFERRED, /* because the parent's query left a column out */
    ORM_EXPIRED,  /* because a commit made it stale */
    ORM_SUBCLASS, /* because its class has columns in a table of its own */
    ORM_TREE,     /* load a tree by levels or at once */
    ORM_UNIQUE,   /* look many keys up before they are written */
    ORM_INVERSE,  /* the side of a one-to-one relation that has no foreign key */
    ORM_FIXES,
};

/* What the frames of a stack say beside the mapper's name, as bits. */
enum orm_clue {
    ORM_CLUE_LAZY = 1 << 0, /* an attribute was read; else it may be a query that the program wrote */
    ORM_CLUE_RELOAD = 1 << 1,
    ORM_CLUE_DEFERRED = 1 << 2,
    ORM_CLUE_EXPIRED = 1 << 3,
    ORM_CLUE_UNIQUE = 1 << 4, /* a uniqueness validation, or a look-up that creates what is not there */
    ORM_CLUE_INVERSE = 1 << 5,
    ORM_CLUE_PEERS = 1 << 6, /* the mapper can load for all objects that were loaded together */
};

struct orm {
    const char *name;
    const char *const *files;     /* parts of the paths of its code that works with objects */
    const char *fixes[ORM_FIXES]; /* words; %s stands for the table, in quotes; NULL: it has none */
    bool tells_lazy;              /* its frames say whether an attribute was read */
    const char *peers;            /* its words for ORM_CLUE_PEERS */
};

/* A frame that tells something: in code of this mapper, whose path and function's name hold these. */
struct orm_sign {
    const char *file;
    const char *function; /* NULL: any */
    uint32_t clues;
};

/* A library that checks permissions. */
struct orm_permissions {
    const char *file;
    const char *words;
};

extern const struct orm orm_table[];
extern const size_t orm_table_count;
extern const struct orm_sign orm_signs[];
extern const size_t orm_sign_count;
extern const struct orm_permissions orm_permissions[];
extern const size_t orm_permissions_count;

#endif
