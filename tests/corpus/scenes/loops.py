"""Steps that are loops: over rows in every order, nested, streamed, in threads, over pages, and over numbers of no result."""
from .program import Cell, Const, Each, Fetch, Numbers, Pages, Pool, Sql, Stream, Var

HOWS = ("order", "reversed", "gaps", "repeats", "first", "unique", "sorted", "sorted_unique", "shuffled")


def mask(rng):
    return rng.choice(("10", "110", "011", "1101", "10110"))


def body_of(builder, table, column, row, index):
    """The child; sometimes a second one, or a constant question, beside it."""
    body = [builder.child(table, column, row, index)]
    if builder.rng.random() < .15:
        body.append(builder.child(table, column, row, index))
    if builder.rng.random() < .08:
        setting = builder.pick_table()
        body.insert(0, Fetch(builder.place("none"), Sql(f"SELECT name FROM {setting.name} WHERE position = ?"), [Const(1)]))
    return body


def make_arranged(how):
    def step(builder):
        table = builder.pick_table()
        column = builder.key_column(table, .95 if "unique" in how or how == "sorted" else .55)
        parent, (index,) = builder.read(table, [column.name], builder.rng.choice((None, None, None, 2, 3, 5)))
        row = builder.name("row")
        body = body_of(builder, table, column, row, index)
        return [parent, *builder.unrelated(), Each(parent.into, row, how, body, index, mask(builder.rng))]
    return step


def streamed(builder):
    table = builder.pick_table()
    column = builder.key_column(table)
    parent, (index,) = builder.read(table, [column.name])
    row, parent.into = builder.name("row"), None
    return [*builder.unrelated(), Stream(parent, row, body_of(builder, table, column, row, index))]


def nested(builder, levels=2):
    """Each level's parent streamed or fetched."""
    table = builder.pick_table(lambda table: len(table.rows) > 1)
    column = builder.key_column(table, .3)
    fetch, (index,) = builder.read(table, [column.name], builder.rng.choice((2, 3, 5, 8)))
    return [*level(builder, table, column, fetch, index, levels)]


def level(builder, table, column, fetch, index, levels):
    row = builder.name("row")
    deeper = levels > 1 and builder.nested_child(table, column, row, index)
    if not deeper:
        body = body_of(builder, table, column, row, index)
    else:
        inner, target, wanted, where = deeper
        body = level(builder, target, wanted, inner, where, levels - 1)
    if builder.rng.random() < .2:
        rows, fetch.into = fetch.into, None
        return [Stream(fetch, row, body)]
    return [fetch, Each(fetch.into, row, builder.rng.choice(("order", "order", "order", "reversed")), body, index)]


def nested_three(builder):
    return nested(builder, 3)


def composite(builder):
    """Two columns of one row are the key."""
    table = builder.pick_table(lambda table: len(table.references()) > 1)
    if table is None:
        return None
    first, second = builder.rng.sample(table.references(), 2)
    parent, (one, other) = builder.read(table, [first.name, second.name])
    row = builder.name("row")
    child = Fetch(builder.place("loop"), Sql(f"SELECT name FROM {table.name} WHERE {first.name} = ? AND {second.name} = ? ORDER BY position"),
                  [Cell(row, one), Cell(row, other)])
    return [parent, *builder.unrelated(), Each(parent.into, row, builder.rng.choice(HOWS[:4]), [child], one, mask(builder.rng))]


def threads(builder):
    table = builder.pick_table()
    column = builder.key_column(table)
    parent, (index,) = builder.read(table, [column.name])
    row = builder.name("row")
    child = builder.child(table, column, row, index, threads=True)
    return [parent, *builder.unrelated(), Pool(parent.into, row, builder.rng.randint(2, 4), child)]


def page_rows(builder):
    """A child for each row of each page."""
    table = builder.pick_table(lambda table: len(table.rows) > 4 and table.columns[0].form in ("dense", "sparse"))
    if table is None:
        return None
    column = builder.key_column(table)
    size = builder.rng.randint(2, max(2, len(table.rows) // 2))
    sql, where = builder.select(table, ["id"] if column.name == "id" else ["id", column.name], f"WHERE id > ? ORDER BY id LIMIT {size}")
    last = builder.name("last")
    page = Fetch(builder.place("none"), sql, [Var(last)], builder.name("rows"))
    row = builder.name("row")
    body = body_of(builder, table, column, row, where[-1])
    return [Pages(page, last, -1, where[0], size, [Each(page.into, row, "order", body, where[-1])])]


def numbers(builder, kind):
    """Loops whose values come from no result, though earlier ones may hold the same numbers."""
    rng = builder.rng
    table = builder.pick_table()
    column = "id" if table.columns[0].form == "dense" else "position"
    count = rng.randint(2, 4) if rng.random() < .25 else rng.randint(5, 25)
    start = rng.choice((0, 1, 1, 1, 3))
    values = list(range(start, start + count))
    if kind == "constants":
        values = rng.sample(range(1, 41), count)
    elif kind == "shuffled_range":
        rng.shuffle(values)
    name = builder.name("number")
    sql, _ = builder.select(table, ["name"], f"WHERE {column} = ?")
    before = [] if rng.random() < .3 else [builder.read(builder.pick_table())[0]]
    return [*before, *builder.unrelated(), Numbers(name, values, [Fetch(builder.place("free"), sql, [Var(name)])])]


KINDS = {**{f"loop_{how}": make_arranged(how) for how in HOWS},
         "loop_streamed": streamed, "nested_two": nested, "nested_three": nested_three, "composite": composite, "threads": threads,
         "page_rows": page_rows,
         **{kind: lambda builder, kind=kind: numbers(builder, kind) for kind in ("range", "shuffled_range", "constants")}}
