#include "exporter/advice/orm/orm.h"

#include <string.h>

#include "exporter/base/alloc.h"

#define FRAMES_MAX 256

static bool is_among(const char *file, const char *const *parts)
{
    for (; parts && *parts; parts++) {
        if (strstr(file, *parts))
            return true;
    }
    return false;
}

const struct orm *orm_of_file(const char *file)
{
    for (size_t i = 0; i < orm_table_count; i++) {
        if (is_among(file, orm_table[i].files))
            return &orm_table[i];
    }
    return NULL;
}

static uint32_t clues_of(const struct model_frame *frame)
{
    uint32_t clues = 0;
    for (size_t i = 0; i < orm_sign_count; i++) {
        const struct orm_sign *sign = &orm_signs[i];
        if (strstr(frame->file, sign->file) && (!sign->function || (frame->function && strstr(frame->function, sign->function))))
            clues |= sign->clues;
    }
    return clues;
}

static const char *permissions_of(const char *file)
{
    for (size_t i = 0; i < orm_permissions_count; i++) {
        if (strstr(file, orm_permissions[i].file))
            return orm_permissions[i].words;
    }
    return NULL;
}

struct orm_marks orm_mark(struct model_frame *frames, uint32_t count)
{
    struct orm_marks marks = {0};
    for (uint32_t i = 0; i < count; i++) {
        struct model_frame *frame = &frames[i];
        bool is_of_library = frame->file && !frame->in_app;
        frame->orm = is_of_library ? orm_of_file(frame->file) : NULL;
        frame->orm_clues = is_of_library ? clues_of(frame) : 0;
        frame->permissions = is_of_library ? permissions_of(frame->file) : NULL;
        marks.mappers = marks.mappers || frame->orm;
        marks.permissions = marks.permissions || frame->permissions;
    }
    return marks;
}

/* Signs stand between the mapper's frames and the program's: a validator calls the mapper as the mapper calls a driver. A library
 * that asks the program for permissions stands beyond the program's own frames. */
struct orm_use orm_recognise(const struct model *model, struct orm_marks marks, uint32_t stack)
{
    struct orm_use use = {.orm = NULL};
    bool is_inside = marks.mappers;
    for (int depth = 0; (is_inside || (marks.permissions && !use.permissions)) && stack != MODEL_NONE && depth < FRAMES_MAX;
         depth++, stack = model->nodes[stack].parent) {
        const struct model_frame *frame = &model->frames[model->nodes[stack].frame];
        if (!frame->file)
            continue;
        if (frame->in_app && use.orm)
            is_inside = false; /* this called the mapper */
        if (is_inside) {
            use.orm = use.orm ? use.orm : frame->orm;
            use.clues |= use.orm ? frame->orm_clues : 0;
        }
        use.permissions = use.permissions ? use.permissions : frame->permissions;
    }
    return use;
}

char *orm_describe_fix(const struct orm_use *use, enum orm_fix fix, const char *table)
{
    const char *words = use->orm ? use->orm->fixes[fix] : NULL;
    if (!words)
        return NULL;
    const char *at = strstr(words, "%s");
    bool loads = fix == ORM_MANY || fix == ORM_ONE || fix == ORM_INVERSE;
    const char *condition = loads && !(use->clues & ORM_CLUE_LAZY) && use->orm->tells_lazy
                                ? ", where the rows are those of a relationship"
                                : "";
    bool has_peers = (fix == ORM_ONE || fix == ORM_DEFERRED) && (use->clues & ORM_CLUE_PEERS) && use->orm->peers;
    const char * or = has_peers ? ", or " : "";
    const char *peers = has_peers ? use->orm->peers : "";
    if (!at)
        return alloc_format("with %s: %s%s%s", use->orm->name, words, or, peers);
    const char *quote = table ? "\"" : "";
    return alloc_format("with %s%s: %.*s%s%s%s%s%s%s", use->orm->name, condition, (int)(at - words), words, quote,
                        table ? table : "the table", quote, at + 2, or, peers);
}
