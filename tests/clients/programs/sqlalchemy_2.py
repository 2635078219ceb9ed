"""SQLAlchemy 2: Mapped classes and select(). Arguments: a function, a database's file or address.

Prints what the function gave, and how many SELECTs SQLAlchemy's events told meanwhile.
"""
import json
import sys

from sqlalchemy import ForeignKey, create_engine, event, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import (DeclarativeBase, Mapped, Session, joinedload, mapped_column, raiseload, relationship, selectinload,
                            subqueryload)

told = []


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    orders: Mapped[list["Order"]] = relationship(back_populates="customer")


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    amount: Mapped[int]
    customer: Mapped[Customer] = relationship(back_populates="orders")


def names_of(session, *options):
    return [order.customer.name for order in session.scalars(select(Order).order_by(Order.id).options(*options))]


def to_one(session):
    found = []
    for order in session.scalars(select(Order).order_by(Order.id)):
        found.append(order.customer.name)  # N+1 here
    return found


def to_one_joined(session):
    return names_of(session, joinedload(Order.customer))


def to_one_selectin(session):
    return names_of(session, selectinload(Order.customer))


def to_one_subquery(session):
    return names_of(session, subqueryload(Order.customer))


def to_one_raise(session):
    raised = 0
    for order in session.scalars(select(Order).options(raiseload(Order.customer))):
        try:
            order.customer.name
        except InvalidRequestError:
            raised += 1
    return raised


def to_many(session):
    found = []
    for customer in session.scalars(select(Customer).order_by(Customer.id)):
        found.append(sum(order.amount for order in customer.orders))  # N+1 here
    return found


def to_many_selectin(session):
    return [sum(order.amount for order in customer.orders)
            for customer in session.scalars(select(Customer).order_by(Customer.id).options(selectinload(Customer.orders)))]


def to_many_joined(session):
    return [sum(order.amount for order in customer.orders) for customer in
            session.scalars(select(Customer).order_by(Customer.id).options(joinedload(Customer.orders))).unique()]


def main():
    address = sys.argv[2]
    engine = create_engine(address if "://" in address else f"sqlite:///{address}")
    event.listen(engine, "before_cursor_execute", lambda *call: told.append(call[2]))
    with Session(engine) as session:
        gave = globals()[sys.argv[1]](session)
    print(json.dumps({"gave": gave, "told": sum(text.startswith("SELECT customers") or text.startswith("SELECT orders")
                                                or "anon_1" in text for text in told)}))


main()
