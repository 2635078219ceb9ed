"""The Python samples: their scenes, and what each way of loading needs."""
import ast
import re
import subprocess

import pytest
from conftest import ROOT

SOURCES = ROOT / "samples/python"
PYTHON = "/usr/bin/python3"


def scenes_of(client):
    return re.findall(r"@scene\(.*\)\ndef (\w+)", (SOURCES / f"{client}_shop.py").read_text())


SCENES = [(client, scene) for client in ("sqlite3", "apsw", "sqlalchemy", "django", "peewee") for scene in scenes_of(client)]
# What SQLAlchemy needs for each way of loading a scene; 11: an identity map asks once for each of the ten customers of 100 orders.
SQLALCHEMY = {
    "orders_customer_lazy": 11, "orders_customer_selectin": 2, "orders_customer_joined": 1,
    "users_posts_lazy": 4, "users_posts_selectin": 2,
    "authors_books_lazy": 101, "authors_books_joined": 1, "authors_books_selectin": 2, "authors_books_subquery": 2,
    "users_posts_comments_lazy": 1 + 20 + 100, "users_posts_comments_selectin": 3,
    "customers_orders_items_lazy": 1 + 10 + 100, "customers_orders_items_selectin": 3, "customers_orders_items_group_by": 1,
}
# Debian 11, on which tests/matrix runs these tests, has none that works.
WITHOUT_PSYCOPG = subprocess.run([PYTHON, "-c", "import psycopg"], capture_output=True, text=True).stderr.splitlines()
needs_psycopg = pytest.mark.skipif(bool(WITHOUT_PSYCOPG), reason=f"psycopg 3: {''.join(WITHOUT_PSYCOPG[-1:])}")
HOOKS = ("sqlalchemy", "django", "peewee")
LAZY = [(client, scene) for client, scene in SCENES if scene.endswith("_lazy")]


def marked_lines(source, function, marker="# N+1 here"):
    """The lines of a function that have the marker."""
    text = source.read_text()
    node, = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) and node.name == function)
    lines = text.splitlines()
    return [number for number in range(node.lineno, node.end_lineno + 1) if marker in lines[number - 1]]
