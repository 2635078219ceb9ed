"""SQLAlchemy: loops, each before and after its advice. Arguments: a function, a database's file.

Prints what the function gave, and how many statements SQLAlchemy's events told meanwhile.
"""
import json
import sys

from sqlalchemy import Column, ForeignKey, Integer, Text, create_engine, delete, event, func, insert, select, update
from sqlalchemy.orm import Session, declarative_base, joinedload, relationship, selectinload

Base = declarative_base()
ROWS = 10
told = []


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(Text)
    posts = relationship("Post", back_populates="user")
    query_of_posts = relationship("Post", lazy="dynamic", viewonly=True)


class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id"))
    title = Column(Text)
    user = relationship("User", back_populates="posts")


NEW = [{"id": 1000 + 7 * i, "name": f"new {i}"} for i in range(ROWS)]


def to_one(session):
    return [post.user.name for post in session.query(Post)]


def to_one_applied(session):
    return [post.user.name for post in session.query(Post).options(joinedload(Post.user))]


def to_one_applied_otherwise(session):
    return [post.user.name for post in session.query(Post).options(selectinload(Post.user))]


def to_many(session):
    return [len(user.posts) for user in session.query(User)]


def to_many_applied(session):
    return [len(user.posts) for user in session.query(User).options(selectinload(User.posts))]


def counts(session):
    return [user.query_of_posts.count() for user in session.query(User)]


def counts_applied(session):
    counted = dict(session.execute(select(Post.user_id, func.count()).group_by(Post.user_id)).all())
    return [counted[user.id] for user in session.query(User)]


def inserts(session):
    for user in NEW:
        session.add(User(**user))
        session.commit()
    return session.query(User).count()


def inserts_applied(session):
    session.execute(insert(User), NEW)
    session.commit()
    return session.query(User).count()


def inserts_applied_as_one(session):
    session.execute(insert(User).values(NEW))
    session.commit()
    return session.query(User).count()


def inserts_applied_otherwise(session):
    session.add_all([User(**user) for user in NEW])
    session.commit()
    return session.query(User).count()


def updates(session):
    session.expire_on_commit = False
    for user in session.query(User).all():
        user.name = "same"
        session.commit()
    return names(session)


def updates_applied(session):
    keys = [user.id for user in session.query(User)]
    session.execute(update(User).where(User.id.in_(keys)).values(name="same"), execution_options={"synchronize_session": False})
    session.commit()
    return names(session)


def updates_applied_otherwise(session):
    session.bulk_update_mappings(User, [{"id": user.id, "name": "same"} for user in session.query(User)])
    session.commit()
    return names(session)


def deletes(session):
    session.expire_on_commit = False
    for post in session.query(Post).all():
        session.delete(post)
        session.commit()
    return session.query(Post).count()


def deletes_applied(session):
    keys = [post.id for post in session.query(Post)]
    session.execute(delete(Post).where(Post.id.in_(keys)), execution_options={"synchronize_session": False})
    session.commit()
    return session.query(Post).count()


def names(session):
    return [name for name, in session.query(User.name).order_by(User.id)]


def main():
    engine = create_engine(f"sqlite:///{sys.argv[2]}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.execute(insert(User), [{"id": 7 * i + 3, "name": f"user {i}"} for i in range(ROWS)])
        session.execute(insert(Post), [{"user_id": 7 * (i % ROWS) + 3, "title": "t"} for i in range(2 * ROWS)])
        session.commit()
    event.listen(engine, "before_cursor_execute", lambda *call: told.append(len(call[3]) if call[5] else 1))
    with Session(engine) as session:
        gave = globals()[sys.argv[1]](session)
    print(json.dumps({"gave": gave, "sent": sum(told)}))


main()
