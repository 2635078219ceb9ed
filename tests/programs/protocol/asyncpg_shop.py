"""Orders and their customers with asyncpg: asyncpg_shop.py lazy|eager [pool|each|fresh] [uvloop] [tls]; each: every
statement on whichever connection of a pool is free; fresh: on one of its own, which is made and closed."""
import asyncio
import os
import ssl
import sys

import asyncpg

WHERE = dict(host=os.environ["PGHOST"], port=int(os.environ["PGPORT"]), user=os.environ["PGUSER"], database=os.environ["PGDATABASE"])
if "fresh" in sys.argv:
    WHERE.update(host="127.0.0.1")  # to connect takes a wait there
if "tls" in sys.argv:
    WHERE.update(host="127.0.0.1", ssl=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    WHERE["ssl"].check_hostname, WHERE["ssl"].verify_mode = False, ssl.CERT_NONE


async def lazy(connection):
    total = 0
    for order in await connection.fetch("select id, customer_id from orders order by id"):
        customer = await connection.fetchrow("select name from customers where id = $1", order["customer_id"])  # N+1 here
        total += len(customer["name"])
    return total


async def eager(connection):
    orders = await connection.fetch("select id, customer_id from orders order by id")
    customers = await connection.fetch("select id, name from customers where id = any($1)", [order["customer_id"] for order in orders])
    names = {customer["id"]: customer["name"] for customer in customers}
    return sum(len(names[order["customer_id"]]) for order in orders)


class Fresh:
    """What does without a pool, as Piccolo does unless it is told to start one."""

    async def fetch(self, *statement):
        connection = await asyncpg.connect(**WHERE)
        try:
            return await connection.fetch(*statement)
        finally:
            await connection.close()

    async def fetchrow(self, *statement):
        [row] = await self.fetch(*statement)
        return row


async def main(load):
    if "fresh" in sys.argv:
        print(await load(Fresh()))
        return
    if "each" in sys.argv:
        async with asyncpg.create_pool(min_size=3, max_size=3, **WHERE) as pool:
            print(await load(pool))
        return
    if "pool" not in sys.argv:
        connection = await asyncpg.connect(**WHERE)
        print(await load(connection))
        await connection.close()
        return
    async with asyncpg.create_pool(min_size=2, max_size=4, **WHERE) as pool:
        async with pool.acquire() as connection:
            print(await load(connection))


if __name__ == "__main__":
    if "uvloop" in sys.argv:
        import uvloop
        uvloop.run(main(globals()[sys.argv[1]]))
    else:
        asyncio.run(main(globals()[sys.argv[1]]))
