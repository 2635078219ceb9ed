#include "exporter/advice/orm/table.h"

#define PATHS(...)                                                                                                               \
    (const char *const[])                                                                                                        \
    {                                                                                                                            \
        __VA_ARGS__, NULL                                                                                                        \
    }

/* The names of relationships are not in a statement, so they are described by the table that they lead to. */
const struct orm orm_table[] = {
    {
        .name = "SQLAlchemy",
        .files = PATHS("/sqlalchemy/orm/"),
        .tells_lazy = true,
        .fixes =
            {
                [ORM_MANY] = "selectinload(<the relationship to %s>) in the parent query's options()",
                [ORM_ONE] = "joinedload(<the relationship to %s>) in the parent query's options(), or selectinload()",
                [ORM_AGGREGATE] = "func.count() or func.sum() with group_by() over %s",
                [ORM_EXISTS] = "one select of the keys of %s that are there, with distinct(), or <the relationship>.any() as a "
                               "column of the parent's query",
                [ORM_INSERT] =
                    "one execute(insert(<the class of %s>), [...]) with all rows, or .values([...]) for one statement, or "
                    "add_all() and a single flush",
                [ORM_UPDATE] = "one execute(update(<the class of %s>).where(<its key>.in_([...]))), or bulk_update_mappings()",
                [ORM_DELETE] = "one execute(delete(<the class of %s>).where(<its key>.in_([...])))",
                [ORM_PROJECT] = "load_only(...) with the columns that are read",
                [ORM_RELOAD] = "leave refresh() out, or load all of %s again by one query with populate_existing()",
                [ORM_DEFERRED] = "undefer() of the column in the parent query's options()",
                [ORM_EXPIRED] = "commit once behind the loop, or Session(expire_on_commit=False)",
                [ORM_SUBCLASS] = "selectin_polymorphic() or with_polymorphic() in the parent's query",
                [ORM_TREE] = "selectinload() for each level, join_depth on the relationship, or a cte(recursive=True) of %s",
                [ORM_UNIQUE] = "one select of %s with <the key>.in_([...]), or insert() with on_conflict_do_nothing()",
            },
    },
    {
        .name = "Django",
        .files = PATHS("/django/db/models/"),
        .tells_lazy = true,
        .peers = "fetch_mode(FETCH_PEERS) on the parent's queryset",
        .fixes =
            {
                [ORM_MANY] = "prefetch_related(<the relation to %s>) on the parent's queryset",
                [ORM_ONE] = "select_related(<the foreign key to %s>) on the parent's queryset, or prefetch_related()",
                [ORM_AGGREGATE] = "annotate() with Count or Sum over the relation to %s on the parent's queryset",
                [ORM_EXISTS] = "annotate() with Exists(<a queryset of %s with OuterRef>) on the parent's queryset",
                [ORM_INSERT] = "bulk_create() of %s",
                [ORM_UPDATE] = "bulk_update() of %s, or update() with F() on a queryset where the new values follow from a rule",
                [ORM_DELETE] = "filter(pk__in=[...]).delete() of %s",
                [ORM_PROJECT] = "only() or values() with the columns that are read",
                [ORM_RELOAD] = "leave refresh_from_db() out, or load all of %s again by one filter(pk__in=[...])",
                [ORM_DEFERRED] = "name the column in only(), or take it out of defer(), on the queryset of %s",
                [ORM_TREE] = "one filter(parent__in=[...]) of %s for each level, or a recursive CTE",
                [ORM_UNIQUE] =
                    "one filter(<the key>__in=[...]) or in_bulk() of %s, then bulk_create() with ignore_conflicts=True "
                    "or update_conflicts=True",
            },
    },
    {
        .name = "peewee",
        .files = PATHS("/peewee.py"),
        .fixes =
            {
                [ORM_MANY] = "prefetch(<the parent's query>, <the model of %s>)",
                [ORM_ONE] = "join(<the model of %s>) in the parent's query, with its columns in select()",
                [ORM_AGGREGATE] = "fn.COUNT() or fn.SUM() with group_by() over %s",
                [ORM_EXISTS] = "select(<the key>).distinct() of %s, with the parents' keys in where()",
                [ORM_INSERT] = "insert_many() or bulk_create() of %s within atomic()",
                [ORM_UPDATE] = "bulk_update() of %s within atomic(), or update() with where(<the key>.in_([...]))",
                [ORM_DELETE] = "delete() of %s with where(<the key>.in_([...]))",
                [ORM_PROJECT] = "select() with the columns that are read",
                [ORM_RELOAD] = "select() with all columns in the parent's query of %s",
                [ORM_TREE] = "one where(<the parent>.in_([...])) of %s for each level, or cte() with union_all()",
                [ORM_UNIQUE] = "one where(<the key>.in_([...])) of %s, or insert_many() with on_conflict_ignore()",
            },
    },
    {
        .name = "Pony",
        .files = PATHS("/pony/orm/"),
        .tells_lazy = true,
        .fixes =
            {
                [ORM_MANY] = "prefetch(<the attribute that leads to %s>) on the parent's query",
                [ORM_ONE] = "prefetch(<the attribute that leads to %s>) on the parent's query",
                [ORM_AGGREGATE] =
                    "count() or sum() over %s in the parent's generator: select((p, count(p.<attribute>)) for p in ...)",
                [ORM_EXISTS] = "a condition over %s in the parent's generator",
                [ORM_INSERT] =
                    "one commit() behind the loop, or the database's execute() of one INSERT into %s with many rows, for Pony "
                    "inserts object by object",
                [ORM_UPDATE] = "one commit() behind the loop, or the database's execute() of one UPDATE of %s, for Pony updates "
                               "object by object",
                [ORM_DELETE] = "select(x for x in <the entity of %s> if ...).delete(bulk=True); without bulk=True it deletes "
                               "object by object",
                [ORM_PROJECT] = "select the attributes that are read",
                [ORM_DEFERRED] = "prefetch(<the lazy attribute of %s>) on the parent's query, or lazy=False where it is declared",
                [ORM_UNIQUE] = "one select(x for x in <the entity of %s> if x.<key> in [...])",
                [ORM_INVERSE] =
                    "one select(x for x in <the entity of %s>)[:] before the loop, whose objects the attribute finds in the "
                    "session: prefetch() does not reach the side without a column",
            },
    },
    {
        .name = "Storm",
        .files = PATHS("/storm/store.py", "/storm/references.py", "/storm/sqlobject.py"),
        .tells_lazy = true,
        .fixes =
            {
                [ORM_MANY] = "one find(<the class of %s>, <its key>.is_in([...])) for all parents",
                [ORM_ONE] =
                    "find((<the parent's class>, <the class of %s>), <the join>), whose objects the references then meet in the "
                    "store's cache",
                [ORM_AGGREGATE] = "find((<the key>, Count()), ...).group_by(<the key>) of %s",
                [ORM_EXISTS] = "find(...).config(distinct=True).values(<the key>) of %s",
                [ORM_INSERT] = "execute(Insert(<the columns>, values=[...], table=<the class of %s>))",
                [ORM_UPDATE] = "find(<the class of %s>, <its key>.is_in([...])).set(...)",
                [ORM_DELETE] = "find(<the class of %s>, <its key>.is_in([...])).remove()",
                [ORM_PROJECT] = "find(...).values() with the columns that are read",
                [ORM_EXPIRED] =
                    "commit once behind the loop: commit() makes each object of %s be loaded anew; find() of all of them "
                    "loads them again at once",
            },
    },
    {
        .name = "ActiveRecord",
        .files = PATHS("/active_record/relation", "/active_record/associations", "/active_record/core", "/active_record/querying",
                       "/active_record/statement_cache", "/active_record/persistence", "/active_record/validations",
                       "/active_record/transactions"),
        .tells_lazy = true,
        .fixes =
            {
                [ORM_MANY] = "includes(<the association to %s>) or preload() on the parent's relation",
                [ORM_ONE] = "includes(<the association to %s>), or eager_load() for a JOIN, on the parent's relation",
                [ORM_AGGREGATE] = "group(<the key>) with count or sum over %s, or a counter cache",
                [ORM_EXISTS] =
                    "where(<the key>: [...]).distinct.pluck(<the key>) of %s, or includes() and any? where the rows are "
                    "needed anyway",
                [ORM_INSERT] = "insert_all or upsert_all into %s",
                [ORM_UPDATE] = "update_all where all of %s get the same values, else upsert_all",
                [ORM_DELETE] = "where(<the key>: [...]).delete_all of %s",
                [ORM_PROJECT] = "select() or pluck() with the columns that are read",
                [ORM_RELOAD] = "leave reload out, or load all of %s again by one where(id: [...])",
                [ORM_TREE] = "one where(parent_id: [...]) of %s for each level, or WITH RECURSIVE",
                [ORM_UNIQUE] =
                    "one where(<the key>: [...]).pluck of %s, or insert_all or upsert_all with unique_by and a unique index",
            },
    },
    {
        .name = "Sequel",
        .files = PATHS("/sequel/model", "/sequel/plugins/", "/sequel/dataset/"),
        .tells_lazy = true,
        .fixes =
            {
                [ORM_MANY] = "eager(<the association to %s>) on the parent's dataset",
                [ORM_ONE] = "eager_graph(<the association to %s>) for a JOIN, or eager(), on the parent's dataset",
                [ORM_AGGREGATE] = "select_group() with a count or sum over %s",
                [ORM_EXISTS] = "where(<the key>: [...]).distinct.select_map(<the key>) of %s",
                [ORM_INSERT] = "multi_insert or import into %s",
                [ORM_UPDATE] = "where(<the key>: [...]).update(...) of %s where all get the same values",
                [ORM_DELETE] = "where(<the key>: [...]).delete of %s",
                [ORM_PROJECT] = "select() with the columns that are read",
                [ORM_RELOAD] = "leave refresh out, or load all of %s again by one where(id: [...])",
                [ORM_TREE] = "the plugin rcte_tree with eager(:descendants) on %s",
                [ORM_UNIQUE] = "one where(<the key>: [...]).select_map of %s, or insert_conflict.multi_insert",
            },
    },
    {
        .name = "DBIx::Class",
        .files = PATHS("/DBIx/Class/"),
        .tells_lazy = true,
        .fixes =
            {
                [ORM_MANY] = "prefetch => <the relationship to %s> in the parent's search()",
                [ORM_ONE] = "prefetch => <the relationship to %s> in the parent's search()",
                [ORM_AGGREGATE] = "a search() of %s with select, as and group_by",
                [ORM_EXISTS] = "a search() of %s with columns => <the key>, distinct => 1",
                [ORM_INSERT] = "populate([...]) of %s in one transaction, which still executes its INSERT for each row, or the "
                               "storage's dbh_do() with one INSERT of many rows",
                [ORM_UPDATE] = "search({<the key> => [...]})->update({...}) of %s where all get the same values",
                [ORM_DELETE] = "search({<the key> => [...]})->delete of %s",
                [ORM_PROJECT] = "columns => [...] with the columns that are read",
                [ORM_RELOAD] = "leave discard_changes out, or load all of %s again by one search()",
                [ORM_TREE] = "one search({<the parent> => [...]}) of %s for each level, or WITH RECURSIVE",
                [ORM_UNIQUE] = "one search({<the key> => [...]}) of %s, then populate() of those that are not there",
            },
    },
    {
        .name = "Doctrine",
        .files = PATHS("/Doctrine/ORM/", "/doctrine/orm/"),
        .tells_lazy = true,
        .fixes =
            {
                [ORM_MANY] = "a fetch join, leftJoin() with addSelect(), over the association to %s in the parent's query",
                [ORM_ONE] = "a fetch join, leftJoin() with addSelect(), over the association to %s in the parent's query",
                [ORM_AGGREGATE] = "COUNT() or SUM() with groupBy() over %s",
                [ORM_EXISTS] = "one query of the distinct keys of %s, or EXISTS in the parent's DQL",
                [ORM_INSERT] = "persist() of all of %s and a single flush(), one transaction with an INSERT for each, or the "
                               "connection's executeStatement() of one INSERT with many rows",
                [ORM_UPDATE] =
                    "one DQL UPDATE of %s with WHERE ... IN (:keys), or a single flush() for all, one transaction with "
                    "an UPDATE for each",
                [ORM_DELETE] = "one DQL DELETE of %s with WHERE ... IN (:keys)",
                [ORM_PROJECT] = "a partial or scalar select of what is read",
                [ORM_RELOAD] = "leave refresh() out, or load all of %s again by one query with the hint HINT_REFRESH",
                [ORM_TREE] = "one findBy() of %s with the list of parents for each level, or WITH RECURSIVE",
                [ORM_UNIQUE] = "one findBy() of %s with the list of keys",
                [ORM_INVERSE] =
                    "%s is on the owning side of a one-to-one association, so that its inverse side cannot be lazy: fetch-join "
                    "it, leftJoin() with addSelect(), or make the parent the owning side",
            },
    },
    {
        .name = "Eloquent",
        .files = PATHS("/Illuminate/Database/Eloquent/"),
        .tells_lazy = true,
        .fixes =
            {
                [ORM_MANY] = "with(<the relation to %s>) on the parent's query",
                [ORM_ONE] = "with(<the relation to %s>) on the parent's query",
                [ORM_AGGREGATE] = "withCount() or withSum() of the relation to %s on the parent's query",
                [ORM_EXISTS] = "withExists() of the relation to %s on the parent's query",
                [ORM_INSERT] = "insert([...]) or upsert() into %s",
                [ORM_UPDATE] = "upsert() into %s, or whereIn(<the key>, [...])->update() where all get the same values",
                [ORM_DELETE] = "whereIn(<the key>, [...])->delete() of %s; destroy([...]) deletes one by one",
                [ORM_PROJECT] = "select() with the columns that are read",
                [ORM_RELOAD] = "leave refresh() and fresh() out, or fresh() on the collection of %s",
                [ORM_TREE] = "one whereIn(<the parent>, [...]) of %s for each level, or WITH RECURSIVE",
                [ORM_UNIQUE] = "one whereIn(<the key>, [...])->pluck() of %s, or upsert() or insertOrIgnore()",
            },
    },
    {
        .name = "Yii",
        .files = PATHS("/yiisoft/yii2/db/"),
        .fixes =
            {
                [ORM_MANY] = "with(<the relation to %s>) on the parent's query",
                [ORM_ONE] = "with(<the relation to %s>) on the parent's query, or joinWith()",
                [ORM_AGGREGATE] = "one query of %s with select() of the key and COUNT(*) or SUM(), groupBy() and asArray()",
                [ORM_EXISTS] = "one query of %s with select() of the key, where() its list, and column()",
                [ORM_INSERT] = "createCommand()->batchInsert() into %s",
                [ORM_UPDATE] = "updateAll() of %s with the list of keys, where all get the same values",
                [ORM_DELETE] = "deleteAll() of %s with the list of keys",
                [ORM_PROJECT] = "select() with the columns that are read",
                [ORM_RELOAD] = "leave refresh() out, or load all of %s again by one findAll([...])",
                [ORM_TREE] = "one where() of %s with the list of parents for each level, or withQuery() for WITH RECURSIVE",
                [ORM_UNIQUE] = "one where() of %s with the list of keys, or createCommand()->upsert()",
            },
    },
    {
        .name = "TypeORM",
        .files = PATHS("/node_modules/typeorm/"),
        .fixes =
            {
                [ORM_MANY] = "relations: { <the relation to %s>: true } in the parent's find(), with relationLoadStrategy: "
                             "'query' where the rows are many",
                [ORM_ONE] = "relations: { <the relation to %s>: true } in the parent's find(), or leftJoinAndSelect()",
                [ORM_AGGREGATE] = "one query builder over %s with COUNT or SUM, groupBy() and getRawMany()",
                [ORM_EXISTS] = "one find() of the keys of %s that are there, where: { <the key>: In([...]) }",
                [ORM_INSERT] = "one insert([...]) of %s, or one save([...]) with all entities",
                [ORM_UPDATE] = "one update({ <its key>: In([...]) }, ...) of %s, or one upsert([...])",
                [ORM_DELETE] = "one delete({ <its key>: In([...]) }) of %s",
                [ORM_PROJECT] = "select: { ... } with the columns that are read",
                [ORM_RELOAD] = "keep what find() gave, or load all of %s again by one findBy({ <the key>: In([...]) })",
                [ORM_TREE] = "one findBy({ <the parent>: In([...]) }) of %s for each level, or findDescendantsTree() of a tree "
                             "repository",
                [ORM_UNIQUE] = "one findBy({ <the key>: In([...]) }) of %s, or one upsert([...])",
            },
    },
    {
        .name = "Sequelize",
        .files = PATHS("/node_modules/sequelize/", "/node_modules/@sequelize/"),
        .fixes =
            {
                [ORM_MANY] = "include: { association: <the one to %s>, separate: true } in the parent's findAll()",
                [ORM_ONE] = "include: <the association to %s> in the parent's findAll()",
                [ORM_AGGREGATE] = "one findAll() of %s with fn('COUNT', ...) or fn('SUM', ...) in attributes, and group",
                [ORM_EXISTS] = "one findAll({ where: { <the key>: [...] } }) of %s, with the keys alone in attributes",
                [ORM_INSERT] = "one bulkCreate([...]) of %s",
                [ORM_UPDATE] =
                    "one update(..., { where: { <its key>: [...] } }) of %s, or bulkCreate([...], { updateOnDuplicate: "
                    "[...] })",
                [ORM_DELETE] = "one destroy({ where: { <its key>: [...] } }) of %s",
                [ORM_PROJECT] = "attributes with the columns that are read",
                [ORM_RELOAD] = "leave reload() out, or load all of %s again by one findAll({ where: { <the key>: [...] } })",
                [ORM_TREE] = "one findAll({ where: { <the parent>: [...] } }) of %s for each level, or WITH RECURSIVE by query()",
                [ORM_UNIQUE] = "one findAll({ where: { <the key>: [...] } }) of %s, then one bulkCreate() with ignoreDuplicates",
            },
    },
    {
        .name = "Prisma",
        .files = PATHS("/node_modules/@prisma/client/"),
        .fixes =
            {
                [ORM_MANY] = "include: { <the relation to %s>: true } in the parent's findMany()",
                [ORM_ONE] = "include: { <the relation to %s>: true } in the parent's findMany(), or findUnique() for all of them "
                            "at once by Promise.all(), which is one query",
                [ORM_AGGREGATE] = "_count in the parent's include, or one groupBy() of %s with _count or _sum",
                [ORM_EXISTS] = "one findMany({ where: { <the key>: { in: [...] } } }) of %s, with the keys alone in select",
                [ORM_INSERT] = "one createMany({ data: [...] }) of %s",
                [ORM_UPDATE] = "one updateMany({ where: { <its key>: { in: [...] } }, ... }) of %s where all get the same",
                [ORM_DELETE] = "one deleteMany({ where: { <its key>: { in: [...] } } }) of %s",
                [ORM_PROJECT] = "select with the columns that are read",
                [ORM_RELOAD] = "keep what findMany() gave, or load all of %s again by one with { in: [...] }",
                [ORM_TREE] =
                    "one findMany({ where: { <the parent>: { in: [...] } } }) of %s for each level, or WITH RECURSIVE by "
                    "$queryRaw",
                [ORM_UNIQUE] = "one findMany({ where: { <the key>: { in: [...] } } }) of %s, then one createMany() with "
                               "skipDuplicates",
            },
    },
    {
        .name = "MikroORM",
        .files = PATHS("/node_modules/@mikro-orm/"),
        .fixes =
            {
                [ORM_MANY] = "populate: ['<the relation to %s>'] in the parent's find(), or one em.populate()",
                [ORM_ONE] = "populate: ['<the relation to %s>'] in the parent's find(), or one em.populate()",
                [ORM_AGGREGATE] = "one query builder over %s with count() or sum, and groupBy()",
                [ORM_EXISTS] = "one find() of %s with { <the key>: { $in: [...] } }, and the keys alone in fields",
                [ORM_INSERT] = "one flush() behind the loop, or insertMany() of %s",
                [ORM_UPDATE] = "one flush() behind the loop, which writes %s in batches",
                [ORM_DELETE] = "one nativeDelete() of %s with { <its key>: { $in: [...] } }, or one flush() behind the loop",
                [ORM_PROJECT] = "fields with the columns that are read",
                [ORM_RELOAD] = "leave refresh() out, or find() all of %s again at once with { refresh: true }",
                [ORM_TREE] = "one find() of %s with { <the parent>: { $in: [...] } } for each level",
                [ORM_UNIQUE] = "one find() of %s with { <the key>: { $in: [...] } }, or upsertMany()",
            },
    },
    {
        .name = "Exposed",
        .files = PATHS("org/jetbrains/exposed/"),
        .fixes =
            {
                [ORM_MANY] = "with(<the property of %s>) on the parents where they are entities; else one selectAll() with <the "
                             "key> inList "
                             "<the keys of all parents>",
                [ORM_ONE] =
                    "with(<the property of %s>) on the parents where they are entities; else leftJoin in the parent's query",
                [ORM_AGGREGATE] = "one select(<the key>, <a column>.count()) of %s with groupBy()",
                [ORM_EXISTS] = "one select(<the key>) of %s with <the key> inList <the keys>, and withDistinct()",
                [ORM_INSERT] = "one batchInsert(<all rows>) of %s",
                [ORM_UPDATE] = "one update({ <its key> inList <the keys> }) of %s where all get the same",
                [ORM_DELETE] = "one deleteWhere { <its key> inList <the keys> } of %s",
                [ORM_PROJECT] = "select() with the columns that are read",
                [ORM_RELOAD] = "keep what the parent's query gave, or load all of %s again by one inList, such as forIds()",
                [ORM_TREE] = "one selectAll() of %s with <the parent> inList <the parents> for each level",
                [ORM_UNIQUE] = "one select(<the key>) of %s with inList, or batchInsert(<all rows>, ignore = true)",
            },
    },
    {
        .name = "ormar",
        .files = PATHS("/ormar/"),
        .fixes =
            {
                [ORM_MANY] = "prefetch_related(<the relation to %s>) on the parent's query",
                [ORM_ONE] = "select_related(<the foreign key to %s>) on the parent's query",
                [ORM_EXISTS] = "one filter(<the key>__in=[...]) of %s with values_list() of the keys",
                [ORM_INSERT] = "one bulk_create([...]) of %s",
                [ORM_UPDATE] = "one bulk_update([...]) of %s, or filter(<its key>__in=[...]).update(...) where all get the same",
                [ORM_DELETE] = "one filter(<its key>__in=[...]).delete() of %s",
                [ORM_PROJECT] = "fields([...]) with the columns that are read",
                [ORM_RELOAD] = "leave load() out, or load all of %s again by one filter(<the key>__in=[...])",
                [ORM_TREE] = "one filter(<the parent>__in=[...]) of %s for each level",
                [ORM_UNIQUE] = "one filter(<the key>__in=[...]) of %s",
            },
    },
    {
        .name = "Bun",
        .files = PATHS("/uptrace/bun@"),
        .fixes =
            {
                [ORM_MANY] = "Relation(<the field of %s>) on the parent's query",
                [ORM_ONE] = "Relation(<the field of %s>) on the parent's query",
                [ORM_AGGREGATE] = "one query of %s with ColumnExpr(\"count(*)\") and Group()",
                [ORM_EXISTS] = "one Where(\"<the key> IN (?)\", bun.In(...)) of %s with Column() of the key",
                [ORM_INSERT] = "one NewInsert() with Model() of a slice for %s",
                [ORM_UPDATE] = "one NewUpdate() of %s with Model() of a slice and Bulk()",
                [ORM_DELETE] = "one NewDelete() of %s with Where(\"<its key> IN (?)\", bun.In(...))",
                [ORM_PROJECT] = "Column() with those that are read",
                [ORM_RELOAD] = "keep what Scan() gave, or load all of %s again by one Where(\"<the key> IN (?)\", bun.In(...))",
                [ORM_TREE] = "one Where(\"<the parent> IN (?)\", bun.In(...)) of %s for each level, or WithRecursive()",
                [ORM_UNIQUE] = "one Where(\"<the key> IN (?)\", bun.In(...)) of %s, or NewInsert() of a slice with On(\"CONFLICT "
                               "DO NOTHING\")",
            },
    },
    {
        .name = "Objection",
        .files = PATHS("/node_modules/objection/"),
        .fixes =
            {
                [ORM_MANY] = "withGraphFetched('<the relation to %s>') on the parent's query",
                [ORM_ONE] = "withGraphFetched('<the relation to %s>') on the parent's query, or withGraphJoined()",
                [ORM_AGGREGATE] = "one query of %s with count() or sum(), and groupBy()",
                [ORM_EXISTS] = "one query of %s with whereIn(<the key>, [...]) and the keys alone in select()",
                [ORM_INSERT] = "one insert([...]) of %s with all rows",
                [ORM_UPDATE] = "one patch(...).whereIn(<its key>, [...]) of %s where all get the same",
                [ORM_DELETE] = "one delete().whereIn(<its key>, [...]) of %s",
                [ORM_PROJECT] = "select() with the columns that are read",
                [ORM_RELOAD] = "keep what query() gave, or load all of %s again by one whereIn(<the key>, [...])",
                [ORM_TREE] = "one whereIn(<the parent>, [...]) of %s for each level, or withRecursive()",
                [ORM_UNIQUE] = "one whereIn(<the key>, [...]) of %s, or one insert([...]) with onConflict().ignore()",
            },
    },
    {
        .name = "Hibernate",
        .files = PATHS("org/hibernate/"),
        .tells_lazy = true,
        .fixes =
            {
                [ORM_MANY] =
                    "JOIN FETCH of <the collection of %s> in the parent's query, @EntityGraph with it, or @BatchSize on it "
                    "for a list of several parents",
                [ORM_ONE] = "JOIN FETCH of <the attribute that leads to %s> in the parent's query, or @EntityGraph with it",
                [ORM_AGGREGATE] = "one query over %s with count() or sum(), and GROUP BY <the parent>",
                [ORM_EXISTS] = "one query of the keys of %s that are there, with IN (:keys)",
                [ORM_INSERT] =
                    "hibernate.jdbc.batch_size, keys of %s that the database does not make for each row (a sequence), and "
                    "one flush()",
                [ORM_UPDATE] =
                    "one UPDATE of %s by executeUpdate() (with Spring Data @Modifying) where all get the same; else one "
                    "flush(), with hibernate.jdbc.batch_size",
                [ORM_DELETE] = "one DELETE of %s by executeUpdate(), or deleteAllInBatch() of Spring Data",
                [ORM_PROJECT] = "a projection with the columns that are read",
                [ORM_RELOAD] = "keep what the parent's query gave, or load all of %s again by one query with IN (:keys), such as "
                               "findAllById() of Spring Data",
                [ORM_TREE] = "one query of %s with <the parent> IN (:keys) for each level, or a recursive WITH",
                [ORM_UNIQUE] = "one query of %s with <the key> IN (:keys)",
            },
    },
    {
        .name = "jOOQ",
        .files = PATHS("org/jooq/"),
        .fixes =
            {
                [ORM_MANY] =
                    "one select from %s with <the key>.in(<the keys of all parents>) and fetchGroups(), or multiset() in the "
                    "parent's select",
                [ORM_ONE] = "leftJoin() of %s in the parent's select",
                [ORM_AGGREGATE] = "one select from %s with count() or sum(), and groupBy()",
                [ORM_EXISTS] = "one selectDistinct(<the key>) from %s with <the key>.in(...)",
                [ORM_INSERT] = "one insertInto() of %s with valuesOfRows()",
                [ORM_UPDATE] = "one update() of %s with <its key>.in(...) where all get the same",
                [ORM_DELETE] = "one deleteFrom() of %s with <its key>.in(...)",
                [ORM_PROJECT] = "select() with the columns that are read",
                [ORM_TREE] = "one select from %s with <the parent>.in(...) for each level, or withRecursive()",
                [ORM_UNIQUE] = "one select from %s with <the key>.in(...), or onConflictDoNothing()",
            },
    },
    {
        .name = "MyBatis",
        .files = PATHS("org/apache/ibatis/"),
        .fixes =
            {
                [ORM_MANY] =
                    "one select of %s with <foreach> over the keys of all parents, or a JOIN in the parent's select that fills "
                    "the <collection>, in place of its select=",
                [ORM_ONE] = "a JOIN of %s in the parent's select that fills the <association>, in place of its select=",
                [ORM_AGGREGATE] = "one select over %s with GROUP BY, and <foreach> over the keys",
                [ORM_EXISTS] = "one select of the keys of %s that are there, with <foreach>",
                [ORM_INSERT] = "one insert of %s with <foreach> over the rows",
                [ORM_UPDATE] = "one update of %s with <foreach> over the keys where all get the same",
                [ORM_DELETE] = "one delete of %s with <foreach> over the keys",
                [ORM_TREE] = "one select of %s with <foreach> over the parents for each level, or WITH RECURSIVE",
                [ORM_UNIQUE] = "one select of %s with <foreach> over the keys",
            },
    },
    {
        .name = "Tortoise",
        .files = PATHS("/tortoise/"),
        .fixes =
            {
                [ORM_MANY] = "prefetch_related(<the relation to %s>) on the parent's query",
                [ORM_ONE] = "select_related(<the relation to %s>) on the parent's query, or prefetch_related()",
                [ORM_AGGREGATE] = "annotate() with Count() or Sum() of the relation to %s on the parent's query",
                [ORM_EXISTS] = "one filter(<the key>__in=[...]) of %s with values_list() of the keys",
                [ORM_INSERT] = "one bulk_create([...]) of %s",
                [ORM_UPDATE] = "one filter(<its key>__in=[...]).update(...) of %s where all get the same",
                [ORM_DELETE] = "one filter(<its key>__in=[...]).delete() of %s",
                [ORM_PROJECT] = "only(...) with the columns that are read",
                [ORM_RELOAD] = "leave refresh_from_db() out, or load all of %s again by one filter(<the key>__in=[...])",
                [ORM_TREE] = "one filter(<the parent>__in=[...]) of %s for each level",
                [ORM_UNIQUE] = "one filter(<the key>__in=[...]) of %s, or bulk_create([...], ignore_conflicts=True)",
            },
    },
    {
        .name = "Piccolo",
        .files = PATHS("/piccolo/query/", "/piccolo/engine/"),
        .fixes =
            {
                [ORM_MANY] = "one objects().where(<the foreign key>.is_in([...])) of %s",
                [ORM_ONE] = "objects(<the foreign key to %s>) for the parents, which is a JOIN",
                [ORM_AGGREGATE] = "one select(<the foreign key>, Count()) of %s with group_by()",
                [ORM_EXISTS] = "one select(<the key>) of %s with is_in([...])",
                [ORM_INSERT] = "one insert(...) of %s with all rows",
                [ORM_UPDATE] = "one update({...}).where(<its key>.is_in([...])) of %s where all get the same",
                [ORM_DELETE] = "one delete().where(<its key>.is_in([...])) of %s",
                [ORM_PROJECT] = "select(...) with the columns that are read",
                [ORM_RELOAD] = "leave refresh() out, or load all of %s again by one is_in([...])",
                [ORM_TREE] = "one objects().where(<the parent>.is_in([...])) of %s for each level",
                [ORM_UNIQUE] = "one select(<the key>) of %s with is_in([...])",
            },
    },
    {
        .name = "GORM",
        .files = PATHS("gorm.io/gorm@"),
        .fixes =
            {
                [ORM_MANY] = "Preload(<the field of %s>) on the parent's query",
                [ORM_ONE] = "Joins(<the field of %s>) on the parent's query, or Preload()",
                [ORM_AGGREGATE] = "one query of %s with Select(\"..., count(*)\"), Group() and Scan()",
                [ORM_EXISTS] = "one Where(\"<the key> IN ?\", ...) of %s with Pluck() of the keys",
                [ORM_INSERT] = "one Create() of a slice for %s",
                [ORM_UPDATE] = "one Where(\"<its key> IN ?\", ...).Updates() of %s where all get the same",
                [ORM_DELETE] = "one Where(\"<its key> IN ?\", ...).Delete() of %s",
                [ORM_PROJECT] = "Select() with the columns that are read",
                [ORM_RELOAD] = "keep what Find() gave, or load all of %s again by one Where(\"<the key> IN ?\", ...)",
                [ORM_TREE] = "one Where(\"<the parent> IN ?\", ...) of %s for each level, or Raw() with WITH RECURSIVE",
                [ORM_UNIQUE] =
                    "one Where(\"<the key> IN ?\", ...) of %s, or Create() of a slice with OnConflict{DoNothing: true}",
            },
    },
    {
        .name = "Drizzle",
        .files = PATHS("/node_modules/drizzle-orm/"),
        .fixes =
            {
                [ORM_MANY] = "with: { <the relation to %s>: true } in findMany() of db.query, or one inArray(<the key>, [...])",
                [ORM_ONE] = "with: { <the relation to %s>: true } in findMany() of db.query, or leftJoin()",
                [ORM_AGGREGATE] = "one select({ <the key>, n: count() }) from %s with groupBy()",
                [ORM_EXISTS] = "one selectDistinct({ <the key> }) from %s with inArray(<the key>, [...])",
                [ORM_INSERT] = "one insert() into %s with values([...])",
                [ORM_UPDATE] = "one update() of %s with inArray(<its key>, [...]) where all get the same",
                [ORM_DELETE] = "one delete() from %s with inArray(<its key>, [...])",
                [ORM_PROJECT] = "columns: { ... } with those that are read",
                [ORM_RELOAD] = "keep what the parent's query gave, or load all of %s again by one inArray(<the key>, [...])",
                [ORM_TREE] = "one select() from %s with inArray(<the parent>, [...]) for each level",
                [ORM_UNIQUE] = "one select() from %s with inArray(<the key>, [...]), or onConflictDoNothing()",
            },
    },
    {
        .name = "SeaORM",
        .files = PATHS("/sea-orm-0.", "/sea-orm-1.", "/sea-orm-2."),
        .fixes =
            {
                [ORM_MANY] =
                    "load_many(<the entity of %s>) on the parents, load_one() where each has one, or find_with_related() in the "
                    "parent's query",
                [ORM_ONE] = "find_also_related(<the entity of %s>) in the parent's query, or load_one() on the parents",
                [ORM_AGGREGATE] = "one find() of %s with select_only(), column_as() of count() or sum(), and group_by()",
                [ORM_EXISTS] = "one find() of %s with select_only(), the key's column, distinct() and is_in(...)",
                [ORM_INSERT] = "one insert_many(<all rows>) of %s",
                [ORM_UPDATE] = "one update_many() of %s with filter(<its key>.is_in(...)) where all get the same",
                [ORM_DELETE] = "one delete_many() of %s with filter(<its key>.is_in(...))",
                [ORM_PROJECT] = "select_only() with the columns that are read",
                [ORM_RELOAD] = "keep what all() gave, or load all of %s again by one filter(<the key>.is_in(...))",
                [ORM_TREE] = "one find() of %s with filter(<the parent>.is_in(...)) for each level",
                [ORM_UNIQUE] =
                    "one find() of %s with filter(<the key>.is_in(...)), or insert_many() with on_conflict_do_nothing()",
            },
    },
    {
        .name = "Diesel",
        .files = PATHS("/diesel-1.", "/diesel-2."),
        .fixes =
            {
                [ORM_MANY] = "one belonging_to(&<all parents>) of %s, and grouped_by()",
                [ORM_ONE] = "inner_join() or left_join() of %s in the parent's query",
                [ORM_AGGREGATE] = "one group_by() over %s with count() or sum() in select()",
                [ORM_EXISTS] = "one select(<the key>).distinct() of %s with eq_any(...)",
                [ORM_INSERT] = "one insert_into() of %s with values(&<all rows>)",
                [ORM_UPDATE] = "one update() of %s with filter(<its key>.eq_any(...)) where all get the same",
                [ORM_DELETE] = "one delete() of %s with filter(<its key>.eq_any(...))",
                [ORM_PROJECT] = "select() with the columns that are read",
                [ORM_RELOAD] = "keep what load() gave, or load all of %s again by one filter(<the key>.eq_any(...))",
                [ORM_TREE] = "one filter(<the parent>.eq_any(...)) of %s for each level, or WITH RECURSIVE by sql_query()",
                [ORM_UNIQUE] = "one filter(<the key>.eq_any(...)) of %s, or on_conflict_do_nothing()",
            },
    },
};
const size_t orm_table_count = sizeof orm_table / sizeof *orm_table;
