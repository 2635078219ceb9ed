"""A shop over SQLAlchemy's asyncio and asyncpg: sqlalchemy_shop.py SCENE DATABASE."""
import asyncio
import os
import sys

from sqlalchemy import URL, ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncAttrs, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship, selectinload


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
    customer: Mapped[Customer] = relationship()


async def lazy(session):
    for order in await session.scalars(select(Order).order_by(Order.id)):
        customer = await order.awaitable_attrs.customer  # N+1 here
        assert customer.name == f"c{order.id}"


async def selectin(session):
    for order in await session.scalars(select(Order).order_by(Order.id).options(selectinload(Order.customer))):
        assert order.customer.name == f"c{order.id}"


async def joined(session):
    for order in await session.scalars(select(Order).order_by(Order.id).options(joinedload(Order.customer))):
        assert order.customer.name == f"c{order.id}"


async def main(scene, database):
    engine = create_async_engine(URL.create("postgresql+asyncpg", os.environ["PGUSER"], database=database,
                                            query={"host": os.environ["PGHOST"], "port": os.environ["PGPORT"]}))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    sessions = async_sessionmaker(engine)
    async with sessions() as session:
        session.add_all(Customer(id=7 * i, name=f"c{i}") for i in range(1, 301))
        await session.flush()
        session.add_all(Order(id=i, customer_id=7 * i) for i in range(1, 301))
        await session.commit()
    async with sessions() as session:
        await {"lazy": lazy, "selectin": selectin, "joined": joined}[scene](session)
    await engine.dispose()


asyncio.run(main(*sys.argv[1:]))
