import asyncio
import os
import sys
import time

import asyncpg


async def main():
    connection = await asyncpg.connect(host=os.environ["PGHOST"], database=os.environ["PGDATABASE"], user=os.environ["PGUSER"], port=os.environ["PGPORT"])

    async def look(i):
        await connection.fetchrow("select name from customers where id = $1", i % 1000 + 1)
    print(await connection.fetchval("select pg_backend_pid()"), flush=True)
    while line := sys.stdin.readline():
        since, used = time.perf_counter_ns(), time.process_time_ns()
        for i in range(int(line)):
            await look(i)
        wall, cpu = time.perf_counter_ns() - since, time.process_time_ns() - used
        print(wall, cpu, flush=True)
    await connection.close()

asyncio.run(main())
