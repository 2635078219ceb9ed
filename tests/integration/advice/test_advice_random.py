"""Statements made at random: whatever SQL an advice gives for one runs, and gives the rows of the loop. Most get none."""
import random
import sqlite3

import postgresql
import pytest
from test_advice import KEY, MORE, Counter, Sqlite, advise, compare_joined, inserts, literal, shop

COLUMNS = {"posts": ["id", "user_id", "likes"], "comments": ["id", "post_id", "words"], "nodes": ["id", "parent_id", "name"],
           "accounts": ["id", "owner_id", "email", "open"], "users": ["id", "name"]}
KEYS = [str(key) for key in range(1, 9)]
STATEMENTS = 1500


class Statement:
    """One SELECT: its text with :key in the place of the varying value, and the values of its placeholders, once it is normalised."""

    def __init__(self, dice, is_parent=False):
        self.dice, self.slots, self.is_parent = dice, [], is_parent
        self.tables = [(dice.choice([name, f"t{at}"]), name)
                       for at, name in enumerate(dice.sample(sorted(COLUMNS), 1 if is_parent else dice.choice([1, 1, 1, 2])))]
        self.text = self.select()

    def value(self):
        self.slots.append(self.dice.choice([1, 2, 3, 5, 1003, 1010, 24, "a", "b%", "user 2"]))
        return literal(self.slots[-1]) if isinstance(self.slots[-1], str) else str(self.slots[-1])

    def key(self):
        self.slots.append(KEY)
        return ":key"

    def column(self):
        table, name = self.dice.choice(self.tables)
        column = self.dice.choice(COLUMNS[name])
        if self.dice.random() < (0.5 if len(self.tables) == 1 else 0.05):
            return column
        return self.dice.choice([f"{table}.{column}", f'"{table}"."{column}"'])

    def item(self):
        column = self.column()
        plain = [lambda: column] * 10 + [lambda: "*", lambda: self.dice.choice(self.tables)[0] + ".*"]
        other = [lambda: f"coalesce({column}, {self.value()})", lambda: f"upper({column})", lambda: f"{column} + {self.value()}",
                 lambda: "count(*)", lambda: f"sum({column})", lambda: f"max({column})", lambda: f"count(DISTINCT {column})",
                 lambda: f"max({column}, {self.value()})", lambda: "(SELECT max(id) FROM users)",
                 lambda: f"row_number() OVER (ORDER BY {column})", self.value]
        text = self.dice.choice(plain + ([] if self.is_parent else other))()
        return text if "*" in text[-2:] or self.dice.random() < 0.8 else f"{text} AS {self.dice.choice(['n', 'id', 'user_id', 'likes'])}"

    def list_of_values(self):
        self.slots.append(tuple(self.dice.choice([1, 2, 3, 4, 1001, 1002]) for _ in range(self.dice.randint(2, 3))))
        return f"({', '.join(map(str, self.slots[-1]))})"

    def condition(self):
        column = self.column()
        return self.dice.choice([
            lambda: f"{column} {self.dice.choice(['=', '<', '>', '<>', '>=', 'IS'])} {self.value()}", lambda: f"{column} IS NOT NULL",
            lambda: f"{column} BETWEEN {self.value()} AND {self.value()}", lambda: f"{column} LIKE {self.value()}", lambda: column,
            lambda: f"{column} {self.dice.choice(['IN', 'NOT IN'])} {self.list_of_values()}", lambda: f"NOT {column} = {self.value()}",
            lambda: f"{column} = {self.column()}", lambda: f"{column} IN (SELECT id FROM users)", lambda: f"lower({column}) <> {self.value()}",
        ])()

    def comparison(self):
        table, name = self.dice.choice(self.tables)
        column = f"{table}.{self.dice.choice([column for column in COLUMNS[name] if column.endswith('id')])}"
        return self.dice.choice([
            lambda: f"{column} = {self.key()}", lambda: f"{self.key()} = {column}", lambda: f"({column} = {self.key()})",
            lambda: f"{column} == {self.key()}", lambda: f"{column} IN ({self.key()})", lambda: f"NOT {column} = {self.key()}",
            lambda: f"{column} > {self.key()}", lambda: f"{column} = {self.key()} = {self.value()}",
        ])()

    def conditions(self, depth, with_key):
        if depth == 0:
            return self.comparison() if with_key else self.condition()
        count = self.dice.randint(1, 3)
        at = self.dice.randrange(count)
        parts = [self.conditions(self.dice.choice([0, depth - 1]), with_key and part == at) for part in range(count)]
        text = self.dice.choice([" AND "] * 5 + [" OR "]).join(parts)
        return self.dice.choice(["", "", "NOT "]) + f"({text})" if self.dice.random() < 0.4 else text

    def source(self):
        names = [name if name == table else name + self.dice.choice([" AS ", " "]) + table for table, name in self.tables]
        if len(names) == 1:
            return names[0]
        join = self.dice.choice([" JOIN ", " LEFT JOIN ", ", "])
        return join.join(names) + ("" if join == ", " else f" ON {self.column()} = {self.column()}")

    def select(self):
        items = ", ".join(self.item() for _ in range(self.dice.randint(1, 3)))
        text = f"SELECT {'DISTINCT ' if self.dice.random() < 0.04 else ''}{items} FROM {self.source()}"
        if not self.is_parent or self.dice.random() < 0.5:
            text += " WHERE " + self.conditions(self.dice.randint(0, 2), not self.is_parent)
        if self.dice.random() < 0.04:
            text += f" GROUP BY {self.column()}"
        if self.dice.random() < 0.3:  # a total order, so that the first rows are always the same
            text += f" ORDER BY {self.column()}{self.dice.choice(['', ' DESC'])}, " + ", ".join(f"{table}.id" for table, _ in self.tables)
        for word, chance in (("LIMIT", 0.2), ("OFFSET", 0.1)):
            if self.dice.random() < chance and (word == "LIMIT" or "LIMIT" in text):
                text += f" {word} {2 if word == 'LIMIT' else 1}"
                self.slots.append(2 if word == "LIMIT" else 1)
        return text


