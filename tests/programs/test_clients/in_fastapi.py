import fastapi
import shop
from fastapi.testclient import TestClient

application = fastapi.FastAPI()
db = shop.open_tables(check_same_thread=False)


# Plain functions, which a thread of AnyIO's calls.
@application.get("/orders")
def orders():
    return [db.execute("select name from items where order_id = ?", row).fetchall()
            for row in db.execute("select id from orders order by name, id desc").fetchall()]


@application.get("/orders/{order}")
def one(order: int):
    db.execute("select name from users where id = ?", (7,)).fetchone()
    return list(db.execute("select name from orders where id = ?", (order,)).fetchone())


# One loop for all requests, and so one thread; else each has threads of its own.
with TestClient(application) as client:
    def ask(path):
        assert client.get(path).status_code == 200

    shop.test(ask, lambda text: db.execute(text).fetchall())
