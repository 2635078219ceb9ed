import asyncio
import os
import sys
import time

import asyncpg


async def main():
    rounds, size = (int(word) for word in sys.argv[1:])
    connection = await asyncpg.connect(host=os.environ["PGHOST"], database=os.environ["PGDATABASE"], user=os.environ["PGUSER"], port=os.environ["PGPORT"])

    async def look(i):
        await connection.fetchrow("select name from customers where id = $1", i % 1000 + 1)
    for i in range(2 * size):
        await look(i)
    wall, cpu = [], []
    for _ in range(rounds):
        since, used = time.perf_counter(), time.process_time()
        for i in range(size):
            await look(i)
        wall.append(time.perf_counter() - since)
        cpu.append(time.process_time() - used)
    print(min(wall) * 1e6 / size, min(cpu) * 1e6 / size)
    await connection.close()

asyncio.run(main())
