"""Orders and their customers with SQLAlchemy's asynchronous sessions over asyncpg: sqlalchemy_shop.py lazy|eager"""
import asyncio
import os
import sys

from sqlalchemy import ForeignKey, select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


class Base(DeclarativeBase):
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


def names(session, query):
    return sum(len(order.customer.name) for order in session.scalars(query))


async def main(way):
    engine = create_async_engine(URL.create("postgresql+asyncpg", username=os.environ["PGUSER"], database=os.environ["PGDATABASE"],
                                            query={"host": os.environ["PGHOST"], "port": os.environ["PGPORT"]}))
    query = select(Order).order_by(Order.id)
    if way == "eager":
        query = query.options(selectinload(Order.customer))
    async with AsyncSession(engine) as session:
        print(await session.run_sync(names, query))  # what awaits the loop
    await engine.dispose()


asyncio.run(main(sys.argv[1]))
