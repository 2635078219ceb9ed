"""peewee: foreign keys and back references, lazily, by prefetch and by join."""
import logging

import common
import peewee
from common import AUTHORS, ORDERS, POSTS, USERS
from playhouse.db_url import connect

database = peewee.DatabaseProxy()
scene = common.Scenes()


class Model(peewee.Model):
    class Meta:
        database = database


class Customer(Model):
    name = peewee.TextField()

    class Meta:
        table_name = "customers"


class Order(Model):
    customer = peewee.ForeignKeyField(Customer, backref="orders")
    amount = peewee.IntegerField()

    class Meta:
        table_name = "orders"


class User(Model):
    name = peewee.TextField()

    class Meta:
        table_name = "users"


class Post(Model):
    user = peewee.ForeignKeyField(User, backref="posts")
    likes = peewee.IntegerField()

    class Meta:
        table_name = "posts"


class Comment(Model):
    post = peewee.ForeignKeyField(Post, backref="comments")
    words = peewee.IntegerField()

    class Meta:
        table_name = "comments"


class Author(Model):
    name = peewee.TextField()

    class Meta:
        table_name = "authors"


class Book(Model):
    author = peewee.ForeignKeyField(Author, backref="books")
    pages = peewee.IntegerField()

    class Meta:
        table_name = "books"


@scene(expected=1 + ORDERS)
def orders_customer_lazy(_database):
    total = 0
    for order in Order.select().order_by(Order.id):
        total += len(order.customer.name)  # N+1 here
    return total


@scene(expected=1)
def orders_customer_joined(_database):
    return sum(len(order.customer.name) for order in Order.select(Order, Customer).join(Customer))


@scene(expected=1 + AUTHORS)
def authors_books_lazy(_database):
    total = 0
    for author in Author.select():
        for book in author.books:  # N+1 here
            total += book.pages
    return total


@scene(expected=2)
def authors_books_prefetch(_database):
    return sum(book.pages for author in peewee.prefetch(Author.select(), Book.select()) for book in author.books)


@scene(expected=1 + USERS + USERS * POSTS)
def users_posts_comments_lazy(_database):
    total = 0
    for user in User.select():
        for post in user.posts:  # N+1 here
            for comment in post.comments:  # N+1 here
                total += comment.words
    return total


@scene(expected=3)
def users_posts_comments_prefetch(_database):
    users = peewee.prefetch(User.select(), Post.select(), Comment.select())
    return sum(comment.words for user in users for post in user.posts for comment in post.comments)


def open_database(url, counts):
    class Handler(logging.Handler):
        def emit(self, _record):
            counts.sent()

    real = connect(url or "sqlite:///:memory:")
    database.initialize(real)
    if counts.wanted:
        peewee.logger.addHandler(Handler())
        peewee.logger.setLevel(logging.DEBUG)
        if isinstance(real, peewee.SqliteDatabase):
            real.connection().set_trace_callback(counts.trace)
    models = {model._meta.table_name: model for model in (Customer, Order, User, Post, Comment, Author, Book)}
    real.create_tables(models.values())
    with real.atomic():
        for name, model in models.items():
            for at in range(0, len(common.rows()[name]), 100):
                model.insert_many(common.rows()[name][at:at + 100]).execute()
    return real


if __name__ == "__main__":
    scene.main(open_database)
