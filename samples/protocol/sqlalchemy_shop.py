"""SQLAlchemy's asynchronous sessions over asyncpg: attributes that are awaited, and a synchronous function that loads them in passing."""
import contextlib
import os

import common
from common import CUSTOMERS, POSTS, USERS
from sqlalchemy import ForeignKey, select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship, selectinload

scene = common.Scenes()


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


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship(order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    comments: Mapped[list["Comment"]] = relationship(order_by="Comment.id")


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    words: Mapped[int]


def sum_of_words(session, query):
    total = 0
    for user in session.scalars(query):
        for post in user.posts:  # N+1 here, unless the query loads them
            total += sum(comment.words for comment in post.comments)  # N+1 here, unless the query loads them
    return total


@scene(expected=1 + CUSTOMERS)  # the identity map keeps each
async def orders_customer_lazy(session):
    total = 0
    for order in await session.scalars(select(Order).order_by(Order.id)):
        total += len((await order.awaitable_attrs.customer).name)  # N+1 here
    return total


@scene(expected=2)
async def orders_customer_selectin(session):
    orders = await session.scalars(select(Order).order_by(Order.id).options(selectinload(Order.customer)))
    return sum(len(order.customer.name) for order in orders)


@scene(expected=1)
async def orders_customer_joined(session):
    orders = await session.scalars(select(Order).order_by(Order.id).options(joinedload(Order.customer)))
    return sum(len(order.customer.name) for order in orders)


@scene(expected=1 + USERS + USERS * POSTS)
async def users_posts_comments_lazy(session):
    return await session.run_sync(sum_of_words, select(User).order_by(User.id))


@scene(expected=3)
async def users_posts_comments_selectin(session):
    return await session.run_sync(sum_of_words, select(User).order_by(User.id).options(selectinload(User.posts).selectinload(Post.comments)))


@contextlib.asynccontextmanager
async def opened(database):
    engine = create_async_engine(URL.create("postgresql+asyncpg", username=os.environ["PGUSER"], database=database,
                                            query={"host": os.environ["PGHOST"], "port": os.environ["PGPORT"]}))
    async with AsyncSession(engine) as session:
        yield session
    await engine.dispose()


if __name__ == "__main__":
    scene.main(opened)
