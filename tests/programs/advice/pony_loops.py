"""Pony: loops, each before and after its advice. Arguments: a function, a database's file.

Prints what the function gave, and how many statements Pony's statistics count meanwhile.
"""
import json
import sys

from pony.orm import Database, Optional, PrimaryKey, Required, Set, commit, count, db_session, delete, select

ROWS = 10
database = Database()


class User(database.Entity):
    _table_ = "users"
    id = PrimaryKey(int)
    name = Required(str)
    bio = Required(str, lazy=True)
    posts = Set("Post", nplus1_threshold=None)  # else Pony loads those of all users when a second one is asked
    profile = Optional("Profile")


class Profile(database.Entity):
    _table_ = "profiles"
    id = PrimaryKey(int)
    user = Required(User, column="user_id")


class Post(database.Entity):
    _table_ = "posts"
    id = PrimaryKey(int)
    user = Required(User, column="user_id")
    title = Required(str)


NEW = [{"id": 1000 + 7 * i, "name": f"new {i}", "bio": "b"} for i in range(ROWS)]


def to_one():
    return [user.profile.id for user in User.select()]


def to_one_applied():
    select(profile for profile in Profile)[:]
    return [user.profile.id for user in User.select()]


def to_one_prefetched():
    return [user.profile.id for user in User.select().prefetch(User.profile)]


def to_one_owning():
    return [post.user.name for post in Post.select()]


def to_many():
    return [len(user.posts) for user in User.select()]


def to_many_applied():
    return [len(user.posts) for user in User.select().prefetch(User.posts)]


def counts():
    return [user.posts.count() for user in User.select()]


def counts_applied():
    return [posts for _, posts in select((user, count(user.posts)) for user in User)]


def left_out():
    return [user.bio for user in User.select()]


def left_out_applied():
    return [user.bio for user in User.select().prefetch(User.bio)]


def inserts():
    for user in NEW:
        User(**user)
        commit()
    return User.select().count()


def inserts_applied():
    for user in NEW:
        User(**user)
    commit()
    return User.select().count()


def inserts_applied_otherwise():
    rows = ", ".join(f"({user['id']}, '{user['name']}', '{user['bio']}')" for user in NEW)
    database.execute(f"INSERT INTO users (id, name, bio) VALUES {rows}")
    commit()
    return User.select().count()


def updates():
    for user in User.select():
        user.name = "same"
        commit()
    return list(select((user.id, user.name) for user in User))


def updates_applied():
    for user in User.select():
        user.name = "same"
    commit()
    return list(select((user.id, user.name) for user in User))


def updates_applied_otherwise():
    keys = ", ".join(str(user.id) for user in User.select())
    database.execute(f"UPDATE users SET name = 'same' WHERE id IN ({keys})")
    commit()
    return list(select((user.id, user.name) for user in User))


def deletes():
    for post in Post.select():
        post.delete()
        commit()
    return Post.select().count()


def deletes_by_generator():
    delete(post for post in Post)
    commit()
    return Post.select().count()


def deletes_applied():
    keys = [post.id for post in Post.select()]
    select(post for post in Post if post.id in keys).delete(bulk=True)
    commit()
    return Post.select().count()


def main():
    database.bind(provider="sqlite", filename=sys.argv[2], create_db=True)
    database.generate_mapping(create_tables=True)
    with db_session:
        for i in range(ROWS):
            user = User(id=7 * i + 3, name=f"user {i}", bio="b")
            Profile(id=9 * i + 5, user=user)
        for i in range(2 * ROWS):
            Post(id=11 * i + 1, user=7 * (i % ROWS) + 3, title="t")
    with db_session:
        before = database.local_stats[None].db_count
        gave = globals()[sys.argv[1]]()
        print(json.dumps({"gave": gave, "sent": database.local_stats[None].db_count - before}))


main()
