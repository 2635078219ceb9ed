"""Templates of Jinja are compiled to Python: a report has the template's own lines."""
import pytest

PYTHON = "/usr/bin/python3"
SCRIPT = """\
import sqlite3, sys
import jinja2
db = sqlite3.connect(":memory:")
db.execute("create table books(id integer primary key, author_id int, title text)")
db.execute("create table authors(id integer primary key, name text)")
for i in range(12):
    db.execute("insert into authors values (?, 'n')", (i * 7 % 13 + 20,))
    db.execute("insert into books values (?, ?, 't')", (1000 + i, i * 7 % 13 + 20))


class Book:
    def __init__(self, row):
        self.author_id = row[0]

    @property
    def author(self):
        return db.execute("select name from authors where id = ?", (self.author_id,)).fetchone()[0]


books = [Book(row) for row in db.execute("select author_id from books order by id")]
"""
FROM_FILES = SCRIPT + """
print(jinja2.Environment(loader=jinja2.FileSystemLoader(sys.argv[1])).get_template("page.html").render(books=books))
"""
PAGE = """\
{% extends "base.html" %}
{% from "parts.html" import line %}

{% block content %}
{# nothing
   to see #}
  {% for book in books %}
    <li>
      {{ line(book) }}
    </li>
  {% endfor %}
{% endblock %}
"""
BASE = "<html>\n<body>\n\n\n{% block content %}{% endblock %}\n</body>\n"
PARTS = "\n{% macro line(book) %}\n  <b>\n    {{ book.author }}\n{% endmacro %}\n"


def frames_of(build, tmp_path, script, *arguments):
    path = tmp_path / "shop.py"
    path.write_text(script)
    recording = tmp_path / "recording.pb"
    result = build.run_watched([PYTHON, path, *arguments], recording, cwd=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout.decode().count("n") >= 12
    report = build.report(recording)
    group, = (group for group in report["groups"] if group["executions"] == 12 and group["statement"]["text"].startswith("select name"))
    return [(frame["function"], (frame["file"] or "").rsplit("/", 1)[-1], frame["line"]) for frame in group["stack"]]


def test_templates_and_macros_have_their_own_lines(build, tmp_path):
    templates = tmp_path / "templates"
    templates.mkdir()
    for name, text in (("page.html", PAGE), ("base.html", BASE), ("parts.html", PARTS)):
        (templates / name).write_text(text)
    frames = frames_of(build, tmp_path, FROM_FILES, templates)
    of_templates = [frame for frame in frames if frame[1].endswith(".html")]
    assert of_templates == [("root.<locals>.macro", "parts.html", 4), ("block_content", "page.html", 9), ("root", "base.html", 5),
                            ("root", "page.html", 2)]
    assert frames[0] == ("Book.author", "shop.py", 17)


def test_a_template_without_a_file_has_its_lines(build, tmp_path):
    frames = frames_of(build, tmp_path, SCRIPT + """
print(jinja2.Template("a\\n\\n{% for book in books %}\\n {{ book.author }}\\n{% endfor %}").render(books=books))
""")
    assert ("root", "<template>", 4) in frames


def test_a_long_template_has_its_lines(build, tmp_path):
    """Its pairs are read in pieces."""
    frames = frames_of(build, tmp_path, SCRIPT + """
text = "\\n".join("{{ %d }} {# x #}" % i for i in range(900)) + "\\n{% for book in books %}\\n\\n {{ book.author }}\\n{% endfor %}\\n{{ 1 }}"
print(jinja2.Template(text).render(books=books))
""")
    assert ("root", "<template>", 903) in frames


@pytest.mark.parametrize("lines", ["'1=2&3'", "'1=2&x=4'", "'=&'", "b'1=2'", "7", "''", "'1=2&3=99999999999'", "'caf\\xe9'"])
def test_other_code_with_such_a_name_keeps_its_lines(build, tmp_path, lines):
    frames = frames_of(build, tmp_path, SCRIPT + f"""
code = compile("\\n\\ndef page(books):\\n    return [\\n        book.author\\n        for book in books]\\n", "made.tpl", "exec")
space = {{"debug_info": {lines}}}
exec(code, space)
print(space["page"](books))
""")
    assert next(line for function, file, line in frames if file == "made.tpl") == 5


DJANGO = """\
import sys
import django
from django.conf import settings
settings.configure(DEBUG=len(sys.argv) > 2, INSTALLED_APPS=[], DEFAULT_AUTO_FIELD="django.db.models.AutoField",
                   DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
                   TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [sys.argv[1]]}])
django.setup()
from django.db import connection, models
from django.template import Context, Engine
from django.template.loader import render_to_string


class Author(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "shop"


class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE)

    class Meta:
        app_label = "shop"


with connection.schema_editor() as editor:
    editor.create_model(Author)
    editor.create_model(Book)
for i in range(12):
    Book.objects.create(author=Author.objects.create(id=i * 7 % 13 + 20, name="n"))


def page(books):
    return render_to_string("page.html", {"books": books})


print(page(Book.objects.all()))
print(page(Book.objects.select_related("author")))
print(Engine().from_string("{{ book.author.name }}").render(Context({"book": Book.objects.first()})))
"""
DJANGO_PAGE = """\
{% extends "base.html" %}

{% block content %}
{# nothing to see #}
  {% for book in books %}
    {% include "line.html" %}
  {% endfor %}
{% endblock %}
"""
DJANGO_LINE = "\n<li>\n  <b>{% if book %}{{ book.author.name }}{% endif %}</b>\n"


@pytest.mark.parametrize("arguments", [(), ("debug",)], ids=["kept templates", "templates that are parsed for each page"])
def test_templates_of_django_have_their_own_lines(build, tmp_path, arguments):
    folder = tmp_path / "templates"
    folder.mkdir()
    for name, text in {"page.html": DJANGO_PAGE, "base.html": BASE, "line.html": DJANGO_LINE}.items():
        (folder / name).write_text(text)
    script = tmp_path / "shop.py"
    script.write_text(DJANGO)
    result = build.run_watched([PYTHON, script, folder, *arguments], tmp_path / "recording.pb")
    assert (result.returncode, result.stderr) == (0, b"")
    report = build.report(tmp_path / "recording.pb")
    loop, = (finding for finding in report["findings"] if finding["kind"] == "n_plus_one")
    assert (loop["confidence"], loop["executions"]) == ("proven", 12)
    assert [(place["file"].rsplit("/", 1)[-1], place["line"]) for place in (loop["location"], loop["loop"])] == [
        ("line.html", 3), ("page.html", 5)]
    group = next(group for group in report["groups"] if group["id"] == loop["group"])
    nodes = [(frame["file"].rsplit("/", 1)[-1], frame["line"], frame["function"]) for frame in group["stack"] if frame["in_app"]]
    assert nodes[:5] == [("line.html", 3, "VariableNode"), ("line.html", 3, "IfNode"), ("page.html", 6, "IncludeNode"),
                         ("page.html", 5, "ForNode"), ("base.html", 5, "BlockNode")]
    assert nodes[-2:] == [("shop.py", DJANGO.splitlines().index("def page(books):") + 2, "page"),
                          ("shop.py", DJANGO.splitlines().index("print(page(Book.objects.all()))") + 1, "<module>")]
    [alone] = (group for group in report["groups"] if group["executions"] == 1 and group["statement"]["text"].count("author") and
               "where" in group["statement"]["text"])
    assert (alone["location"]["file"], alone["location"]["line"]) == (str(script), len(DJANGO.splitlines()))  # it is in no file
