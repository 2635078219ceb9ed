"""The orders in which the programs of scenes go through rows; runtime.rb and runtime.h do the same."""


def first_of_each(rows, column):
    found = {}
    for row in rows:
        found.setdefault(row[column], row)
    return list(found.values())


def arrange(rows, column, how, mask):
    marked = [mask[number % len(mask)] == "1" for number in range(len(rows))]
    if how == "gaps":
        return [row for row, mark in zip(rows, marked) if mark]
    if how == "repeats":
        return [row for row, mark in zip(rows, marked) for _ in range(2 if mark else 1)]
    if how == "first":
        return rows[:(len(rows) + 1) // 2]
    if how == "unique":
        return first_of_each(rows, column)
    if how == "reversed":
        return rows[::-1]
    if how == "sorted":
        return sorted(rows, key=lambda row: row[column])
    if how == "sorted_unique":
        return sorted(first_of_each(rows, column), key=lambda row: row[column])
    if how == "shuffled":
        return [row for _, row in sorted(((number + 1) * 2654435761 % 2 ** 32, row) for number, row in enumerate(rows))]
    return rows


def batch_text(head, unit, separator, tail, count):
    return head + separator.join([unit] * count) + tail


def batch_args(rows, columns, pack):
    cells = [row[column] for row in rows for column in columns]
    if not pack:
        return cells
    quote = '"' if pack == "[]" and isinstance(cells[0], str) else ""
    return [pack[0] + ",".join(f"{quote}{cell}{quote}" for cell in cells) + pack[1]]
