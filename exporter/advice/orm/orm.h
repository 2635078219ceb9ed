/* Object-relational mappers: which one issued a statement, and what it calls the ways of loading. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_ADVICE_ORM_ORM_H
#define NPLUS1_EXPORTER_ADVICE_ORM_ORM_H

#include "exporter/advice/orm/table.h"
#include "exporter/model/model.h"

struct orm_use {
    const struct orm *orm; /* NULL: none */
    uint32_t clues;
    const char *permissions; /* static: how the library that checks permissions does it for many objects; NULL: none is there */
};

/* What there is among the frames of a model: most programs have none of it, and their stacks need not be looked through. */
struct orm_marks {
    bool mappers, permissions;
};

/* Sets `orm` of each frame, and what goes with it. */
struct orm_marks orm_mark(struct model_frame *frames, uint32_t count);

/* The innermost one on a stack of marked frames: a node of the model, MODEL_NONE: none. */
struct orm_use orm_recognise(const struct model *model, struct orm_marks marks, uint32_t stack);

/* The mapper that a file belongs to; NULL: none. */
const struct orm *orm_of_file(const char *file);

/* The mapper's own way to the fix, in words that the caller frees; NULL: it has none. table NULL: unknown. */
char *orm_describe_fix(const struct orm_use *use, enum orm_fix fix, const char *table);

#endif
