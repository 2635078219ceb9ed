"""Orders and their customers with pg8000, which is Python alone: pg8000_shop.py lazy|eager"""
import os
import sys

import pg8000.dbapi


def lazy(db):
    total = 0
    cursor = db.cursor()
    cursor.execute("select id, customer_id from orders order by id")
    for _, customer in cursor.fetchall():
        cursor.execute("select name from customers where id = %s", (customer,))  # N+1 here
        total += len(cursor.fetchone()[0])
    return total


def eager(db):
    cursor = db.cursor()
    cursor.execute("select o.id, c.name from orders o join customers c on c.id = o.customer_id")
    return sum(len(name) for _, name in cursor.fetchall())


def main():
    db = pg8000.dbapi.connect(os.environ["PGUSER"], database=os.environ["PGDATABASE"],
                              unix_sock=f"{os.environ['PGHOST']}/.s.PGSQL.{os.environ['PGPORT']}")
    db.autocommit = True
    print(globals()[sys.argv[1]](db))
    db.close()


main()
