"""What the steps of a scene are built with: places, names, and statements over the scene's tables."""
from .data import TYPES
from .program import Cell, Const, Fetch, Place, Sql

STYLES = ("inline", "own", "common")


class Builder:
    def __init__(self, rng, scene, regular):
        self.rng, self.scene, self.regular = rng, scene, regular
        self.kind = None
        self.names = 0
        self.style = rng.choice(STYLES)  # half of the programs do everything one way
        self.mixed = rng.random() < .5

    def name(self, word):
        self.names += 1
        return f"{word}{self.names}"

    def table(self, name):
        return next(table for table in self.scene.tables if table.name == name)

    def place(self, truth="none", **more):
        style = self.rng.choice(STYLES) if self.mixed else self.style
        place = Place(len(self.scene.places) + 1, self.kind, truth, style, **more)
        self.scene.places.append(place)
        return place

    def pick_table(self, condition=lambda table: True):
        fitting = [table for table in self.regular if condition(table)]
        return self.rng.choice(fitting) if fitting else None

    # ---- statements

    def order(self, table):
        """An order that both systems agree on."""
        if table.columns[0].form == "code":
            return "position"
        return self.rng.choice(("id", "id", "position", "position", "id DESC", "position DESC"))

    def select(self, table, needed, tail):
        """A SELECT of the needed columns among others, and where each of them stands."""
        others = [column.name for column in table.columns if column.name not in needed]
        names = list(needed) + self.rng.sample(others, self.rng.randint(0, len(others)))
        self.rng.shuffle(names)
        said = [f"{name} AS {table.name[:4]}_key" if name == "id" and self.rng.random() < .08 else name for name in names]
        return Sql(f"SELECT {', '.join(said)} FROM {table.name} {tail}".strip()), [names.index(name) for name in needed]

    def read(self, table, needed=(), limit=None, truth="none"):
        """A fetch of a whole table, or of its first rows."""
        tail = f"ORDER BY {self.order(table)}"
        args = []
        if limit:
            tail += f" LIMIT {limit}"
        elif self.rng.random() < .25:
            tail = f"WHERE kind <> ? {tail}"
            args = [Const(self.rng.randint(1, 3))]
        sql, where = self.select(table, needed or ["id"], tail)
        return Fetch(self.place(truth), sql, args, self.name("rows")), where

    def children_by(self, table, column):
        """Statements that ask for something by a key of that form: (table, column of it)."""
        target = column.refers or table.name
        found = [(other, reference.name) for other in self.regular for reference in other.references() if reference.refers == target]
        if column.name != "id" and not column.refers:
            return [(self.pick_table(), "position")]
        if column.refers:
            return [(self.table(target), "id")] * 3 + found
        return found or [(self.table(target), "id")]

    def child(self, table, column, row, index, truth="loop", **more):
        """A SELECT for the key in a cell: to-one or to-many, in one of the forms a single key has."""
        rng = self.rng
        target, key = rng.choice(self.children_by(table, column))
        as_text = column.form in ("dense", "sparse") and rng.random() < .12
        comparison = rng.choices(("= ?", "IN (?)", "= ANY"), (80, 12, 8))[0]
        sqlite = postgresql = f"{key} {comparison}"
        if comparison == "= ANY":
            sqlite, postgresql = f"{key} = ?", f"{key} = ANY(?::{TYPES['postgresql'][column.form]}[])"
        args = [Cell(row, index, as_text, comparison == "= ANY")]
        form = [comparison, *(["key as text"] if as_text else [])]
        if rng.random() < .2:  # a constant beside the key, before or after it
            before = rng.random() < .5
            sqlite, postgresql = (f"kind <> ? AND {text}" if before else f"{text} AND kind <> ?" for text in (sqlite, postgresql))
            args.insert(0 if before else 1, Const(rng.randint(1, 3)))
            form.append("constant beside")
        tail = ""
        if rng.random() < .2:
            head = f"SELECT {rng.choice(('count(*)', 'max(position)', 'count(*) AS n, min(name) AS first'))} FROM {target.name}"
        else:
            head = self.select(target, [rng.choice(("id", "name"))], "")[0].sqlite
            tail = "" if key == "id" else f" ORDER BY {self.order(target)}"
        sql = Sql(f"{head} WHERE {sqlite}{tail}", f"{head} WHERE {postgresql}{tail}")
        literal = comparison != "= ANY" and rng.random() < .06
        place = self.place(truth, forms=[*form, *(["literal"] if literal else [])], **more)
        place.style = "common" if literal else place.style
        return Fetch(place, sql, args, literal=literal)

    def nested_child(self, table, column, row, index):
        """A child whose rows are gone through in turn by another column than the one that it was asked by; None if there is none."""
        choices = [(target, key, wanted) for target, key in self.children_by(table, column)
                   for wanted in (target.columns[0], *target.references()) if wanted.name != key]
        if not choices:
            return None
        target, key, wanted = self.rng.choice(choices)
        tail = f"WHERE {key} = ?" + ("" if key == "id" else f" ORDER BY {self.order(target)}")
        sql, where = self.select(target, [wanted.name], tail)
        return Fetch(self.place("loop"), sql, [Cell(row, index)], self.name("rows")), target, wanted, where[0]

    def key_column(self, table, references=.55):
        """A foreign key, or the id, of which children are asked for; now and then another number."""
        if self.rng.random() < .06:
            return self.rng.choice([column for column in table.columns if column.form == "dense"])
        foreign = table.references()
        if foreign and self.rng.random() < references:
            return self.rng.choice(foreign)
        return table.columns[0]

    def unrelated(self):
        """Reads of other tables, which hold the same numbers by chance."""
        return [self.read(self.pick_table())[0] for _ in range(self.rng.choice((0, 0, 1, 1, 2)))]
