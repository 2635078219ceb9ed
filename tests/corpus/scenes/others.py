"""Steps that are no loop over rows: batches of all forms, pages, workers, polls, single lookups; and loops that write."""
from .data import TYPES
from .program import Batch, Cell, Const, Drain, Each, Fetch, Many, Numbers, Pages, Repeat, Sql, Var


def batch_parts(form, table, columns, select):
    """system -> (head, unit, separator, tail, pack) of a statement for many keys."""
    def of(system):
        types = [TYPES[system][column.form] for column in columns]
        name, kind = columns[0].name, types[0]
        cast = ", ".join(f"?::{one}" for one in types) if system == "postgresql" else ", ".join("?" * len(types))
        names = ", ".join(column.name for column in columns)
        order = " ORDER BY position"
        if form == "in":
            return f"{select} WHERE {name} IN (", "?", ", ", ")" + order, ""
        if form == "or":
            return f"{select} WHERE ", "(" + " AND ".join(f"{column.name} = ?" for column in columns) + ")", " OR ", order, ""
        if form == "rows":
            if system == "postgresql":
                return f"{select} WHERE ({names}) IN (", "(" + cast + ")", ", ", ")" + order, ""
            return f"{select} WHERE ({names}) IN (VALUES ", "(" + cast + ")", ", ", ")" + order, ""
        if form == "values":
            keys = ", ".join(f"k{number}" for number in range(len(columns)))
            joined = " AND ".join(f"k.k{number} = t.{column.name}" for number, column in enumerate(columns))
            return (f"WITH k({keys}) AS (VALUES ", f"({cast})", ", ", f") SELECT t.id, t.name FROM {table.name} t JOIN k ON {joined}"
                    " ORDER BY t.position", "")
        if form == "union":
            return "", f"SELECT id, name FROM {table.name} WHERE {name} = ?", " UNION ALL ", "", ""
        if system == "sqlite":
            return f"{select} WHERE {name} IN (SELECT value FROM json_each(?))" + order, "", "", "", "[]"
        if form == "json":
            return f"{select} WHERE {name}::text IN (SELECT json_array_elements_text(?::json))" + order, "", "", "", "[]"
        if form == "unnest":
            return f"{select} WHERE {name} IN (SELECT unnest(?::{kind}[]))" + order, "", "", "", "{}"
        return f"{select} WHERE {name} = ANY(?::{kind}[])" + order, "", "", "", "{}"
    return {system: of(system) for system in TYPES}


def batch_of(builder, form, parent_table, column, index, rows, size):
    target, key = builder.rng.choice(builder.children_by(parent_table, column))
    return Batch(builder.place("none"), rows, [index], size,
                 batch_parts(form, target, [target.column(key)], f"SELECT id, name FROM {target.name}"))


def make_batch(form):
    def step(builder):
        rng = builder.rng
        size = rng.choice((2, 3, 5, 10, 100))
        pairs = form == "rows" or form in ("or", "values") and rng.random() < .6
        if pairs:
            table = builder.pick_table(lambda table: len(table.references()) > 1)
            if table is None:
                return None
            columns = rng.sample(table.references(), 2)
            parent, where = builder.read(table, [column.name for column in columns])
            batch = Batch(builder.place("none"), parent.into, where, size,
                          batch_parts(form, table, columns, f"SELECT id, name FROM {table.name}"))
        else:
            table = builder.pick_table()
            column = builder.key_column(table)
            parent, (index,) = builder.read(table, [column.name])
            batch = batch_of(builder, form, table, column, index, parent.into, size)
        return [parent, *builder.unrelated(), batch]
    return step


def pages(builder, keyset, lists=False):
    rng = builder.rng
    table = builder.pick_table(lambda table: table.columns[0].form in ("dense", "sparse") or not keyset)
    if table is None:
        return None
    column = builder.key_column(table)
    size = rng.randint(2, 6)
    needed = ["id"] if column.name == "id" else ["id", column.name]
    order = "id" if table.columns[0].form != "code" else "position"
    tail, variable = (f"WHERE id > ? ORDER BY id LIMIT {size}", builder.name("last")) if keyset else (
        f"ORDER BY {order} LIMIT {size} OFFSET ?", builder.name("offset"))
    sql, where = builder.select(table, needed, tail)
    page = Fetch(builder.place("none"), sql, [Var(variable)], builder.name("rows"))
    body = [batch_of(builder, rng.choice(("in", "any", "json", "unnest", "union", "values")), table, column, where[-1], page.into, size)
            ] if lists else []
    return [*builder.unrelated(), Pages(page, variable, -1 if keyset else 0, where[0] if keyset else None, size, body)]


def page_lists(builder):
    return pages(builder, builder.rng.random() < .6, True)


