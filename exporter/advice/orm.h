/* Object-relational mappers: which one issued a statement, and what it calls the ways of loading. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_ADVICE_ORM_H
#define NPLUS1_EXPORTER_ADVICE_ORM_H

#include "exporter/model/model.h"

enum orm_fix {
    ORM_MANY,      /* load the rows of all parents */
    ORM_ONE,       /* join the one row of each parent */
    ORM_AGGREGATE, /* one value for each parent */
    ORM_BATCH,     /* write many */
    ORM_PROJECT,   /* load fewer columns */
    ORM_FIXES,
};

struct orm {
    const char *name;
    const char *const *files;      /* parts of the paths of its code that works with objects */
    const char *const *lazy_files; /* among these, the code that loads when an attribute is read */
    const char *fixes[ORM_FIXES];  /* words; %s stands for the table, in quotes */
};

struct orm_use {
    const struct orm *orm; /* NULL: none */
    bool is_lazy;          /* an attribute was read; else it may be a query that the program wrote */
};

/* Sets `orm` of each frame. */
void orm_mark(struct model_frame *frames, uint32_t count);

/* The innermost one on a stack of marked frames: a node of the model, MODEL_NONE: none. */
struct orm_use orm_recognise(const struct model *model, uint32_t stack);

/* The mapper that a file belongs to; NULL: none. */
const struct orm *orm_of_file(const char *file);

/* The mapper's own way to the fix, in words that the caller frees; NULL: it has none. table NULL: unknown. */
char *orm_describe_fix(const struct orm_use *use, enum orm_fix fix, const char *table);

#endif
