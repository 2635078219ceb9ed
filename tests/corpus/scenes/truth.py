"""What is true of each place of a scene, found from the values alone.

A candidate is a column (of a composite key: a tuple of columns) of a place's results that were read before. How a loop's values
meet its rows is a level:

4 the same  row by row, or row by row backwards
3 exact     all rows one after the other or backwards, but for repeats, or the first of equal keys alone
2 tight     an unbroken run of rows
1 in order  rows may be skipped
0 member    the values stand in it, in any order

Order tells a parent when the loop meets its rows tightly, or in order and often enough that chance would not do it; surprise tells
it when its values are of a form that does not coincide. Columns that meet the loop as well as the true one are ties; those that
meet it tightly, too, are accepted, though row by row they can be told apart.
"""
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import product

ENOUGH = 5  # executions, of which likely is said
IN_ORDER_BY_CHANCE = 3  # so few values are in some order anyway
STRANGE = 0.1  # of a loop's values may stand nowhere in what is still its parent


@dataclass
class Truth:
    place: object
    executions: int = 0
    verdict: str = "none"  # none, loop, free (a loop that nothing may call proven), untellable
    must: str = None  # the least confidence without which it is missed
    accepted: set = field(default_factory=set)  # (place, column); empty: not judged
    ties: set = field(default_factory=set)  # those of them that nothing tells apart, the true one among them
    true: set = field(default_factory=set)
    repeated: bool = True  # the same question was asked twice
    why: str = ""


def as_text(values):
    return tuple(str(value) for value in values)


def without_repeats(sequence):
    return [value for number, value in enumerate(sequence) if number == 0 or value != sequence[number - 1]]


def is_run(values, rows):
    return any(rows[at:at + len(values)] == values for at in range(len(rows) - len(values) + 1))


def is_in_order(values, rows):
    rest = iter(rows)
    return all(value in rest for value in values)


def meets(values, rows, strange=0.0):
    """The level at which values meet the rows of one result; None when more than that share of them does not stand there."""
    known = set(rows)
    met = [value for value in values if value in known]
    if not met or len(values) - len(met) > strange * len(values):
        return None
    if met in (rows, rows[::-1]):
        return 4
    values, rows = without_repeats(met), without_repeats(rows)
    both = (rows, rows[::-1])
    if values in both or values in (list(dict.fromkeys(rows)), list(dict.fromkeys(rows[::-1]))):
        return 3
    if any(is_run(values, order) for order in both):
        return 2 if len(values) > 1 or values[0] in (rows[0], rows[-1]) else 1
    return 1 if any(is_in_order(values, order) for order in both) else 0


def keys_of(execution, columns):
    return [as_text(row[column] for column in columns) for row in execution.rows if all(row[column] is not None for column in columns)]


def by_call(children):
    """Those of each call of the step: what is a loop is one within it."""
    found = defaultdict(list)
    for child in children:
        found[child.call].append(child)
    return list(found.values())


def level_of(children, keys, parents, columns, strange):
    """At which level the children meet these columns of a place: of the last result before each, or of all that were read before."""
    whole = [key for parent in parents if parent.time < children[0].time for key in keys_of(parent, columns)]
    levels = [meets(keys, whole, strange)] if whole and len(parents) > 1 else []
    intervals = defaultdict(list)
    for child, key in zip(children, keys):
        before = [parent for parent in parents if parent.time < child.time]
        intervals[before[-1].time if before else None].append(key)
    if None not in intervals:
        by_time = {parent.time: parent for parent in parents}
        each = [meets(some, keys_of(by_time[time], columns), strange) for time, some in intervals.items()]
        if None not in each:
            levels.append(min(each))
    return max((level for level in levels if level is not None), default=None)


def is_echo(parents, column):
    """A column that only says again what its statement was asked for."""
    return all(any(as_text([row[column]]) == as_text([value]) for value in parent.values) for parent in parents for row in parent.rows)


