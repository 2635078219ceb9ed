"""Django: loops with other causes than a lazy relation, each before and after its advice. Arguments: a function, a database's file."""
import sys

import django
from django.conf import settings

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[2]}},
                   DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()

from django.db import connection, models  # noqa: E402

ROWS = 10


class User(models.Model):
    name = models.TextField(unique=True)
    bio = models.TextField()

    class Meta:
        app_label = "shop"
        db_table = "users"


class Post(models.Model):
    user = models.ForeignKey(User, models.CASCADE, related_name="posts")

    class Meta:
        app_label = "shop"
        db_table = "posts"


NEW = [User(name=f"new {i}", bio="b") for i in range(2 * ROWS)]


def left_out():
    for user in User.objects.only("name"):
        assert user.bio


def left_out_applied():
    for user in User.objects.only("name", "bio"):
        assert user.bio


def refreshed():
    for user in User.objects.all():
        user.refresh_from_db()


def refreshed_applied():
    users = User.objects.all()
    assert len(users) == len(User.objects.filter(pk__in=[user.pk for user in users]))


def exists():
    assert all(user.posts.exists() for user in User.objects.all())


def exists_applied():
    has_posts = models.Exists(Post.objects.filter(user=models.OuterRef("pk")))
    assert all(user.has_posts for user in User.objects.annotate(has_posts=has_posts))


def counts():
    assert all(user.posts.count() == 1 for user in User.objects.all())


def counts_applied():
    counted = Post.objects.values("user").annotate(count=models.Count("pk"))
    assert [user["count"] for user in counted] == [1] * User.objects.count()


def unique():
    for user in NEW:
        user.full_clean()
        user.save()


def unique_applied():
    there = set(User.objects.filter(name__in=[user.name for user in NEW]).values_list("name", flat=True))
    User.objects.bulk_create([user for user in NEW if user.name not in there], ignore_conflicts=True)


def updates():
    for user in User.objects.all():
        user.bio += "!"
        user.save()


def updates_applied():
    users = list(User.objects.all())
    for user in users:
        user.bio += "!"
    User.objects.bulk_update(users, ["bio"])


with connection.schema_editor() as editor:
    editor.create_model(User)
    editor.create_model(Post)
User.objects.bulk_create([User(id=7 * i + 3, name=f"user {i}", bio="b") for i in range(ROWS)])
Post.objects.bulk_create([Post(user_id=7 * i + 3) for i in range(ROWS)])
globals()[sys.argv[1]]()
