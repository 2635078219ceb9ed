"""asyncpg, which speaks PostgreSQL's protocol itself."""
import contextlib
import os

import asyncpg
import common
from common import ORDERS, POSTS, USERS

scene = common.Scenes()


@scene(expected=1 + ORDERS)
async def orders_customer_lazy(db):
    total = 0
    for order in await db.fetch("SELECT id, customer_id FROM orders ORDER BY id"):
        total += len(await db.fetchval("SELECT name FROM customers WHERE id = $1", order["customer_id"]))  # N+1 here
    return total


@scene(expected=2)
async def orders_customer_selectin(db):
    orders = await db.fetch("SELECT id, customer_id FROM orders ORDER BY id")
    customers = await db.fetch("SELECT id, name FROM customers WHERE id = ANY($1)", list({order["customer_id"] for order in orders}))
    names = {customer["id"]: customer["name"] for customer in customers}
    return sum(len(names[order["customer_id"]]) for order in orders)


@scene(expected=1)
async def orders_customer_joined(db):
    rows = await db.fetch("SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.id")
    return sum(len(row["name"]) for row in rows)


@scene(expected=1 + USERS + USERS * POSTS)
async def users_posts_comments_lazy(db):
    total = 0
    for user in await db.fetch("SELECT id FROM users ORDER BY id"):
        posts = await db.fetch("SELECT id FROM posts WHERE user_id = $1 ORDER BY id", user["id"])  # N+1 here
        for post in posts:
            comments = await db.fetch("SELECT words FROM comments WHERE post_id = $1", post["id"])  # N+1 here
            total += sum(comment["words"] for comment in comments)
    return total


@scene(expected=3)
async def users_posts_comments_selectin(db):
    users = await db.fetch("SELECT id FROM users ORDER BY id")
    posts = await db.fetch("SELECT id FROM posts WHERE user_id = ANY($1)", [user["id"] for user in users])
    comments = await db.fetch("SELECT words FROM comments WHERE post_id = ANY($1)", [post["id"] for post in posts])
    return sum(comment["words"] for comment in comments)


@contextlib.asynccontextmanager
async def opened(database):
    db = await asyncpg.connect(host=os.environ["PGHOST"], port=int(os.environ["PGPORT"]), user=os.environ["PGUSER"], database=database)
    yield db
    await db.close()


if __name__ == "__main__":
    scene.main(opened)
