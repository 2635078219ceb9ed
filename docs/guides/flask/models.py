from sqlalchemy import Column, ForeignKey, Integer, Text, create_engine
from sqlalchemy.orm import Session, declarative_base, relationship

Base = declarative_base()
engine = create_engine("sqlite:///shop.db")


class Customer(Base):
    __tablename__ = "customers"
    id = Column(Integer, primary_key=True)
    name = Column(Text)


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customers.id"))
    amount = Column(Integer)
    customer = relationship(Customer)


def fill():
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Order(amount=i, customer=Customer(id=7 * i, name=f"customer {i}")) for i in range(1, 101))
        session.commit()


if __name__ == "__main__":
    fill()