def keys_asked(children, positions):
    return [as_text(child.values[at] for at in positions) for child in children]


def candidates(children, positions, by_place, own, strange=0.0):
    """(place, columns) -> level."""
    keys = keys_asked(children, positions)
    found = {}
    for number, parents in by_place.items():
        first = parents[0]
        if number == own or not first.columns or first.time > children[0].time:
            continue
        usable = [column for column in range(len(first.columns)) if not is_echo(parents, column)]
        for columns in product(usable, repeat=len(keys[0])):
            if len(set(columns)) < len(columns):
                continue
            level = level_of(children, keys, parents, columns, strange)
            if level is not None:
                found[number, tuple(first.columns[column] for column in columns)] = level
    return found


def is_surprising(keys):
    return all(any(not part.isdigit() or int(part) >= 10 ** 5 for part in key) for key in keys)


def judge_loop(truth, children, by_place):
    place = truth.place
    varying = [at for at, origin in enumerate(children[0].origins)
               if origin is not None and len({as_text([child.values[at]]) for child in children}) > 1]
    keys, calls = keys_asked(children, varying), by_call(children)
    distinct = max(len(set(keys_asked(some, varying))) for some in calls)
    truth.must = "likely" if distinct >= ENOUGH else None
    if distinct < 2:
        truth.verdict, truth.must, truth.why = "untellable", None, "one value"
        return
    if any(children[0].origins[at] == "number" for at in varying):
        best = max((level for some in calls for level in candidates(some, varying, by_place, place.number, STRANGE).values()), default=-1)
        met = best >= 2 or best == 1 and distinct > IN_ORDER_BY_CHANCE
        truth.verdict = "untellable" if met else "free"
        truth.why = f"best {best} of {distinct}"
        return
    each = [candidates(some, varying, by_place, place.number) for some in calls]
    found = {key: min(one[key] for one in each) for key in each[0] if all(key in one for one in each)}
    origins = [children[0].origins[at] for at in varying]
    own = (origins[0][0], tuple(column for _, column in origins))
    level = found.get(own)
    truth.verdict, truth.true = "loop", {(own[0], column) for column in own[1]}
    if level is None:
        truth.why = "its own column is not a candidate"
        return
    better = max((other for key, other in found.items() if key != own), default=-1)
    by_order = level >= 2 or level == 1 and distinct >= ENOUGH
    if by_order or is_surprising(keys):
        truth.must = "proven"
    ties = [key for key, other in found.items() if other == level]
    accepted = [key for key, other in found.items() if other == level or level >= 2 and other >= 2]
    if place.threads:  # their order is not quite the program's
        truth.must = "proven" if is_surprising(keys) or level >= 2 and distinct >= 8 else truth.must and "likely"
        ties = accepted = [key for key, other in found.items() if other >= min(level, 1)]
    truth.why = f"level {level}, next {better}"
    if better > level and level < 2:  # another column is met better than the true one
        truth.must = truth.must and (truth.must if is_surprising(keys) else "likely")
        return
    truth.ties = {(number, column) for number, columns in ties for column in columns}
    truth.accepted = {(number, column) for number, columns in accepted for column in columns}


def truths(scene, log):
    by_place = defaultdict(list)
    for execution in log:
        by_place[execution.place.number].append(execution)
    found = []
    for place in scene.places:
        children = by_place.get(place.number, [])
        truth = Truth(place, len(children), repeated=len({as_text(child.values) for child in children}) < len(children))
        if place.truth != "none" and children:
            judge_loop(truth, children, by_place)
        if place.write and truth.must == "proven":  # two writes are no fault yet
            truth.must = "likely" if max(map(len, by_call(children))) >= ENOUGH else None
        if place.write and scene.transaction and scene.system == "sqlite":  # neither a round trip nor a commit each
            truth.must = None
        found.append(truth)
    return found
