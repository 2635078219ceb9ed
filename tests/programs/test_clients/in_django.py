import django
import shop
from django.conf import settings

settings.configure(SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__,
                   DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
django.setup()

from django.db import connection  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402


def query(text, *values):
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchall() if cursor.description else []


def orders(request):
    names = []
    for order, in query("select id from orders order by name, id desc"):
        names += query("select name from items where order_id = %s", order)
    return JsonResponse({"names": names})


def one(request, order):
    query("select name from users where id = %s", 7)
    return JsonResponse({"names": query("select name from orders where id = %s", order)})


urlpatterns = [path("orders", orders), path("orders/<int:order>", one)]
for table in ("users(id integer primary key, name text)", "orders(id integer primary key, name text)",
              "items(id integer primary key, order_id integer, name text)"):
    query(f"create table {table}")
query("insert into users values (7, 'u')")
query("with recursive n(i) as (select 1 union all select i + 1 from n where i < 20) insert into orders select 7 * i, 'o' from n")
query("with recursive n(i) as (select 1 union all select i + 1 from n where i < 60) insert into items select i, 7 * (i % 20 + 1), 'i' from n")


def ask(url):
    assert Client().get(url).status_code == 200


shop.test(ask, query)
