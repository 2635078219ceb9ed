"""SQLAlchemy: lazy, selectin, joined and subquery loads, nested ones, and the aggregate that needs none of them."""
import common
from common import CUSTOMERS, ORDERS, POSTS, USERS
from sqlalchemy import Column, ForeignKey, Integer, Text, create_engine, event, func
from sqlalchemy.orm import Session, joinedload, relationship, selectinload, subqueryload
from sqlalchemy.pool import StaticPool

try:
    from sqlalchemy.orm import declarative_base
except ImportError:  # before 1.4
    from sqlalchemy.ext.declarative import declarative_base

Base = declarative_base()
scene = common.Scenes()


class Customer(Base):
    __tablename__ = "customers"
    id = Column(Integer, primary_key=True)
    name = Column(Text, nullable=False)
    orders = relationship("Order", back_populates="customer", order_by="Order.id")


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customers.id"), nullable=False)
    amount = Column(Integer, nullable=False)
    customer = relationship("Customer", back_populates="orders")
    items = relationship("Item", order_by="Item.id")


class Item(Base):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    order_id = Column(ForeignKey("orders.id"), nullable=False)
    price = Column(Integer, nullable=False)


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(Text, nullable=False)
    posts = relationship("Post", order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id"), nullable=False)
    likes = Column(Integer, nullable=False)
    comments = relationship("Comment", order_by="Comment.id")


class Comment(Base):
    __tablename__ = "comments"
    id = Column(Integer, primary_key=True)
    post_id = Column(ForeignKey("posts.id"), nullable=False)
    words = Column(Integer, nullable=False)


class Author(Base):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
    name = Column(Text, nullable=False)
    books = relationship("Book", order_by="Book.id")


class Book(Base):
    __tablename__ = "books"
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("authors.id"), nullable=False)
    pages = Column(Integer, nullable=False)


def name_lengths(orders):
    return sum(len(order.customer.name) for order in orders)


@scene(expected=1 + CUSTOMERS)
def orders_customer_lazy(session):
    total = 0
    for order in session.query(Order).order_by(Order.id):
        total += len(order.customer.name)  # N+1 here
    return total


@scene(expected=2)
def orders_customer_selectin(session):
    return name_lengths(session.query(Order).order_by(Order.id).options(selectinload(Order.customer)))


@scene(expected=1)
def orders_customer_joined(session):
    return name_lengths(session.query(Order).order_by(Order.id).options(joinedload(Order.customer)))


def first_users(session):
    return session.query(User).filter(User.id <= 3).order_by(User.id)


@scene(expected=1 + 3)
def users_posts_lazy(session):
    total = 0
    for user in first_users(session):
        total += sum(post.likes for post in user.posts)  # N+1 here
    return total


@scene(expected=2)
def users_posts_selectin(session):
    return sum(post.likes for user in first_users(session).options(selectinload(User.posts)) for post in user.posts)


def pages(authors):
    return sum(book.pages for author in authors for book in author.books)


@scene(expected=1 + common.AUTHORS)
def authors_books_lazy(session):
    total = 0
    for author in session.query(Author).order_by(Author.id):
        for book in author.books:  # N+1 here
            total += book.pages
    return total


@scene(expected=1)
def authors_books_joined(session):
    return pages(session.query(Author).options(joinedload(Author.books)))


@scene(expected=2)
def authors_books_selectin(session):
    return pages(session.query(Author).options(selectinload(Author.books)))


@scene(expected=2)
def authors_books_subquery(session):
    return pages(session.query(Author).options(subqueryload(Author.books)))


@scene(expected=1 + USERS + USERS * POSTS)
def users_posts_comments_lazy(session):
    total = 0
    for user in session.query(User).order_by(User.id):
        for post in user.posts:  # N+1 here
            total += sum(comment.words for comment in post.comments)  # N+1 here
    return total


@scene(expected=3)
def users_posts_comments_selectin(session):
    users = session.query(User).options(selectinload(User.posts).selectinload(Post.comments))
    return sum(comment.words for user in users for post in user.posts for comment in post.comments)


@scene(expected=1 + CUSTOMERS + ORDERS)
def customers_orders_items_lazy(session):
    total = 0
    for customer in session.query(Customer).order_by(Customer.id):
        for order in customer.orders:  # N+1 here
            total += sum(item.price for item in order.items)  # N+1 here
    return total


@scene(expected=3)
def customers_orders_items_selectin(session):
    customers = session.query(Customer).options(selectinload(Customer.orders).selectinload(Order.items))
    return sum(item.price for customer in customers for order in customer.orders for item in order.items)


@scene(expected=1)
def customers_orders_items_group_by(session):
    totals = session.query(Customer.name, func.sum(Item.price)).join(Customer.orders).join(Order.items).group_by(Customer.name)
    return sum(total for _, total in totals)


def open_database(url, counts):
    in_memory = dict(poolclass=StaticPool, connect_args={"check_same_thread": False})
    engine = create_engine(url or "sqlite://", **({} if url else in_memory))

    def before_cursor_execute(_connection, _cursor, _statement, parameters, _context, executemany):
        counts.sent(len(parameters) if executemany else 1)

    def do_connect(_dialect, _record, arguments, options):
        connection = engine.dialect.dbapi.connect(*arguments, **options)
        connection.set_trace_callback(counts.trace)
        return connection

    if counts.wanted:
        event.listen(engine, "before_cursor_execute", before_cursor_execute)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "do_connect", do_connect)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for name, rows in common.rows().items():
            connection.execute(Base.metadata.tables[name].insert(), rows)
    return Session(engine)


if __name__ == "__main__":
    scene.main(open_database)
