"""Django 6.1 and django-guardian: loops with what is new there, before and after the advice. Arguments: a function, a database's file.

`prepare` makes the file.
"""
import sys

import django
from django.conf import settings

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[2]}},
                   INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "guardian"],
                   AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend", "guardian.backends.ObjectPermissionBackend"],
                   PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
                   SILENCED_SYSTEM_CHECKS=["guardian.W001"])
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models  # noqa: E402
from guardian.core import ObjectPermissionChecker  # noqa: E402
from guardian.shortcuts import assign_perm, get_objects_for_user  # noqa: E402

ROWS = 10


class Post(models.Model):
    author = models.ForeignKey(User, models.CASCADE, related_name="posts")
    title = models.TextField()

    class Meta:
        app_label = "auth"
        db_table = "posts"


def prepare():
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Post)
    User.objects.bulk_create([User(id=7 * i + 3, username=f"user {i}") for i in range(ROWS)])
    Post.objects.bulk_create([Post(author_id=7 * i + 3, title="t") for i in range(ROWS)])
    Group.objects.bulk_create([Group(id=11 * i + 5, name=f"group {i}") for i in range(ROWS)])
    reader = User.objects.get(username="user 0")
    for group in Group.objects.all():
        assign_perm("auth.view_group", reader, group)


def authors():
    """FETCH_ONE is the default."""
    for post in Post.objects.all():
        assert post.author.username


def authors_applied():
    for post in Post.objects.fetch_mode(models.FETCH_PEERS):
        assert post.author.username


def titles_left_out():
    for post in Post.objects.only("author"):
        assert post.title


def titles_left_out_applied():
    for post in Post.objects.only("author").fetch_mode(models.FETCH_PEERS):
        assert post.title


def permissions():
    reader, groups = User.objects.get(username="user 0"), list(Group.objects.all())
    assert all(reader.has_perm("view_group", group) for group in groups)


def permissions_applied():
    reader, groups = User.objects.get(username="user 0"), list(Group.objects.all())
    checker = ObjectPermissionChecker(reader)
    checker.prefetch_perms(groups)
    assert all(checker.has_perm("view_group", group) for group in groups)


def permissions_applied_otherwise():
    reader = User.objects.get(username="user 0")
    assert len(get_objects_for_user(reader, "auth.view_group")) == ROWS


ContentType.objects.clear_cache()
globals()[sys.argv[1]]()
