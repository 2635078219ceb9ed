#include "exporter/advice/orm.h"

#include <string.h>

#include "exporter/base/alloc.h"

#define FRAMES_MAX 256
#define PATHS(...)                                                                                                               \
    (const char *const[])                                                                                                        \
    {                                                                                                                            \
        __VA_ARGS__, NULL                                                                                                        \
    }

/* The names of relationships are not in a statement, so they are described by the table that they lead to. */
static const struct orm orms[] = {
    {
        .name = "SQLAlchemy",
        .files = PATHS("/sqlalchemy/orm/"),
        .lazy_files = PATHS("/sqlalchemy/orm/strategies.py"),
        .fixes = {"selectinload(<the relationship to %s>) in the parent query's options()",
                  "joinedload(<the relationship to %s>) in the parent query's options(), or selectinload()",
                  "func.count() or func.sum() with group_by() over %s",
                  "one execute(insert(<the class of %s>), [...]) with all rows, or add_all() and a single flush",
                  "load_only(...) with the columns that are read"},
    },
    {
        .name = "Django",
        .files = PATHS("/django/db/models/"),
        .lazy_files = PATHS("/django/db/models/fields/related_descriptors.py"),
        .fixes = {"prefetch_related(<the relation to %s>) on the parent's queryset",
                  "select_related(<the foreign key to %s>) on the parent's queryset, or prefetch_related()",
                  "annotate() with Count or Sum over the relation to %s on the parent's queryset",
                  "bulk_create() or bulk_update() of %s", "only() or values() with the columns that are read"},
    },
    {
        .name = "peewee",
        .files = PATHS("/peewee.py"),
        .lazy_files = NULL,
        .fixes = {"prefetch(<the parent's query>, <the model of %s>)",
                  "join(<the model of %s>) in the parent's query, with its columns in select()",
                  "fn.COUNT() or fn.SUM() with group_by() over %s", "insert_many() or bulk_create() of %s within atomic()",
                  "select() with the columns that are read"},
    },
    {
        .name = "Pony",
        .files = PATHS("/pony/orm/"),
        .lazy_files = NULL,
        .fixes = {"prefetch(<the attribute that leads to %s>) on the parent's query",
                  "prefetch(<the attribute that leads to %s>) on the parent's query",
                  "count() or sum() over %s in the parent's generator", NULL, "select the attributes that are read"},
    },
    {
        .name = "ActiveRecord",
        .files = PATHS("/active_record/relation", "/active_record/associations", "/active_record/core", "/active_record/querying",
                       "/active_record/statement_cache", "/active_record/persistence"),
        .lazy_files = PATHS("/active_record/associations"),
        .fixes = {"includes(<the association to %s>) or preload() on the parent's relation",
                  "includes(<the association to %s>), or eager_load() for a JOIN, on the parent's relation",
                  "group(<the key>) with count or sum over %s, or a counter cache", "insert_all or upsert_all into %s",
                  "select() or pluck() with the columns that are read"},
    },
    {
        .name = "Sequel",
        .files = PATHS("/sequel/model"),
        .lazy_files = PATHS("/sequel/model/associations"),
        .fixes = {"eager(<the association to %s>) on the parent's dataset",
                  "eager_graph(<the association to %s>) for a JOIN, or eager(), on the parent's dataset",
                  "select_group() with a count or sum over %s", "multi_insert or import into %s",
                  "select() with the columns that are read"},
    },
    {
        .name = "DBIx::Class",
        .files = PATHS("/DBIx/Class/"),
        .lazy_files = PATHS("/DBIx/Class/Relationship/"),
        .fixes = {"prefetch => <the relationship to %s> in the parent's search()",
                  "prefetch => <the relationship to %s> in the parent's search()",
                  "a search() of %s with select, as and group_by", "populate([...]) of %s",
                  "columns => [...] with the columns that are read"},
    },
    {
        .name = "Doctrine",
        .files = PATHS("/Doctrine/ORM/", "/doctrine/orm/"),
        .lazy_files = PATHS("/PersistentCollection.php", "/Proxy/"),
        .fixes = {"a fetch join, leftJoin() with addSelect(), over the association to %s in the parent's query",
                  "a fetch join, leftJoin() with addSelect(), over the association to %s in the parent's query",
                  "COUNT() or SUM() with groupBy() over %s", "persist() of all of %s and a single flush()",
                  "a partial or scalar select of what is read"},
    },
    {
        .name = "Eloquent",
        .files = PATHS("/Illuminate/Database/Eloquent/"),
        .lazy_files = PATHS("/Illuminate/Database/Eloquent/Concerns/HasAttributes.php"),
        .fixes = {"with(<the relation to %s>) on the parent's query", "with(<the relation to %s>) on the parent's query",
                  "withCount() or withSum() of the relation to %s on the parent's query", "insert([...]) or upsert() into %s",
                  "select() with the columns that are read"},
    },
};

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
    for (size_t i = 0; i < sizeof orms / sizeof *orms; i++) {
        if (is_among(file, orms[i].files))
            return &orms[i];
    }
    return NULL;
}

void orm_mark(struct model_frame *frames, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        frames[i].orm = frames[i].file && !frames[i].in_app ? orm_of_file(frames[i].file) : NULL;
}

struct orm_use orm_recognise(const struct model *model, uint32_t stack)
{
    struct orm_use use = {.orm = NULL};
    for (int depth = 0; stack != MODEL_NONE && depth < FRAMES_MAX; depth++, stack = model->nodes[stack].parent) {
        const struct model_frame *frame = &model->frames[model->nodes[stack].frame];
        if (!frame->file)
            continue;
        if (frame->in_app && use.orm)
            break; /* this called the mapper */
        use.orm = use.orm ? use.orm : frame->orm;
        use.is_lazy |= use.orm && is_among(frame->file, use.orm->lazy_files);
    }
    return use;
}

char *orm_describe_fix(const struct orm_use *use, enum orm_fix fix, const char *table)
{
    const char *words = use->orm ? use->orm->fixes[fix] : NULL;
    if (!words)
        return NULL;
    const char *at = strstr(words, "%s");
    const char *condition = (fix == ORM_MANY || fix == ORM_ONE) && !use->is_lazy && use->orm->lazy_files
                                ? ", where the rows are those of a relationship"
                                : "";
    if (!at)
        return alloc_format("with %s: %s", use->orm->name, words);
    const char *quote = table ? "\"" : "";
    return alloc_format("with %s%s: %.*s%s%s%s%s", use->orm->name, condition, (int)(at - words), words, quote,
                        table ? table : "the table", quote, at + 2);
}
