"""Results that are longer than what is kept of them: long_scans.py LOOP ROWS

The table `event` has no column with many values but `place`, of which there is one more every 3,000 rows; `visit` has keys of its own.
"""
import random
import sqlite3
import sys

loop, count = sys.argv[1], int(sys.argv[2])
random.seed(7)
db = sqlite3.connect(":memory:", isolation_level=None)
RUN = 3000
SERIES = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1}) SELECT "

db.execute("CREATE TABLE event(kind TEXT, day TEXT, level INTEGER, place TEXT, person INTEGER, note TEXT)")
db.execute("INSERT INTO event " + SERIES + f"'kind ' || (i % 7), 'day ' || (i * 13 % 365), i % 3, 'place ' || (i / {RUN} * 7919 % 10007),"
           " (i * 37 % 500) * 7919 + 13, iif(i % 5 = 0, NULL, 'a note') FROM n")
db.execute("CREATE TABLE visit(id TEXT PRIMARY KEY, kind TEXT, level INTEGER, note TEXT)")
db.execute("INSERT INTO visit " + SERIES + "'visit ' || (i * 7919 % 1000003), 'kind ' || (i % 7), i % 3, 'a note' FROM n")
db.execute("CREATE TABLE detail(what, text)")
db.execute("CREATE INDEX detail_what ON detail(what)")


def detail(what):
    db.execute("SELECT text FROM detail WHERE what = ?", (what,)).fetchall()


def events():
    return db.execute("SELECT kind, day, level, place, person, note FROM event")


def visits():
    return db.execute("SELECT id, kind, level, note FROM visit")


# ---- after the whole list was read

def the_first_people():
    for row in events().fetchall()[:100]:
        detail(row[4])


def the_last_people():
    for row in events().fetchall()[-100:]:
        detail(row[4])


def scattered_people():
    for row in random.sample(events().fetchall(), 200):
        detail(row[4])


def each_person_once():
    for person in dict.fromkeys(row[4] for row in events()):
        detail(person)


def each_person_sorted():
    for person in sorted({row[4] for row in events()}):
        detail(person)


def places_in_order():
    for place in dict.fromkeys(row[3] for row in events()):
        detail(place)


def places_sorted():
    for place in sorted({row[3] for row in events()}):
        detail(place)


def places_backwards():
    for place in reversed(list(dict.fromkeys(row[3] for row in events()))):
        detail(place)


def the_first_visits():
    for row in visits().fetchall()[:100]:
        detail(row[0])


def the_last_visits():
    for row in visits().fetchall()[-100:]:
        detail(row[0])


def scattered_visits():
    for row in random.sample(visits().fetchall(), 200):
        detail(row[0])


def many_visits():
    for row in visits().fetchall()[:20000]:
        detail(row[0])


# ---- while it is read

def each_place_as_it_comes():
    last = None
    for row in events():
        if row[3] != last:
            last = row[3]
            detail(last)


def people_late():
    for number, row in enumerate(events()):
        if number > count // 2 and number % 50 == 0:
            detail(row[4])


def visits_early():
    for number, row in enumerate(visits()):
        if number < 300:
            detail(row[0])


def people_all_along():
    for number, row in enumerate(events()):
        if number % 40 == 0:
            detail(row[4])


# ---- the program's own

def own_numbers():
    events().fetchall()
    for number in range(200):
        detail(number * 7919 + 12)


def own_places():
    events().fetchall()
    for number in range(60):
        detail(f"place {number * 7919 % 10007 + 1}")


# ---- a join that repeats its parent's columns

def a_join():
    db.execute("CREATE TABLE place(name TEXT, city TEXT)")
    db.execute(f"INSERT INTO place SELECT DISTINCT place, 'city of ' || place FROM event")
    for row in db.execute("SELECT p.name, p.city, e.kind, e.level FROM event e CROSS JOIN place p ON p.name = e.place"):
        pass


globals()[loop]()
