"""The tables of a scene and what stands in them: mostly small dense ids, as development data has."""
from dataclasses import dataclass, field

NOUNS = """customer order item tag invoice author book city region ticket project task comment photo album track user team
booking room hotel flight seat payment parcel depot driver course lesson student teacher recipe meal device sensor alarm""".split()
ROLES = "owner editor reviewer parent sender receiver creator origin target buyer seller manager".split()
TYPES = {"sqlite": {"dense": "INTEGER", "sparse": "INTEGER", "uuid": "TEXT", "code": "TEXT", "word": "TEXT"},
         "postgresql": {"dense": "integer", "sparse": "bigint", "uuid": "uuid", "code": "text", "word": "text"}}
SURPRISING = ("sparse", "uuid", "code")  # forms whose values do not coincide


@dataclass
class Column:
    name: str
    form: str
    refers: str = None  # the table whose ids stand here


@dataclass
class Table:
    name: str
    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)

    def column(self, name):
        return next(column for column in self.columns if column.name == name)

    def references(self):
        return [column for column in self.columns if column.refers]

    def place_of(self, name):
        return [column.name for column in self.columns].index(name)


def plural(noun):
    return noun[:-1] + "ies" if noun.endswith("y") else noun + "s"


def make_uuid(rng):
    text = f"{rng.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def make_ids(rng, form, count):
    if form == "dense":
        start = 1 if rng.random() < .8 else rng.randint(0, 5)
        return list(range(start, start + count))
    if form == "sparse":
        return sorted(rng.sample(range(10 ** 5, 2 ** 31 if rng.random() < .5 else 2 ** 45), count))
    if form == "uuid":
        return [make_uuid(rng) for _ in range(count)]
    return ["k" + "".join(rng.choice("bcdfghjklmnpqrstvwxz23456789") for _ in range(9)) for _ in range(count)]


def row_count(rng):
    return rng.randint(2, 5) if rng.random() < .35 else rng.randint(4, 14) if rng.random() < .6 else rng.randint(10, 40)


def add_references(rng, table, others):
    """One to three foreign keys; two may hold the same values in another order, or in the same."""
    count, made = len(table.rows), []
    for target in rng.choices(others, k=rng.choice((1, 1, 2, 2, 3))) if others else ():
        name = target.name[:-3] + "y" if target.name.endswith("ies") else target.name[:-1]
        if any(column.name == name + "_id" for column, _ in made):
            name = rng.choice([role for role in ROLES if all(column.name != role + "_id" for column, _ in made)])
        ids = [row[0] for row in target.rows]
        twin = [values for column, values in made if column.refers == target.name]
        if twin and rng.random() < .7:
            values = rng.sample(twin[0], count)
        elif count <= len(ids) and rng.random() < .3:
            values = rng.sample(ids, count)
        else:
            values = [rng.choice(ids) for _ in range(count)]
        if rng.random() < .1:
            values.sort()
        made.append((Column(name + "_id", target.columns[0].form, target.name), values))
    for column, values in made:
        table.columns.append(column)
        for row, value in zip(table.rows, values):
            row.append(value)


def add_column(table, name, form, values):
    table.columns.append(Column(name, form))
    for row, value in zip(table.rows, values):
        row.append(value)


def make_table(rng, name, others):
    form = rng.choices(("dense", "sparse", "uuid", "code"), (74, 10, 10, 6))[0]
    table = Table(name, [Column("id", form)], [[key] for key in make_ids(rng, form, row_count(rng))])
    add_references(rng, table, others)
    count = len(table.rows)
    positions = list(range(1, count + 1))
    if rng.random() < .7:
        rng.shuffle(positions)
    add_column(table, "position", "dense", positions)
    add_column(table, "kind", "dense", [rng.randint(1, 3) for _ in range(count)])
    add_column(table, rng.choice(("amount", "level", "score")), "dense", [rng.randint(1, count + 3) for _ in range(count)])
    add_column(table, "name", "word", [f"{name} {rng.randint(1, 99)}" for _ in range(count)])
    return table


def make_tables(rng):
    """The regular tables, and two more: jobs, which workers take, and a journal, which is written to."""
    tables = []
    for noun in rng.sample(NOUNS, rng.randint(3, 5)):
        tables.append(make_table(rng, plural(noun), tables))
    target, count = rng.choice(tables), rng.randint(2, 14)
    ids = [row[0] for row in target.rows]
    jobs = Table("jobs", [Column("id", "dense"), Column("subject_id", target.columns[0].form, target.name), Column("taken", "dense")],
                 [[number, rng.choice(ids), 0] for number in range(1, count + 1)])
    journal = Table("journal", [Column("entry", "word"), Column("note", "word")])
    return tables, jobs, journal


def definition(tables, system):
    """The statements that make the tables and fill them. Values need no quoting but what stands here."""
    for table in tables:
        columns = ", ".join(f"{column.name} {TYPES[system][column.form]}{' PRIMARY KEY' if column.name == 'id' else ''}"
                            for column in table.columns)
        yield f"CREATE TABLE {table.name}({columns})"
        if table.rows:
            values = ", ".join("(" + ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in row) + ")"
                               for row in table.rows)
            yield f"INSERT INTO {table.name} VALUES {values}"
