"""Orders and their customers with SQLAlchemy's asynchronous sessions over asyncpg: sqlalchemy_shop.py lazy|eager|awaitable|execute; the
loop of lazy and eager runs in a greenlet"""
import asyncio
import os
import sys

from sqlalchemy import ForeignKey, select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


class Base(AsyncAttrs, DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    amount: Mapped[int]
    customer: Mapped[Customer] = relationship()


QUERY = select(Order).order_by(Order.id)


def names(session, query):
    return sum(len(order.customer.name) for order in session.scalars(query))  # N+1 here


async def lazy(session):
    return await session.run_sync(names, QUERY)


async def eager(session):
    return await session.run_sync(names, QUERY.options(selectinload(Order.customer)))


async def awaitable(session):
    total = 0
    for order in await session.scalars(QUERY):
        customer = await order.awaitable_attrs.customer  # awaited here
        total += len(customer.name)
    return total


async def execute(session):
    total = 0
    for order in await session.scalars(QUERY):
        customer = await session.execute(select(Customer).where(Customer.id == order.customer_id))  # executed here
        total += len(customer.scalar_one().name)
    return total


async def main(way):
    engine = create_async_engine(URL.create("postgresql+asyncpg", username=os.environ["PGUSER"], database=os.environ["PGDATABASE"],
                                            query={"host": os.environ["PGHOST"], "port": os.environ["PGPORT"]}))
    async with AsyncSession(engine) as session:
        print(await way(session))
    await engine.dispose()


asyncio.run(main(globals()[sys.argv[1]]))
