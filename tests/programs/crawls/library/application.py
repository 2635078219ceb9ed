"""A library's pages in Django, as a server sees them; each answer says how many statements its page sent. DATABASE names the file.

    python3 -m library.application    makes the file and fills it
"""
import datetime
import os
import random
import sys
import uuid
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

HERE = Path(__file__).resolve().parent
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}},
    INSTALLED_APPS=["library"], DEFAULT_AUTO_FIELD="django.db.models.AutoField", ROOT_URLCONF="library.pages", ALLOWED_HOSTS=["*"], SECRET_KEY="of a test",
    MIDDLEWARE=["library.application.counted", "library.application.known"], USE_TZ=True,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [HERE / "templates"]}])
django.setup()

from django.db import connection, transaction  # noqa: E402
from library import models  # noqa: E402


def counted(get_response):
    """The number of statements that a page sent goes out with its answer."""
    def middleware(request):
        count = 0

        def count_one(execute, *arguments):
            nonlocal count
            count += 1
            return execute(*arguments)

        with connection.execute_wrapper(count_one):
            response = get_response(request)
        response["Executions"] = str(count)
        return response
    return middleware


def known(get_response):
    """Who asks is looked up first, as sessions are: two statements for each page."""
    def middleware(request):
        request.reader = models.Session.objects.get(key=request.headers["Session"]).reader
        return get_response(request)
    return middleware


COUNTS = {"authors": 120, "readers": 200, "books": 600, "reviews": 2400, "copies": 1500, "loans": 1500}
VISITORS = 50


def make_tables():
    with connection.schema_editor() as editor:
        for table in models.ALL:
            editor.create_model(table)


@transaction.atomic
def fill():
    chance = random.Random(1)

    def make(table, count, **columns):
        table.objects.bulk_create(table(**{name: make_one(i) for name, make_one in columns.items()}) for i in range(1, count + 1))

    def any_of(count):
        return lambda i: chance.randint(1, count)

    for table, count in ((models.Publisher, 40), (models.Genre, 40), (models.Branch, 12), (models.Author, COUNTS["authors"]),
                         (models.Reader, COUNTS["readers"])):
        make(table, count, name=lambda i, table=table: f"{table.__name__} {i}")
    make(models.Book, COUNTS["books"], title=lambda i: f"Book {i}", author_id=any_of(COUNTS["authors"]), publisher_id=any_of(40),
         genre_id=any_of(40))
    make(models.Review, COUNTS["reviews"], book_id=any_of(COUNTS["books"]), reader_id=any_of(COUNTS["readers"]), stars=any_of(5))
    copies = [uuid.UUID(int=chance.getrandbits(128)) for _ in range(COUNTS["copies"])]
    make(models.Copy, COUNTS["copies"], id=lambda i: copies[i - 1], book_id=any_of(COUNTS["books"]), branch_id=any_of(12))
    make(models.Loan, COUNTS["loans"], copy_id=lambda i: chance.choice(copies), reader_id=any_of(COUNTS["readers"]),
         day=lambda i: datetime.date(2020, 1, 1) + datetime.timedelta(i))
    make(models.Session, VISITORS, key=lambda i: f"visitor-{i - 1}", reader_id=any_of(COUNTS["readers"]))


if __name__ == "__main__":
    sys.modules["library.application"] = sys.modules["__main__"]  # it is configured once
    make_tables()
    fill()
else:
    application = get_wsgi_application()