def queue(builder):
    """A worker takes one job after the other: what it does for each is not a loop over rows."""
    jobs = builder.table("jobs")
    target = builder.table(jobs.columns[1].refers)
    take = "SELECT id FROM jobs WHERE taken = 0 ORDER BY id LIMIT 1"
    job = Fetch(builder.place("none"), Sql(f"UPDATE jobs SET taken = 1 WHERE id = ({take}) RETURNING id, subject_id",
                                           f"UPDATE jobs SET taken = 1 WHERE id = ({take} FOR UPDATE SKIP LOCKED) RETURNING id, subject_id"),
                [], builder.name("rows"))
    row = builder.name("row")
    sql, _ = builder.select(target, ["name"], "WHERE id = ?")
    body = [Fetch(builder.place("none"), sql, [Cell(row, 1)])]
    if builder.rng.random() < .5:
        body.append(Fetch(builder.place("none", write=True), Sql("UPDATE jobs SET taken = 2 WHERE id = ?"), [Cell(row, 0)], None, False))
    return [Drain(job, row, body)]


def single(builder):
    table = builder.pick_table()
    column = builder.rng.choice(("id", "position"))
    value = builder.rng.choice(table.rows)[table.place_of(column)]
    sql, _ = builder.select(table, ["name"], f"WHERE {column} = ?")
    return sql, table, column, [Fetch(builder.place("none"), sql, [Const(value)])]


def lookup(builder):
    return single(builder)[-1]


def lookups(builder):
    """The same text at two or three lines, with other values."""
    sql, table, column, body = single(builder)
    for _ in range(builder.rng.randint(1, 2)):
        value = builder.rng.choice(table.rows)[table.place_of(column)]
        body.append(Fetch(builder.place("none"), sql, [Const(value)]))
    return body


def read(builder):
    return [builder.read(builder.pick_table())[0]]


def duplicate(builder):
    return [Repeat(builder.rng.randint(2, 12), lookup(builder))]


def poll(builder):
    job = Fetch(builder.place("none"), Sql("SELECT count(*) FROM jobs WHERE taken = ?"), [Const(0)])
    return [Repeat(builder.rng.randint(3, 30), [job])]


def write(builder, arg, table):
    verb = builder.rng.choice(("insert", "update", "update", "delete"))
    place = builder.place("loop" if isinstance(arg, Cell) else "free", write=True)
    if verb == "insert":
        return Fetch(place, Sql("INSERT INTO journal(entry, note) VALUES (?, ?)"), [arg, Const("seen")], None, False)
    key = table.columns[0].name if isinstance(arg, Cell) else "position"
    if verb == "update":
        return Fetch(place, Sql(f"UPDATE {table.name} SET name = ? WHERE {key} = ?"), [Const("changed"), arg], None, False)
    return Fetch(place, Sql("DELETE FROM journal WHERE entry = ?"), [arg if not isinstance(arg, Cell) else Cell(arg.row, arg.column, True)],
                 None, False)


def write_rows(builder):
    """An INSERT, UPDATE or DELETE for each row of a parent."""
    table = builder.pick_table()
    parent, (index,) = builder.read(table, ["id"])
    row = builder.name("row")
    return [parent, *builder.unrelated(), Each(parent.into, row, builder.rng.choice(("order", "order", "reversed", "gaps")),
                                               [write(builder, Cell(row, index), table)], index, "110")]


def write_numbers(builder):
    count, name, table = builder.rng.randint(2, 20), builder.name("number"), builder.pick_table()
    values = builder.rng.sample(range(1, 41), count)
    place = builder.place("free", write=True)
    return [Numbers(name, values, [Fetch(place, Sql(f"UPDATE {table.name} SET name = ? WHERE position = ?"),
                                         [Const("changed"), Var(name)], None, False)])]


def many(builder):
    sql = "INSERT INTO journal(entry, note) VALUES (?, 'many')"
    if builder.rng.random() < .5:
        return [Many(builder.place("free", write=True), Sql(sql), None, [0], builder.rng.sample(range(1, 99), builder.rng.randint(2, 30)))]
    table = builder.pick_table()
    parent, (index,) = builder.read(table, ["id"])
    return [parent, Many(builder.place("loop", write=True), Sql(sql), parent.into, [index])]


KINDS = {**{f"batch_{form}": make_batch(form) for form in ("in", "or", "rows", "values", "any", "json", "unnest", "union")},
         "keyset": lambda builder: pages(builder, True), "offset": lambda builder: pages(builder, False), "page_lists": page_lists,
         "queue": queue, "lookup": lookup, "lookups": lookups, "read": read, "duplicate": duplicate, "poll": poll,
         "write_rows": write_rows, "write_numbers": write_numbers, "many": many}
