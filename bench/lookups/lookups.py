import asyncio
import os
import sys
import time

import asyncpg


async def main():
    count = int(sys.argv[1])
    connection = await asyncpg.connect(host=os.environ["PGHOST"], database=os.environ["PGDATABASE"], user=os.environ["PGUSER"], port=os.environ["PGPORT"])
    for i in range(count // 2):
        await connection.fetchrow("select name from customers where id = $1", i % 1000 + 1)
    since = time.perf_counter()
    for i in range(count):
        await connection.fetchrow("select name from customers where id = $1", i % 1000 + 1)
    print((time.perf_counter() - since) * 1e6 / count)
    await connection.close()

asyncio.run(main())
