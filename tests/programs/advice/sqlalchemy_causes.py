"""SQLAlchemy: loops with other causes than a lazy relationship, each before and after its advice. Argument: a function."""
import sys

from sqlalchemy import Column, ForeignKey, Integer, Text, create_engine, insert
from sqlalchemy.orm import Session, declarative_base, deferred, relationship, selectin_polymorphic, selectinload, undefer, with_polymorphic

Base = declarative_base()
ROWS = 10


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(Text)
    bio = deferred(Column(Text))
    posts = relationship("Post")


class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id"))
    title = Column(Text)


class Employee(Base):
    __tablename__ = "employees"
    id = Column(Integer, primary_key=True)
    name = Column(Text)
    type = Column(Text)
    __mapper_args__ = {"polymorphic_on": type, "polymorphic_identity": "employee"}


class Engineer(Employee):
    __tablename__ = "engineers"
    id = Column(ForeignKey("employees.id"), primary_key=True)
    language = Column(Text)
    __mapper_args__ = {"polymorphic_identity": "engineer"}


def expired(session):
    for user in session.query(User).all():
        user.name += "!"
        session.commit()


def expired_applied(session):
    for user in session.query(User).all():
        user.name += "!"
    session.commit()


def expired_applied_otherwise(session):
    session.expire_on_commit = False
    for user in session.query(User).all():
        user.name += "!"
        session.commit()


def refreshed(session):
    for user in session.query(User).all():
        session.refresh(user)


def refreshed_applied(session):
    session.query(User).all()
    session.query(User).populate_existing().all()


def left_out(session):
    for user in session.query(User).all():
        assert user.bio


def left_out_applied(session):
    for user in session.query(User).options(undefer(User.bio)).all():
        assert user.bio


def one_post_each(session):
    for user in session.query(User).all():
        assert len(user.posts) == 1


def one_post_each_applied(session):
    for user in session.query(User).options(selectinload(User.posts)).all():
        assert len(user.posts) == 1


def of_a_subclass(session):
    for employee in session.query(Employee).all():
        assert employee.language == "C"


def of_a_subclass_applied(session):
    for employee in session.query(with_polymorphic(Employee, [Engineer])).all():
        assert employee.language == "C"


def of_a_subclass_applied_otherwise(session):
    for employee in session.query(Employee).options(selectin_polymorphic(Employee, [Engineer])).all():
        assert employee.language == "C"


def main():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.execute(insert(User), [{"id": 7 * i + 3, "name": f"user {i}", "bio": "b"} for i in range(ROWS)])
        session.execute(insert(Post), [{"user_id": 7 * i + 3, "title": "t"} for i in range(ROWS)])
        session.execute(insert(Employee.__table__), [{"id": 7 * i + 3, "name": "n", "type": "engineer"} for i in range(ROWS)])
        session.execute(insert(Engineer.__table__), [{"id": 7 * i + 3, "language": "C"} for i in range(ROWS)])
        session.commit()
        globals()[sys.argv[1]](session)


main()
