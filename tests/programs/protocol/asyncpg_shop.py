"""Orders and their customers with asyncpg: asyncpg_shop.py lazy|eager [pool] [uvloop]"""
import asyncio
import os
import sys

import asyncpg

WHERE = dict(host=os.environ["PGHOST"], port=int(os.environ["PGPORT"]), user=os.environ["PGUSER"], database=os.environ["PGDATABASE"])


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


async def main(load):
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
