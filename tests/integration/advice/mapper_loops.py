"""The loops of the mappers' programs: what is said of each, and how many statements it and what the advice says execute."""
from dataclasses import dataclass

SQLALCHEMY, DJANGO, ACTIVERECORD = "sqlalchemy_loops.py", "django_loops.py", "activerecord_loops.rb"
PEEWEE, PONY, STORM, SEQUEL = "peewee_loops.py", "pony_loops.py", "storm_loops.py", "sequel_loops.rb"
DBIC, DOCTRINE, ELOQUENT = "dbic_loops.pl", "doctrine_loops.php", "eloquent_loops.php"


@dataclass(frozen=True)
class Loop:
    program: str
    function: str
    executions: int  # SELECT, INSERT, UPDATE and DELETE, of 10 users or 20 posts
    strategy: str
    words: tuple
    applied: dict  # functions that do what the words say, and how many they execute
    kind: str = "n_plus_one"

    def __str__(self):
        return f"{self.program.split('_')[0]}-{self.function}"


def write(program, function, executions, words, applied):
    return Loop(program, function, executions, "batch", words, applied, "write_loop")


# Where an applied write executes as often as before, all of it is in one transaction: a loop that SQLite is content with.
LOOPS = [
    Loop(SQLALCHEMY, "to_one", 11, "join", ('joinedload(<the relationship to "users">)', "or selectinload()"),
         {"to_one_applied": 1, "to_one_applied_otherwise": 2}),
    Loop(SQLALCHEMY, "to_many", 11, "selectin", ('selectinload(<the relationship to "posts">)',), {"to_many_applied": 2}),
    Loop(SQLALCHEMY, "counts", 11, "aggregate", ('func.count() or func.sum() with group_by() over "posts"',), {"counts_applied": 2}),
    write(SQLALCHEMY, "inserts", 11, ('execute(insert(<the class of "users">), [...])', ".values([...])", "add_all() and a single flush"),
          {"inserts_applied": 11, "inserts_applied_as_one": 2, "inserts_applied_otherwise": 11}),
    write(SQLALCHEMY, "updates", 12, ('update(<the class of "users">).where(<its key>.in_([...]))', "bulk_update_mappings()"),
          {"updates_applied": 3, "updates_applied_otherwise": 12}),
    write(SQLALCHEMY, "deletes", 22, ('delete(<the class of "posts">).where(<its key>.in_([...]))',), {"deletes_applied": 3}),

    Loop(DJANGO, "to_one", 21, "join", ('select_related(<the foreign key to "users">)', "or prefetch_related()"),
         {"to_one_applied": 1, "to_one_applied_otherwise": 2}),
    Loop(DJANGO, "to_many", 11, "selectin", ('prefetch_related(<the relation to "posts">)',), {"to_many_applied": 2}),
    Loop(DJANGO, "counts", 11, "aggregate", ('annotate() with Count or Sum over the relation to "posts"',), {"counts_applied": 1}),
    write(DJANGO, "inserts", 11, ('bulk_create() of "users"',), {"inserts_applied": 2}),
    write(DJANGO, "updates", 12, ('bulk_update() of "users"', "update() with F()"), {"updates_applied": 3, "updates_applied_otherwise": 2}),
    write(DJANGO, "deletes", 22, ('filter(pk__in=[...]).delete() of "posts"',), {"deletes_applied": 3}),

    Loop(ACTIVERECORD, "to_one", 21, "join", ('includes(<the association to "users">)', "eager_load() for a JOIN"),
         {"to_one_applied": 2, "to_one_applied_otherwise": 1}),
    Loop(ACTIVERECORD, "to_many", 11, "selectin", ('includes(<the association to "posts">) or preload()',),
         {"to_many_applied": 2, "to_many_applied_otherwise": 2}),
    Loop(ACTIVERECORD, "counts", 11, "aggregate", ('group(<the key>) with count or sum over "posts"',), {"counts_applied": 2}),
    write(ACTIVERECORD, "inserts", 11, ('insert_all or upsert_all into "users"',), {"inserts_applied": 2}),
    write(ACTIVERECORD, "updates", 12, ('update_all where all of "users" get the same values, else upsert_all',),
          {"updates_applied": 2, "updates_applied_otherwise": 3}),
    write(ACTIVERECORD, "deletes", 22, ('where(<the key>: [...]).delete_all of "posts"',), {"deletes_applied": 3}),

    Loop(PEEWEE, "to_one", 21, "join", ('join(<the model of "users">) in the parent\'s query',), {"to_one_applied": 1}),
    Loop(PEEWEE, "to_many", 11, "selectin", ('prefetch(<the parent\'s query>, <the model of "posts">)',), {"to_many_applied": 2}),
    Loop(PEEWEE, "counts", 11, "aggregate", ("fn.COUNT()", "with group_by()"), {"counts_applied": 2}),
    Loop(PEEWEE, "exists", 11, "aggregate", ('select(<the key>).distinct() of "posts"',), {"exists_applied": 2}),
    write(PEEWEE, "inserts", 11, ('insert_many() or bulk_create() of "users" within atomic()',), {"inserts_applied": 2}),
    write(PEEWEE, "updates", 12, ('bulk_update() of "users" within atomic()',), {"updates_applied": 3}),
    write(PEEWEE, "deletes", 22, ('delete() of "posts" with where(<the key>.in_([...]))',), {"deletes_applied": 3}),

    Loop(PONY, "to_one", 11, "selectin", ('one select(x for x in <the entity of "profiles">)[:] before the loop',), {"to_one_applied": 2}),
    Loop(PONY, "to_many", 11, "selectin", ('with Pony: prefetch(<the attribute that leads to "posts">)',), {"to_many_applied": 2}),
    Loop(PONY, "counts", 11, "aggregate", ("select((p, count(p.<attribute>)) for p in ...)",), {"counts_applied": 1}),
    Loop(PONY, "left_out", 11, "cache", ('prefetch(<the lazy attribute of "users">)',), {"left_out_applied": 1}),
    write(PONY, "inserts", 11, ("one commit() behind the loop", 'execute() of one INSERT into "users"'),
          {"inserts_applied": 11, "inserts_applied_otherwise": 2}),
    write(PONY, "updates", 12, ("one commit() behind the loop", 'execute() of one UPDATE of "users"'),
          {"updates_applied": 12, "updates_applied_otherwise": 3}),
    write(PONY, "deletes", 22, ('select(x for x in <the entity of "posts"> if ...).delete(bulk=True)',), {"deletes_applied": 3}),

    Loop(STORM, "to_one", 11, "join", ('find((<the parent\'s class>, <the class of "users">), <the join>)',), {"to_one_applied": 1}),
    Loop(STORM, "to_many", 11, "selectin", ('one find(<the class of "posts">, <its key>.is_in([...]))',), {"to_many_applied": 2}),
    Loop(STORM, "counts", 11, "aggregate", ("find((<the key>, Count()), ...).group_by(<the key>)",), {"counts_applied": 2}),
    Loop(STORM, "exists", 11, "aggregate", ('find(...).config(distinct=True).values(<the key>) of "posts"',), {"exists_applied": 2}),
    Loop(STORM, "expired", 21, "cache", ("commit once behind the loop",), {"expired_applied": 12}),
    write(STORM, "inserts", 11, ('execute(Insert(<the columns>, values=[...], table=<the class of "users">))',), {"inserts_applied": 2}),
    write(STORM, "updates", 12, ('find(<the class of "users">, <its key>.is_in([...])).set(...)',), {"updates_applied": 3}),
    write(STORM, "deletes", 12, ('find(<the class of "users">, <its key>.is_in([...])).remove()',), {"deletes_applied": 3}),

    Loop(SEQUEL, "to_one", 21, "join", ('eager_graph(<the association to "users">) for a JOIN, or eager()',),
         {"to_one_applied": 1, "to_one_applied_otherwise": 2}),
    Loop(SEQUEL, "to_many", 11, "selectin", ('eager(<the association to "posts">)',), {"to_many_applied": 2}),
    Loop(SEQUEL, "counts", 11, "aggregate", ('select_group() with a count or sum over "posts"',), {"counts_applied": 2}),
    Loop(SEQUEL, "exists", 11, "aggregate", ('distinct.select_map(<the key>) of "posts"',), {"exists_applied": 2}),
    Loop(SEQUEL, "refreshed", 11, "cache", ("leave refresh out", "one where(id: [...])"), {"refreshed_applied": 2}),
    Loop(SEQUEL, "unique", 21, "selectin", ('select_map of "users"', "multi_insert"), {"unique_applied": 3}),
    write(SEQUEL, "inserts", 11, ('multi_insert or import into "users"',), {"inserts_applied": 2}),
    write(SEQUEL, "updates", 22, ('where(<the key>: [...]).update(...) of "posts"',), {"updates_applied": 3}),
    write(SEQUEL, "deletes", 22, ('where(<the key>: [...]).delete of "posts"',), {"deletes_applied": 3}),

    Loop(DBIC, "to_one", 21, "join", ('prefetch => <the relationship to "users">',), {"to_one_applied": 1}),
    Loop(DBIC, "to_many", 11, "selectin", ('prefetch => <the relationship to "posts">',), {"to_many_applied": 1}),
    Loop(DBIC, "counts", 11, "aggregate", ('a search() of "posts" with select, as and group_by',), {"counts_applied": 2}),
    Loop(DBIC, "refreshed", 11, "cache", ("leave discard_changes out", "by one search()"), {"refreshed_applied": 2}),
    Loop(DBIC, "unique", 21, "selectin", ('one search({<the key> => [...]}) of "users"', "populate()"), {"unique_applied": 12}),
    write(DBIC, "inserts", 11, ('populate([...]) of "users" in one transaction', "dbh_do() with one INSERT of many rows"),
          {"inserts_applied": 11, "inserts_applied_otherwise": 2}),
    write(DBIC, "updates", 22, ('search({<the key> => [...]})->update({...}) of "posts"',), {"updates_applied": 3}),
    write(DBIC, "deletes", 22, ('search({<the key> => [...]})->delete of "posts"',), {"deletes_applied": 3}),

    Loop(DOCTRINE, "to_one", 11, "join", ("a fetch join, leftJoin() with addSelect()", 'the association to "users"'), {"to_one_applied": 1}),
    Loop(DOCTRINE, "to_many", 11, "selectin", ("a fetch join, leftJoin() with addSelect()", 'the association to "posts"'),
         {"to_many_applied": 1}),
    Loop(DOCTRINE, "inverse", 11, "selectin", ('"profiles" is on the owning side of a one-to-one association', "fetch-join it",
                                               "or make the parent the owning side"),
         {"inverse_applied": 1, "inverse_applied_otherwise": 1}),
    Loop(DOCTRINE, "counts", 11, "aggregate", ('COUNT() or SUM() with groupBy() over "posts"',), {"counts_applied": 2}),
    Loop(DOCTRINE, "refreshed", 11, "cache", ("leave refresh() out", "HINT_REFRESH"), {"refreshed_applied": 2}),
    write(DOCTRINE, "inserts", 11, ('persist() of all of "users" and a single flush()', "executeStatement() of one INSERT"),
          {"inserts_applied": 11, "inserts_applied_otherwise": 2}),
    write(DOCTRINE, "updates", 12, ('one DQL UPDATE of "users" with WHERE ... IN (:keys)', "a single flush() for all"),
          {"updates_applied": 3, "updates_applied_otherwise": 12}),
    write(DOCTRINE, "deletes", 22, ('one DQL DELETE of "posts" with WHERE ... IN (:keys)',), {"deletes_applied": 3}),

    Loop(ELOQUENT, "to_one", 21, "join", ('with(<the relation to "users">)',), {"to_one_applied": 2}),
    Loop(ELOQUENT, "to_many", 11, "selectin", ('with(<the relation to "posts">)',), {"to_many_applied": 2}),
    Loop(ELOQUENT, "counts", 11, "aggregate", ('withCount() or withSum() of the relation to "posts"',), {"counts_applied": 1}),
    Loop(ELOQUENT, "exists", 11, "aggregate", ('withExists() of the relation to "posts"',), {"exists_applied": 1}),
    Loop(ELOQUENT, "refreshed", 11, "cache", ('fresh() on the collection of "users"',), {"refreshed_applied": 2}),
    Loop(ELOQUENT, "unique", 21, "selectin", ('whereIn(<the key>, [...])->pluck() of "users"', "insertOrIgnore()"),
         {"unique_applied": 3, "unique_applied_otherwise": 2}),
    write(ELOQUENT, "inserts", 11, ('insert([...]) or upsert() into "users"',), {"inserts_applied": 2}),
    write(ELOQUENT, "updates", 12, ('upsert() into "users"',), {"updates_applied": 3}),
    write(ELOQUENT, "deletes", 22, ('whereIn(<the key>, [...])->delete() of "posts"', "destroy([...]) deletes one by one"),
          {"deletes_applied": 3}),
]

# DBIx::Class tells of populate() as one statement, while its INSERT is executed for each of ten rows, and not of what DBI is asked.
UNTOLD = {(DBIC, "inserts_applied"): 9, (DBIC, "unique_applied"): 9, (DBIC, "inserts_applied_otherwise"): 1}

# What a mapper's documentation might lead one to think of instead, and what it executes.
NO_BETTER = [
    (PONY, "to_one_prefetched", 12),
    (PONY, "deletes_by_generator", 22),
    (ELOQUENT, "deletes_by_destroy", 23),
]
# What looks like a loop and is none: Pony loads the users of all posts when the first one is asked.
NO_LOOPS = [(PONY, "to_one_owning", 2)]
