"""Django: foreign keys and reverse relations, lazily, by select_related and by prefetch_related."""
import sys
from urllib.parse import urlsplit

import common
import django
import django_hook
from common import AUTHORS, CUSTOMERS, ORDERS, POSTS, USERS
from django.conf import settings


def database_of(url):
    if not url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.path}
    return {"ENGINE": "django.db.backends.postgresql", "NAME": parts.path.lstrip("/"), "HOST": parts.hostname or "",
            "PORT": parts.port or "", "USER": parts.username or "", "PASSWORD": parts.password or ""}


# Models can be defined only in a configured Django.
settings.configure(DATABASES={"default": database_of(sys.argv[sys.argv.index("--db") + 1] if "--db" in sys.argv else None)},
                   DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()

from django.db import connection, models, transaction  # noqa: E402

scene = common.Scenes()


class Customer(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "shop"
        db_table = "customers"


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    amount = models.IntegerField()

    class Meta:
        app_label = "shop"
        db_table = "orders"


class Item(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="items")
    price = models.IntegerField()

    class Meta:
        app_label = "shop"
        db_table = "items"


class User(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "shop"
        db_table = "users"


class Post(models.Model):
    user = models.ForeignKey(User, models.CASCADE, related_name="posts")
    likes = models.IntegerField()

    class Meta:
        app_label = "shop"
        db_table = "posts"


class Comment(models.Model):
    post = models.ForeignKey(Post, models.CASCADE, related_name="comments")
    words = models.IntegerField()

    class Meta:
        app_label = "shop"
        db_table = "comments"


class Author(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "shop"
        db_table = "authors"


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    pages = models.IntegerField()

    class Meta:
        app_label = "shop"
        db_table = "books"


@scene(expected=1 + ORDERS)
def orders_customer_lazy(_connection):
    total = 0
    for order in Order.objects.order_by("id"):
        total += len(order.customer.name)  # N+1 here
    return total


@scene(expected=1)
def orders_customer_select_related(_connection):
    return sum(len(order.customer.name) for order in Order.objects.select_related("customer"))


@scene(expected=2)
def orders_customer_prefetch_related(_connection):
    return sum(len(order.customer.name) for order in Order.objects.prefetch_related("customer"))


@scene(expected=1 + AUTHORS)
def authors_books_lazy(_connection):
    total = 0
    for author in Author.objects.order_by("id"):
        for book in author.books.all():  # N+1 here
            total += book.pages
    return total


@scene(expected=2)
def authors_books_prefetch_related(_connection):
    return sum(book.pages for author in Author.objects.prefetch_related("books") for book in author.books.all())


@scene(expected=1 + USERS + USERS * POSTS)
def users_posts_comments_lazy(_connection):
    total = 0
    for user in User.objects.all():
        for post in user.posts.all():  # N+1 here
            total += sum(comment.words for comment in post.comments.all())  # N+1 here
    return total


@scene(expected=3)
def users_posts_comments_prefetch_related(_connection):
    users = User.objects.prefetch_related("posts__comments")
    return sum(comment.words for user in users for post in user.posts.all() for comment in post.comments.all())


@scene(expected=1 + CUSTOMERS + ORDERS)
def customers_orders_items_lazy(_connection):
    total = 0
    for customer in Customer.objects.all():
        for order in customer.orders.all():  # N+1 here
            total += sum(item.price for item in order.items.all())  # N+1 here
    return total


@scene(expected=1)
def customers_orders_items_group_by(_connection):
    totals = Item.objects.values("order__customer_id").annotate(total=models.Sum("price"))
    return sum(customer["total"] for customer in totals)


def open_database(_url, counts):
    if counts.wanted:
        django_hook.trace(connection, counts)
    connection.ensure_connection()
    if counts.wanted:
        django_hook.install(connection, counts)
    tables = {model._meta.db_table: model for model in (Customer, Order, Item, User, Post, Comment, Author, Book)}
    with connection.schema_editor() as editor:
        for model in tables.values():
            editor.create_model(model)
    with transaction.atomic():
        for name, model in tables.items():
            model.objects.bulk_create([model(**row) for row in common.rows()[name]])
    return connection


if __name__ == "__main__":
    scene.main(open_database)
