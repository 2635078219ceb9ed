"""Plays a scene on a database in memory and keeps what was asked and answered: the truth is made of nothing else."""
import sqlite3
from dataclasses import dataclass

from . import data, program
from .runtime.arrange import arrange, batch_args, batch_text

LIMIT = 1500  # executions of a scene; larger ones are drawn anew


class TooLarge(Exception):
    pass


@dataclass
class Execution:
    time: int
    place: program.Place
    values: list
    origins: list  # of each value: (place number, column name), "number", or None for a constant
    columns: list
    rows: list
    call: int  # of a step


class Rows:
    """A result set in a variable, and where it is from."""

    def __init__(self, place, columns, rows):
        self.place, self.columns, self.rows = place, columns, rows


class Player:
    def __init__(self, scene):
        self.scene = scene
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        for statement in data.definition(scene.tables, "sqlite"):
            self.connection.execute(statement)
        self.log = []
        self.call = 0
        self.variables = {}

    def evaluate(self, arg):
        if isinstance(arg, program.Const):
            return arg.value, None
        if isinstance(arg, program.Var):
            return self.variables[arg.name], "number"
        source, row = self.variables[arg.row]
        value = row[arg.column]
        return str(value) if arg.as_text else value, (source.place.number, source.columns[arg.column])

    def execute(self, place, text, values, origins):
        if len(self.log) >= LIMIT:
            raise TooLarge
        cursor = self.connection.execute(text, values)
        rows = cursor.fetchall()
        columns = [column[0] for column in cursor.description or ()]
        self.log.append(Execution(len(self.log), place, values, origins, columns, rows, self.call))
        return Rows(place, columns, rows)

    def fetch(self, node):
        pairs = [self.evaluate(arg) for arg in node.args]
        result = self.execute(node.place, node.sql.sqlite, [value for value, _ in pairs], [origin for _, origin in pairs])
        if node.into:
            self.variables[node.into] = result
        return result

    def play(self, body):
        for node in body:
            getattr(self, "play_" + type(node).__name__.lower())(node)

    def play_fetch(self, node):
        self.fetch(node)

    def each(self, rows, source, row, body):
        for cells in rows:
            self.variables[row] = source, cells
            self.play(body)

    def play_stream(self, node):
        result = self.fetch(node.fetch)
        self.each(result.rows, result, node.row, node.body)

    def play_each(self, node):
        result = self.variables[node.rows]
        self.each(arrange(result.rows, node.column, node.how, node.mask), result, node.row, node.body)

    def play_pool(self, node):
        result = self.variables[node.rows]
        self.each(result.rows, result, node.row, [node.fetch])

    def play_numbers(self, node):
        for value in node.values:
            self.variables[node.name] = value
            self.play(node.body)

    def play_batch(self, node):
        source = self.variables[node.rows]
        head, unit, separator, tail, pack = node.parts["sqlite"]
        for at in range(0, len(source.rows), node.size):
            rows = source.rows[at:at + node.size]
            values = batch_args(rows, node.columns, pack)
            self.execute(node.place, batch_text(head, unit, separator, tail, len(rows)), values, [None] * len(values))

    def play_pages(self, node):
        self.variables[node.name] = node.start
        while True:
            result = self.fetch(node.fetch)
            if not result.rows:
                return
            self.play(node.body)
            self.variables[node.name] = (self.variables[node.name] + node.size if node.column is None
                                         else result.rows[-1][node.column])

    def play_drain(self, node):
        while True:
            result = self.fetch(node.fetch)
            if not result.rows:
                return
            self.each(result.rows[:1], result, node.row, node.body)

    def play_repeat(self, node):
        for _ in range(node.times):
            self.play(node.body)

    def play_many(self, node):
        if node.values is not None:
            for value in node.values:
                self.execute(node.place, node.sql.sqlite, [value], ["number"])
            return
        source = self.variables[node.rows]
        for row in source.rows:
            self.execute(node.place, node.sql.sqlite, [row[column] for column in node.columns],
                         [(source.place.number, source.columns[column]) for column in node.columns])


def simulate(scene):
    player = Player(scene)
    initial = player.connection.serialize()
    for step in scene.steps:
        for _ in range(step.times):
            player.call += 1
            player.play(step.body)
    return player.log, initial
