"""Django: loops, each before and after its advice. Arguments: a function, a database's file.

Prints what the function gave, and how many statements Django's connection traced meanwhile.
"""
import json
import sys

import django
from django.apps import AppConfig
from django.conf import settings


class Shop(AppConfig):
    name = "__main__"
    label = "shop"


settings.configure(INSTALLED_APPS=["__main__.Shop"],
                   DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[2]}},
                   DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()

from django.db import connection, models  # noqa: E402

ROWS = 10
told = []


class User(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "shop"
        db_table = "users"


class Post(models.Model):
    user = models.ForeignKey(User, models.DO_NOTHING, related_name="posts")
    title = models.TextField()

    class Meta:
        app_label = "shop"
        db_table = "posts"


NEW = [{"id": 1000 + 7 * i, "name": f"new {i}"} for i in range(ROWS)]


def to_one():
    return [post.user.name for post in Post.objects.all()]


def to_one_applied():
    return [post.user.name for post in Post.objects.select_related("user")]


def to_one_applied_otherwise():
    return [post.user.name for post in Post.objects.prefetch_related("user")]


def to_many():
    return [len(user.posts.all()) for user in User.objects.all()]


def to_many_applied():
    return [len(user.posts.all()) for user in User.objects.prefetch_related("posts")]


def counts():
    return [user.posts.count() for user in User.objects.order_by("id")]


def counts_applied():
    return [user.count for user in User.objects.order_by("id").annotate(count=models.Count("posts"))]


def inserts():
    for user in NEW:
        User(**user).save(force_insert=True)
    return User.objects.count()


def inserts_applied():
    User.objects.bulk_create([User(**user) for user in NEW])
    return User.objects.count()


def updates():
    for user in User.objects.all():
        user.name = "same"
        user.save()
    return names()


def updates_applied():
    users = list(User.objects.all())
    for user in users:
        user.name = "same"
    User.objects.bulk_update(users, ["name"])
    return names()


def updates_applied_otherwise():
    User.objects.update(name=models.Value("same"))
    return names()


def deletes():
    for post in Post.objects.all():
        post.delete()
    return Post.objects.count()


def deletes_applied():
    Post.objects.filter(pk__in=[post.pk for post in Post.objects.all()]).delete()
    return Post.objects.count()


def names():
    return list(User.objects.order_by("id").values_list("name", flat=True))


with connection.schema_editor() as editor:
    editor.create_model(User)
    editor.create_model(Post)
User.objects.bulk_create([User(id=7 * i + 3, name=f"user {i}") for i in range(ROWS)])
Post.objects.bulk_create([Post(user_id=7 * (i % ROWS) + 3, title="t") for i in range(2 * ROWS)])
connection.connection.set_trace_callback(told.append)
gave = globals()[sys.argv[1]]()
sent = [text for text in told if text.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")]
print(json.dumps({"gave": gave, "sent": len(sent)}))
