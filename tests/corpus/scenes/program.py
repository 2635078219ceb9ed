"""What a scene's program is made of, in no language: emitters write it down, simulate.py plays it."""
from dataclasses import dataclass, field


@dataclass
class Sql:
    """One statement, with ? for parameters, as each system wants it."""
    sqlite: str
    postgresql: str = None

    def of(self, system):
        return self.postgresql if system == "postgresql" and self.postgresql else self.sqlite


@dataclass
class Place:
    """A line of the program that runs a statement."""
    number: int
    kind: str  # of the step that it stands in
    truth: str  # loop, free (a loop whose values come from no result), none
    style: str  # inline, own (a function of its own), common (the helper that all share)
    write: bool = False
    threads: bool = False
    forms: list = field(default_factory=list)  # what is to be said of the child's statement

    @property
    def function(self):
        return f"fetch_{self.number}"


@dataclass
class Const:
    value: object


@dataclass
class Var:
    """A number that the program counts itself."""
    name: str


@dataclass
class Cell:
    row: str
    column: int
    as_text: bool = False
    as_array: bool = False  # on PostgreSQL: of this one key


@dataclass
class Fetch:
    """Runs a statement. Without `into` its rows are read and dropped; `returns` is false for a write that has none."""
    place: Place
    sql: Sql
    args: list
    into: str = None
    returns: bool = True
    literal: bool = False  # the values stand in the text


@dataclass
class Stream:
    """Runs a statement, and the body at each row while it is being stepped."""
    fetch: Fetch
    row: str
    body: list


@dataclass
class Each:
    """The body for each of the rows of a variable, arranged as runtime/arrange says."""
    rows: str
    row: str
    how: str
    body: list
    column: int = 0
    mask: str = "1"


@dataclass
class Numbers:
    """The body for each of some numbers that stand in the program."""
    name: str
    values: list
    body: list

    def is_range(self):
        return self.values == list(range(self.values[0], self.values[0] + len(self.values)))


@dataclass
class Pool:
    """The fetch for each of the rows, in threads with a connection each."""
    rows: str
    row: str
    workers: int
    fetch: Fetch


@dataclass
class Batch:
    """One statement for each chunk of the rows: head, unit for each of them, tail. `pack` makes one parameter of all keys."""
    place: Place
    rows: str
    columns: list
    size: int
    parts: dict  # system -> (head, unit, separator, tail, pack)


@dataclass
class Pages:
    """Fetches until there is no row, and runs the body on each page. The variable advances by the page's size, or to the last key."""
    fetch: Fetch
    name: str
    start: object
    column: int  # None: an offset
    size: int
    body: list


@dataclass
class Drain:
    """Fetches one row after the other until there is none, and runs the body for each."""
    fetch: Fetch
    row: str
    body: list


@dataclass
class Repeat:
    times: int
    body: list


@dataclass
class Many:
    """executemany: the statement for each of the rows' cells, or of numbers."""
    place: Place
    sql: Sql
    rows: str
    columns: list
    values: list = None


@dataclass
class Step:
    number: int
    kind: str
    body: list
    times: int = 1  # called at so many lines


@dataclass
class Scene:
    number: int
    client: str
    tables: list
    steps: list = field(default_factory=list)
    places: list = field(default_factory=list)
    transaction: bool = False  # all of it in one

    @property
    def system(self):
        return self.client.split("-")[1]

    @property
    def language(self):
        return self.client.split("-")[0]
