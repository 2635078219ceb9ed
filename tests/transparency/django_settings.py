"""Settings for Django's own tests, with a runner that writes each test's outcome (unittest_results.py)."""
import os

from django.test.runner import DiscoverRunner

from unittest_results import Results

if "PGHOST" in os.environ:
    DATABASES = {name: {"ENGINE": "django.db.backends.postgresql", "NAME": f"django_{name}", "USER": os.environ["PGUSER"], "HOST": os.environ["PGHOST"]}
                 for name in ("default", "other")}
else:
    DATABASES = {name: {"ENGINE": "django.db.backends.sqlite3"} for name in ("default", "other")}
SECRET_KEY = "of tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
TEST_RUNNER = "django_settings.Runner"


class Runner(DiscoverRunner):
    def get_resultclass(self):
        return Results
