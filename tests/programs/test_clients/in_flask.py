import flask
import shop

application = flask.Flask(__name__)
db = shop.open_tables()


@application.get("/orders")
def orders():
    return [db.execute("select name from items where order_id = ?", row).fetchall()
            for row in db.execute("select id from orders order by name, id desc").fetchall()]


@application.get("/orders/<int:order>")
def one(order):
    db.execute("select name from users where id = ?", (7,)).fetchone()
    return list(db.execute("select name from orders where id = ?", (order,)).fetchone())


def ask(path):
    assert application.test_client().get(path).status_code == 200


shop.test(ask, lambda text: db.execute(text).fetchall())