@pytest.fixture(scope="module")
def database():
    found = Sqlite()
    found.run(*shop.CREATE, *inserts(shop.rows()), *MORE)
    return found


def make(database, seed, is_parent):
    """Statements that SQLite runs, with what makes their rows: those of each key, or all of them."""
    dice = random.Random(seed)
    made = []
    while len(made) < STATEMENTS:
        statement = Statement(dice, is_parent)
        try:
            if is_parent:
                cursor = database.connection.execute(statement.text)
                statement.columns = [column[0] for column in cursor.description]
            else:
                statement.loop = dict(zip(KEYS, database.rows_of_each([statement.text.replace(":key", key) for key in KEYS])))
        except sqlite3.Error:
            continue
        made.append(statement)
    return made


def number_of_key(slots):
    return 1 + sum(len(slot) if isinstance(slot, tuple) else 1 for slot in slots[:slots.index(KEY)])


def without_limit(statement):
    return statement.slots[:len(statement.slots) - statement.text.count(" LIMIT ") - statement.text.count(" OFFSET ")]


def check_keys(database, statement, sql):
    constants = statement.text[:statement.text.index(" FROM ")].count(",") + 1
    found = database.rows(sql, [KEYS if slot is KEY else slot for slot in without_limit(statement)[constants:]])
    assert sorted(found) == sorted((key,) for key, rows in statement.loop.items() if rows), (statement.text, sql)


def check_children(database, statement, sql):
    slots = statement.slots if "nth" in sql else without_limit(statement)
    found = database.rows(sql, [KEYS if slot is KEY else slot for slot in slots])
    loop, nothing = statement.loop, []
    if "nth" in sql:
        found = [row[:-1] for row in found]
    if " group by " in sql:
        nothing, = database.rows_of_each([statement.text.replace(":key", "-77")])
    width = next((len(row) for rows in loop.values() for row in rows), 0)
    adds_key = bool(found) and len(found[0]) == width + 1
    expected = Counter(((key,) if adds_key else ()) + row for key, rows in loop.items() for row in rows if row not in nothing)
    assert Counter(row for row in found if row[adds_key:] not in nothing) == expected, (statement.text, sql)


def test_lists_of_random_statements(build, database):
    statements = make(database, 1, False)
    texts = postgresql.normalised(build, [statement.text.replace(":key", "1") for statement in statements])
    findings = [(1, 0, text, number_of_key(statement.slots), len(KEYS), sum(map(len, statement.loop.values())), len(KEYS), "", "")
                for statement, text in zip(statements, texts)]
    rewritten = [(statement, sql) for statement, (_, _, sql) in zip(statements, advise(build, findings)) if sql]
    assert len(rewritten) > STATEMENTS / 8
    existence = [(statement, sql) for statement, sql in rewritten if sql.startswith("select distinct ")]
    assert len(existence) > 5
    for statement, sql in rewritten:
        (check_keys if (statement, sql) in existence else check_children)(database, statement, sql)


def test_joins_of_random_statements(build, database):
    parents, children = make(database, 2, True), make(database, 3, False)
    pairs = [(parent, child, column) for parent, child in zip(parents, children) for column in parent.columns]
    texts = iter(postgresql.normalised(build, [text for parent, child, _ in pairs for text in (parent.text, child.text.replace(":key", "1"))]))
    findings = []
    for parent, child, column in pairs:
        parent_text, text = next(texts), next(texts)
        findings.append((1, 0, text, number_of_key(child.slots), len(KEYS), len(KEYS), len(KEYS), parent_text, column))
    joined = 0
    for (parent, child, column), (_, _, sql) in zip(pairs, advise(build, findings)):
        own = " LEFT JOIN " in child.text  # then it is a list that has one
        if not sql or own or " left join " not in sql or not any(child.loop.values()):
            continue
        values = [slot for slot in without_limit(child) if slot is not KEY] + parent.slots
        rows, = database.rows_of_each([parent.text])
        found = database.rows(sql, values)
        if not rows:
            assert not found
            continue
        compare_joined(database, lambda key: child.text.replace(":key", literal(key)), rows, parent.columns.index(column), found)
        joined += 1
    assert joined > 30
