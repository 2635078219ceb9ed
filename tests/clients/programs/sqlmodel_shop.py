"""SQLModel. Arguments: a function, a database's file. Prints what the function gave, and what SQLAlchemy's events told."""
import json
import sys

from sqlalchemy import event
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine, select

told = []


class Customer(SQLModel, table=True):
    __tablename__ = "customers"
    id: int = Field(primary_key=True)
    name: str
    orders: list["Order"] = Relationship(back_populates="customer")


class Order(SQLModel, table=True):
    __tablename__ = "orders"
    id: int = Field(primary_key=True)
    customer_id: int = Field(foreign_key="customers.id")
    amount: int
    customer: Customer = Relationship(back_populates="orders")


def to_one(session):
    found = []
    for order in session.exec(select(Order).order_by(Order.id)):
        found.append(order.customer.name)  # N+1 here
    return found


def to_one_joined(session):
    return [order.customer.name for order in session.exec(select(Order).order_by(Order.id).options(joinedload(Order.customer)))]


def to_many(session):
    found = []
    for customer in session.exec(select(Customer).order_by(Customer.id)):
        found.append(sum(order.amount for order in customer.orders))  # N+1 here
    return found


def to_many_selectin(session):
    return [sum(order.amount for order in customer.orders) for customer in
            session.exec(select(Customer).order_by(Customer.id).options(selectinload(Customer.orders)))]


def main():
    engine = create_engine(f"sqlite:///{sys.argv[2]}")
    event.listen(engine, "before_cursor_execute", lambda *call: told.append(call[2]))
    with Session(engine) as session:
        gave = globals()[sys.argv[1]](session)
    print(json.dumps({"gave": gave, "told": len(told)}))


main()
