"""psycopg 2 and 3 from their wheels. Arguments: a function; libpq's variables say where. Prints what it gave, and its statements."""
import json
import sys

DRIVER = __import__(sys.argv[2])


def to_one(cursor):
    found = []
    cursor.execute("select id, customer_id from orders order by id")
    for _, customer in cursor.fetchall():
        cursor.execute("select name from customers where id = %s", (customer,))  # N+1 here
        found.append(cursor.fetchone()[0])
    return found, len(found) + 1


def to_one_joined(cursor):
    cursor.execute("select c.name from orders o join customers c on c.id = o.customer_id order by o.id")
    return [name for name, in cursor.fetchall()], 1


connection = DRIVER.connect("")
gave, sent = globals()[sys.argv[1]](connection.cursor())
connection.commit()  # a server does not count what was open when its transaction was given up
connection.close()
print(json.dumps({"gave": gave, "told": sent}))
