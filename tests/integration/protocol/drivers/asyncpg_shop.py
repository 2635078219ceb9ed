"""A shop over asyncpg: asyncpg_shop.py SCENE DATABASE [uvloop]."""
import asyncio
import os
import ssl
import sys

import asyncpg

SCHEMA = """create table customers(id int primary key, name text);
create table orders(id int primary key, customer_id int, amount int)"""
FILL = """insert into customers select 7 * i, 'c' || i from generate_series(1, 1000) i;
insert into orders select i, 7 * i, i from generate_series(1, 1000) i"""
ORDERS = "select id, customer_id from orders order by id"


async def lazy(pool):
    async with pool.acquire() as connection:
        for order in await connection.fetch(ORDERS):
            name = await connection.fetchval("select name from customers where id = $1", order["customer_id"])  # N+1 here
            assert name == f"c{order['id']}"


async def pooled(pool):
    """Each lookup on whichever connection is free; what the pool does between is counted, too."""
    for order in await pool.fetch(ORDERS):
        row = await pool.fetchrow("select name from customers where id = $1", order["customer_id"])  # N+1 here
        assert row["name"] == f"c{order['id']}"


async def eager(pool):
    orders = await pool.fetch(ORDERS)
    rows = await pool.fetch("select id, name from customers where id = any($1)", [order["customer_id"] for order in orders])
    assert len(rows) == 1000


async def everything(pool):
    """What else the driver has: executemany, cursors, copy, errors, transactions."""
    async with pool.acquire() as connection:
        await connection.executemany("insert into orders values ($1, $2, $3)", [(5000 + i, i, i) for i in range(100)])
        async with connection.transaction():
            rows = [row async for row in connection.cursor("select id from orders where id < $1", 100, prefetch=10)]
            assert len(rows) == 99
            cursor = await connection.cursor("select id from customers order by id")
            while await cursor.fetch(300):
                pass
        try:
            await connection.fetch("select 1 / $1::int", 0)
        except asyncpg.DivisionByZeroError:
            pass
        await connection.copy_records_to_table("orders", records=[(9000 + i, 1, 1) for i in range(50)])
        try:
            await connection.execute("select pg_sleep(10)", timeout=0.2)  # sends a cancel request on another connection
        except asyncio.TimeoutError:
            pass
        assert await connection.fetchval("select count(*) from orders") == 1150


async def main(scene, database):
    place = {"host": os.environ["PGHOST"], "port": int(os.environ["PGPORT"]), "user": os.environ["PGUSER"], "database": database}
    if os.environ.get("PGSSL"):
        place["host"], place["ssl"] = "127.0.0.1", ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        place["ssl"].check_hostname, place["ssl"].verify_mode = False, ssl.CERT_NONE
    async with asyncpg.create_pool(**place, min_size=3, max_size=3) as pool:
        await pool.execute(SCHEMA)
        await pool.execute(FILL)
        await {"lazy": lazy, "pooled": pooled, "eager": eager, "everything": everything}[scene](pool)


if sys.argv[3:] == ["uvloop"]:
    import uvloop
    uvloop.run(main(*sys.argv[1:3]))
else:
    asyncio.run(main(*sys.argv[1:3]))
