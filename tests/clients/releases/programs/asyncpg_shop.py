"""asyncpg. Arguments: a function; libpq's variables say where. Prints what it gave, and its statements."""
import asyncio
import json
import sys

import asyncpg


async def name_of(connection, customer):
    return await connection.fetchval("select name from customers where id = $1", customer)


async def to_one(connection):
    found = []
    for row in await connection.fetch("select customer_id from orders order by id"):
        found.append(await name_of(connection, row[0]))  # N+1 here
    return found, len(found) + 1


async def to_one_joined(connection):
    rows = await connection.fetch("select c.name from orders o join customers c on c.id = o.customer_id order by o.id")
    return [name for name, in rows], 1


async def main():
    connection = await asyncpg.connect()
    gave, sent = await globals()[sys.argv[1]](connection)
    await connection.close()
    print(json.dumps({"gave": gave, "told": sent}))


asyncio.run(main())
