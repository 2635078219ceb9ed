"""A parent that is read in one place and children that run in others: pools, event loops, queues."""
import asyncio
import concurrent.futures
import queue
import threading

import harness

cases = harness.Cases()
good, bad = cases.good, cases.bad
CUSTOMERS = "SELECT id FROM customers ORDER BY id"
ORDERS = "SELECT id, total FROM orders WHERE customer_id = ?"


class Own:
    """A connection for each thread."""

    def __init__(self, db):
        self.kind, self.local = type(db), threading.local()

    def orders_of(self, customer):
        if not hasattr(self.local, "db"):
            self.local.db = self.kind()
        return self.local.db.rows(ORDERS, customer)


def customers_of(db):
    return [customer for (customer,) in db.rows(CUSTOMERS)]


@bad("n_plus_one", sure="proven")
def gathered_in_threads(db):
    own = Own(db)

    async def main():
        customers = customers_of(db)
        return await asyncio.gather(*(asyncio.to_thread(own.orders_of, customer) for customer in customers))
    assert len(asyncio.run(main())) == 40


@bad("n_plus_one", sure="proven")
def awaited_in_threads_one_by_one(db):
    own = Own(db)

    async def main():
        for customer in customers_of(db):
            await asyncio.to_thread(own.orders_of, customer)
    asyncio.run(main())


@bad("n_plus_one", sure="proven")
def run_in_an_executor(db):
    own = Own(db)

    async def main():
        loop = asyncio.get_running_loop()
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            await asyncio.gather(*(loop.run_in_executor(pool, own.orders_of, customer) for customer in customers_of(db)))
    asyncio.run(main())


@bad("n_plus_one", sure="proven")
def submitted_to_a_pool(db):
    own = Own(db)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(own.orders_of, customer) for customer in customers_of(db)]
        assert len([future.result() for future in concurrent.futures.as_completed(futures)]) == 40


@bad("n_plus_one", sure="proven")
def mapped_over_a_pool(db):
    own = Own(db)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        assert len(list(pool.map(own.orders_of, customers_of(db)))) == 40


def worked_off(db, workers, put):
    """Workers that wait at a queue; put(queue) fills it."""
    own, work = Own(db), queue.Queue()

    def serve():
        while (customer := work.get()) is not None:
            own.orders_of(customer)

    threads = [threading.Thread(target=serve) for _ in range(workers)]
    for thread in threads:
        thread.start()
    put(work)
    for _ in threads:
        work.put(None)
    for thread in threads:
        thread.join()


@bad("n_plus_one", sure="proven")
def put_into_a_queue_of_work(db):
    def put(work):
        for customer in customers_of(db):
            work.put(customer)
    worked_off(db, 3, put)


@bad("n_plus_one", sure="proven")
def one_worker_at_a_queue_of_work(db):
    def put(work):
        for (customer,) in db.stream(CUSTOMERS):
            work.put(customer)
    worked_off(db, 1, put)


@good()
def tasks_that_ask_once_each(db):
    async def ask(text):
        await asyncio.sleep(0)
        return db.rows(text)

    async def main():
        return await asyncio.gather(*(ask(f"SELECT count(*) FROM {table}") for table in ("customers", "orders", "items", "products")))
    asyncio.run(main())
