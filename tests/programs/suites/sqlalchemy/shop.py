"""Customers and their orders."""
import os

from sqlalchemy import Column, ForeignKey, Integer, Text, create_engine
from sqlalchemy.orm import Session, declarative_base, relationship, selectinload

Base = declarative_base()


class Customer(Base):
    __tablename__ = "customers"
    id = Column(Integer, primary_key=True)
    name = Column(Text)
    orders = relationship("Order")


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customers.id"))


def new_session():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    session = Session(engine)
    session.add_all(Customer(id=7 * i + 3, name=f"customer {i}", orders=[Order(), Order()]) for i in range(6))
    session.commit()
    return session


def customers(session):
    query = session.query(Customer)
    return query.options(selectinload(Customer.orders)) if "SHOP_FIXED" in os.environ else query


def counts(session):
    return [len(customer.orders) for customer in customers(session)]  # N+1 here


def names(session):
    return [customer.name for customer in session.query(Customer)]
