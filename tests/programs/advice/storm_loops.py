"""Storm: loops, each before and after its advice. Arguments: a function, a database's file.

Prints what the function gave, and how many statements Storm's tracer told meanwhile.
"""
import json
import sys

from storm.locals import Count, Int, Reference, ReferenceSet, Store, Storm, Unicode, create_database
from storm.expr import Insert
from storm.tracer import install_tracer

ROWS = 10


class User(Storm):
    __storm_table__ = "users"
    id = Int(primary=True)
    name = Unicode()
    posts = ReferenceSet(id, "Post.user_id")

    def __init__(self, id, name):
        self.id, self.name = id, name


class Post(Storm):
    __storm_table__ = "posts"
    id = Int(primary=True)
    user_id = Int()
    title = Unicode()
    user = Reference(user_id, "User.id")


class Tracer:
    told = []

    def connection_raw_execute(self, _connection, _cursor, statement, _parameters):
        self.told.append(statement)


NEW = [(1000 + 7 * i, f"new {i}") for i in range(ROWS)]


def to_one(store):
    return [post.user.name for post in store.find(Post)]


def to_one_applied(store):
    return [post.user.name for post, _ in list(store.find((Post, User), Post.user_id == User.id))]


def to_many(store):
    return [len(list(user.posts)) for user in store.find(User)]


def to_many_applied(store):
    users, posts = list(store.find(User)), {}
    for post in store.find(Post, Post.user_id.is_in([user.id for user in users])):
        posts.setdefault(post.user_id, []).append(post)
    return [len(posts[user.id]) for user in users]


def counts(store):
    return [user.posts.count() for user in store.find(User)]


def counts_applied(store):
    counted = dict(store.find((Post.user_id, Count())).group_by(Post.user_id))
    return [counted[user.id] for user in store.find(User)]


def exists(store):
    return [not user.posts.is_empty() for user in store.find(User)]


def exists_applied(store):
    there = set(store.find(Post).config(distinct=True).values(Post.user_id))
    return [user.id in there for user in store.find(User)]


def expired(store):
    for user in list(store.find(User)):
        user.name += "!"
        store.commit()
    return names(store)


def expired_applied(store):
    for user in list(store.find(User)):
        user.name += "!"
    store.commit()
    return names(store)


def inserts(store):
    for user in NEW:
        store.add(User(*user))
        store.commit()
    return store.find(User).count()


def inserts_applied(store):
    store.execute(Insert((User.id, User.name), values=NEW, table=User))
    store.commit()
    return store.find(User).count()


def updates(store):
    for key in keys(store):
        store.find(User, id=key).set(name="same")
        store.commit()
    return names(store)


def updates_applied(store):
    store.find(User, User.id.is_in(keys(store))).set(name="same")
    store.commit()
    return names(store)


def deletes(store):
    for user in list(store.find(User)):
        store.remove(user)
        store.commit()
    return store.find(User).count()


def deletes_applied(store):
    store.find(User, User.id.is_in([user.id for user in store.find(User)])).remove()
    store.commit()
    return store.find(User).count()


def keys(store):
    return list(store.find(User).values(User.id))


def names(store):
    return list(store.find(User).order_by(User.id).values(User.name))


def main():
    store = Store(create_database(f"sqlite:{sys.argv[2]}"))
    store.execute("CREATE TABLE users (id integer PRIMARY KEY, name text)")
    store.execute("CREATE TABLE posts (id integer PRIMARY KEY, user_id integer, title text)")
    store.execute(Insert((User.id, User.name), values=[(7 * i + 3, f"user {i}") for i in range(ROWS)], table=User))
    store.execute(Insert((Post.user_id, Post.title), values=[(7 * (i % ROWS) + 3, "t") for i in range(2 * ROWS)], table=Post))
    store.commit()
    install_tracer(Tracer())
    gave = globals()[sys.argv[1]](store)
    sent = [text for text in Tracer.told if text.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")]
    print(json.dumps({"gave": gave, "sent": len(sent)}))


main()
