"""A loop over the keys of one type after another, on PostgreSQL: key_types.py DRIVER ROWS KEYS WAY

ROWS and KEYS: text or binary, how psycopg 3 is sent its rows and sends its keys; psycopg2 writes keys into the text. WAY: `same`, a
key is sent as it came; `other`, as a value of another type that stands for the same; `list`, as a list of one. Prints the tables.
"""
import datetime
import decimal
import random
import sys
import uuid

random.seed(5)
RANDOM = [random.getrandbits(128) for _ in range(6)]
KEYS = {  # what SQL makes of them is in the table
    "int2": ["311", "17", "250", "1999", "42", "777"],
    "int4": ["311", "17", "25011", "1999", "42", "7771234"],
    "int8": ["3110000000000", "17", "250", "1999", "42000000001", "777"],
    "oid": ["16384", "311", "24601", "4000000000", "71", "1999"],
    "numeric(20,4)": ["10.50", "3.00", "0.25", "1999.9900", "123456789012.125", "-7.10"],
    "float4": ["0.1", "2.5", "1999.9", "-0.7", "12345.67", "3"],
    "float8": ["0.1", "2.5", "1999.99", "0.30000000000000004", "-7e-05", "3"],
    "uuid": [str(uuid.UUID(int=bits)) for bits in RANDOM],
    "bytea": [f"\\x{bits % 2**72:018x}" for bits in RANDOM],
    "text": ["north", "south", "überall", "o'brien", "west-2", "42 bis"],
    "varchar": ["2024-02-30", "1.2.3", "007", "x", "{", "t1"],
    "char(12)": ["north", "south", "east", "west", "up", "down"],
    '"char"': ["q", "x", "a", "z", "m", "b"],
    "colour": ["red", "blue", "green", "black", "white", "grey"],
    "date": ["2024-02-29", "1999-12-31", "2011-07-05", "2024-03-17", "1970-01-01", "2030-10-10"],
    "timestamp": ["2024-02-29 10:20:30", "1999-12-31 23:59:59.5", "2011-07-05 00:00:00", "2024-03-17 07:00:00.000001",
                  "1970-01-01 12:00:00", "2030-10-10 10:10:10"],
    "timestamptz": ["2024-02-29 10:20:30+00", "1999-12-31 23:59:59.5+02", "2011-07-05 00:00:00+00", "2024-03-17 07:00:00.000001-05",
                    "1970-01-01 12:00:00+00", "2030-10-10 10:10:10+00"],
    "bool": ["true", "false", "true", "false", "true", "false"],
}


def name_of(type_name):
    return "".join(c if c.isalnum() else "_" for c in type_name)


def prepare(execute):
    execute("drop type if exists colour cascade")
    execute("create type colour as enum ('red', 'blue', 'green', 'black', 'white', 'grey')")
    execute("set timezone = 'Europe/Berlin'")
    for type_name, keys in KEYS.items():
        name = name_of(type_name)
        execute(f"create table parent_{name}(id int, other text, k {type_name})")
        execute(f"create table child_{name}(k {type_name}, v text)")
        for number, key in enumerate(keys):
            quoted = key.replace("'", "''")
            execute(f"insert into parent_{name} values ({number + 1}, 'n{number}', '{quoted}'); insert into child_{name} values ('{quoted}', 'v')")


def another(key):
    """As programs write a key that they carry around, in a URL or a form."""
    if isinstance(key, bool):
        return str(key).lower()
    if isinstance(key, decimal.Decimal):
        return str(key.normalize()) if key % 1 else str(int(key))
    if isinstance(key, datetime.date):  # a datetime, too
        return key.isoformat()
    if isinstance(key, uuid.UUID):
        return key.hex.upper()
    if isinstance(key, bytes):
        return "\\x" + key.hex()
    return str(key).rstrip()


def loop(cursor, type_name, mark, way):
    name = name_of(type_name)
    cursor.execute(f"select id, other, k from parent_{name} order by id")
    for _, _, key in cursor.fetchall():
        key = bytes(key) if isinstance(key, memoryview) else key
        if isinstance(key, bytes) and type_name != "bytea":  # an enum in binary is unknown to psycopg
            key = key.decode()
        if way == "list":
            cursor.execute(f"select v from child_{name} where k = any({mark}::{type_name}[])", ([key],))
        else:
            cursor.execute(f"select v from child_{name} where k = {mark}::{type_name}", (another(key) if way == "other" else key,))
        assert cursor.fetchall(), (name, key)


def main(driver, rows, keys, way):
    if driver == "psycopg2":
        import psycopg2
        connection = psycopg2.connect("")
        cursor = connection.cursor()
    else:
        import psycopg
        connection = psycopg.connect("")
        cursor = connection.cursor(binary=rows == "binary")
    prepare(connection.cursor().execute)
    for type_name in KEYS:
        loop(cursor, type_name, "%b" if keys == "binary" else "%t" if driver == "psycopg" else "%s", way)
        print(name_of(type_name))


main(*sys.argv[1:])
