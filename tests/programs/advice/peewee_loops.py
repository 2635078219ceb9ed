"""peewee: loops, each before and after its advice. Arguments: a function, a database's file.

Prints what the function gave, and how many statements peewee's log told meanwhile.
"""
import json
import logging
import sys

from peewee import ForeignKeyField, IntegerField, Model, SqliteDatabase, TextField, fn, prefetch

ROWS = 10
database = SqliteDatabase(sys.argv[2])
told = []


class Table(Model):
    class Meta:
        database = database


class User(Table):
    id = IntegerField(primary_key=True)
    name = TextField()

    class Meta:
        table_name = "users"


class Post(Table):
    user = ForeignKeyField(User, backref="posts")
    title = TextField()

    class Meta:
        table_name = "posts"


NEW = [{"id": 1000 + 7 * i, "name": f"new {i}"} for i in range(ROWS)]


def to_one():
    return [post.user.name for post in Post.select()]


def to_one_applied():
    return [post.user.name for post in Post.select(Post, User).join(User)]


def to_many():
    return [len(user.posts) for user in User.select()]


def to_many_applied():
    return [len(user.posts) for user in prefetch(User.select(), Post)]


def counts():
    return [user.posts.count() for user in User.select()]


def counts_applied():
    counted = Post.select(Post.user, fn.COUNT(Post.id).alias("count")).group_by(Post.user)
    counts = {post.user_id: post.count for post in counted}
    return [counts[user.id] for user in User.select()]


def exists():
    return [user.posts.exists() for user in User.select()]


def exists_applied():
    users = list(User.select())
    there = {post.user_id for post in Post.select(Post.user).distinct().where(Post.user.in_(users))}
    return [user.id in there for user in users]


def inserts():
    for user in NEW:
        User.create(**user)
    return User.select().count()


def inserts_applied():
    with database.atomic():
        User.insert_many(NEW).execute()
    return User.select().count()


def updates():
    for user in User.select():
        user.name += "!"
        user.save()
    return names()


def updates_applied():
    users = list(User.select())
    for user in users:
        user.name += "!"
    with database.atomic():
        User.bulk_update(users, [User.name])
    return names()


def deletes():
    for post in Post.select():
        post.delete_instance()
    return Post.select().count()


def deletes_applied():
    Post.delete().where(Post.id.in_([post.id for post in Post.select()])).execute()
    return Post.select().count()


def names():
    return [user.name for user in User.select().order_by(User.id)]


def main():
    database.create_tables([User, Post])
    User.insert_many([{"id": 7 * i + 3, "name": f"user {i}"} for i in range(ROWS)]).execute()
    Post.insert_many([{"user": 7 * (i % ROWS) + 3, "title": "t"} for i in range(2 * ROWS)]).execute()
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.msg[0])
    logging.getLogger("peewee").addHandler(handler)
    logging.getLogger("peewee").setLevel(logging.DEBUG)
    gave = globals()[sys.argv[1]]()
    sent = [text for text in told if text.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")]
    print(json.dumps({"gave": gave, "sent": len(sent)}))


main()
